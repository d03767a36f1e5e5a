import CLinux
import Testing

@testable import Kernel

/// A folder for one test, removed with its content.
private final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/reeve-sockets-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

private func mode(_ path: String) -> UInt32 {
    var entry = stat()
    return lstat(path, &entry) == 0 ? entry.st_mode & 0o7777 : .max
}

/// An unlinked file that holds `text`, read from its beginning.
private func memoryFile(_ text: String) throws -> Descriptor {
    var template = Array("/tmp/reeve-file-XXXXXX".utf8CString)
    let file = Descriptor(owning: mkstemp(&template))
    unlink(template)
    _ = try [UInt8](text.utf8).withUnsafeBytes { try File.write(file.number, $0) }
    lseek(file.number, 0, SEEK_SET)
    return file
}

/// How many descriptors of this process are open on the same file as `number`.
private func numbersOpen(on number: Int32) -> Int {
    var wanted = stat()
    fstat(number, &wanted)
    return (0..<Int32(1024)).count { candidate in
        var entry = stat()
        return fstat(candidate, &entry) == 0 && entry.st_ino == wanted.st_ino && entry.st_dev == wanted.st_dev
    }
}

/// Sends a packet with two descriptors, as a hostile client may; `UnixSocket.send` can't do that.
private func sendTwo(_ first: Int32, _ second: Int32, to socket: Int32) -> Int {
    var payload: UInt8 = 1
    // struct cmsghdr (length in 8 bytes, level, SCM_RIGHTS = 1), then the descriptors.
    var control: [Int32] = [24, 0, SOL_SOCKET, 1, first, second]
    return withUnsafeMutableBytes(of: &payload) { payload in
        control.withUnsafeMutableBytes { control in
            var part = iovec(iov_base: payload.baseAddress, iov_len: 1)
            return withUnsafeMutablePointer(to: &part) { part in
                var message = msghdr()
                message.msg_iov = part
                message.msg_iovlen = 1
                message.msg_control = control.baseAddress
                message.msg_controllen = 24
                return sendmsg(socket, &message, 0)
            }
        }
    }
}

private struct NobodyWaits: Error {}

private func accepted(_ listener: borrowing ListeningSocket) throws -> Descriptor {
    guard let connection = try listener.accept() else { throw NobodyWaits() }
    return connection
}

private func hasVisitor(_ listener: borrowing ListeningSocket) throws -> Bool { try listener.accept() != nil }

private func isClosedOnExec(_ number: Int32) throws -> Bool { try flags(number) & 0o2000000 != 0 }

private func flags(_ number: Int32) throws -> Int {
    let text = String(decoding: try File.contents(of: "/proc/self/fdinfo/\(number)"), as: UTF8.self)
    let flags = text.split(separator: "\n").first { $0.hasPrefix("flags:") }?.dropFirst(6)
    return Int(flags?.drop { $0 == "\t" } ?? "", radix: 8) ?? 0
}

private func close(_ descriptor: consuming Descriptor) { _ = consume descriptor }

/// Receives into a small buffer; returns the packet's bytes, whether it was truncated, and its descriptor's number
/// (closed again).
private func receive(
    _ socket: Int32, room: Int = 64
) throws -> (bytes: [UInt8], truncated: Bool, content: [UInt8]?)? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 1)
    defer { buffer.deallocate() }
    guard var packet = try UnixSocket.receive(into: buffer, from: socket) else { return nil }
    let (bytes, truncated) = (Array(buffer[..<packet.count]), packet.isTruncated)
    guard let descriptor = packet.descriptor.take() else { return (bytes, truncated, nil) }
    #expect(try isClosedOnExec(descriptor.number))
    return (bytes, truncated, try File.contents(of: descriptor.number))
}

@Suite struct UnixSocketTests {
    @Test func packetsKeepTheirBoundaries() throws {
        let folder = Folder()
        let listener = try ListeningSocket(at: "\(folder.path)/s")
        #expect(try !hasVisitor(listener))
        let client = try UnixSocket.connect(to: listener.path)
        let server = try accepted(listener)
        #expect(try receive(server.number) == nil, "an accepted socket never blocks")
        #expect(try UnixSocket.send([1, 2, 3], to: client.number))
        #expect(try UnixSocket.send([4], to: client.number))
        #expect(try receive(server.number)?.bytes == [1, 2, 3])
        #expect(try receive(server.number)?.bytes == [4])
        #expect(try UnixSocket.send([UInt8](repeating: 7, count: 100), to: client.number))
        let cut = try #require(try receive(server.number, room: 64))
        #expect(cut.truncated && cut.bytes.count == 64)
        #expect(try UnixSocket.send([5], to: server.number))
        #expect(try receive(client.number)?.bytes == [5])
    }

    @Test func theEndIsAnEmptyPacketAndWritingToItIsAnError() throws {
        let folder = Folder()
        let listener = try ListeningSocket(at: "\(folder.path)/s")
        let client = try UnixSocket.connect(to: listener.path)
        let server = try accepted(listener)
        close(client)
        #expect(try receive(server.number)?.bytes == [])
        #expect(throws: Errno.pipe) { try UnixSocket.send([1], to: server.number) }
    }

    @Test func aDescriptorComesAlong() throws {
        let folder = Folder()
        let listener = try ListeningSocket(at: "\(folder.path)/s")
        let client = try UnixSocket.connect(to: listener.path)
        let server = try accepted(listener)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let output = Descriptor(owning: ends[0])
        let input = Descriptor(owning: ends[1])
        _ = [UInt8]("log".utf8).withUnsafeBytes { try? File.write(input.number, $0) }
        #expect(try UnixSocket.send([9], descriptor: output.number, to: server.number))
        close(input)
        let got = try #require(try receive(client.number))
        #expect(got.bytes == [9])
        #expect(got.content == [UInt8]("log".utf8))
    }

    /// The buffer for one descriptor has padding for a second one, which must not stay open.
    @Test func descriptorsThatNobodyAskedForAreClosed() throws {
        var pair: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &pair) == 0)
        let a = Descriptor(owning: pair[0])
        let b = Descriptor(owning: pair[1])
        let first = try memoryFile("first")
        let second = try memoryFile("second")
        #expect(sendTwo(first.number, second.number, to: a.number) == 1)
        #expect(try receive(b.number)?.content == [UInt8]("first".utf8))
        #expect(numbersOpen(on: second.number) == 1)
    }

    @Test func aFullSocketSaysSo() throws {
        let folder = Folder()
        let listener = try ListeningSocket(at: "\(folder.path)/s")
        let client = try UnixSocket.connect(to: listener.path)
        let server = try accepted(listener)
        let packet = [UInt8](repeating: 1, count: 32 * 1024)
        var sent = 0
        while try UnixSocket.send(packet, to: server.number) { sent += 1 }
        #expect(sent > 0)
        _ = try receive(client.number)
        #expect(try UnixSocket.send(packet, to: server.number))
    }

    @Test func theKernelNamesThePeer() throws {
        let folder = Folder()
        let listener = try ListeningSocket(at: "\(folder.path)/s")
        let client = try UnixSocket.connect(to: listener.path)
        let server = try accepted(listener)
        let here = UnixSocket.Peer(pid: getpid(), user: geteuid(), group: getegid())
        #expect(try UnixSocket.peer(of: server.number) == here)
        #expect(try UnixSocket.peer(of: client.number) == here)
    }
}

@Suite struct ListeningSocketTests {
    @Test(arguments: [0o700, 0o770, 0o666, 0o600] as [UInt32]) func theModeIsTheOneAskedFor(_ wanted: UInt32) throws {
        let folder = Folder()
        let listener = try ListeningSocket(at: "\(folder.path)/s", mode: wanted)
        #expect(mode(listener.path) == wanted)
        #expect(folder.names == ["s"], "no temporary name is left")
    }

    @Test(.enabled(if: getuid() == 0)) func theOwnerIsTheOneAskedFor() throws {
        let folder = Folder()
        let listener = try ListeningSocket(at: "\(folder.path)/s", mode: 0o660, user: 12, group: 34)
        var entry = stat()
        #expect(lstat(listener.path, &entry) == 0)
        #expect(entry.st_uid == 12 && entry.st_gid == 34 && mode(listener.path) == 0o660)
    }

    @Test func aStaleSocketIsReplacedAndALiveOneRefused() throws {
        let folder = Folder()
        let path = "\(folder.path)/s"
        do {
            let first = try ListeningSocket(at: path)
            #expect(throws: Errno.addressInUse) { _ = try ListeningSocket(at: path) }
            #expect(throws: Errno.addressInUse) { _ = try ListeningSocket(at: path, kind: .stream) }
            _ = first.path
        }
        #expect(throws: Errno.connectionRefused) { _ = try UnixSocket.connect(to: path) }
        let second = try ListeningSocket(at: path)
        _ = try UnixSocket.connect(to: second.path)
        #expect(folder.names == ["s"])
    }

    @Test func whatHoldsSomethingStays() throws {
        let folder = Folder()
        let path = "\(folder.path)/s"
        let file = try Descriptor.open(path, O_CREAT | O_WRONLY)
        #expect(write(file.number, "x", 1) == 1)
        #expect(throws: Errno.exists) { _ = try ListeningSocket(at: path) }
        #expect(folder.names == ["s"])
        close(file)
        unlink(path)
        symlink("elsewhere", path)
        #expect(throws: Errno.exists) { _ = try ListeningSocket(at: path) }
    }

    @Test func onlyTheOwnNameIsRemoved() throws {
        let folder = Folder()
        let path = "\(folder.path)/s"
        let first = try ListeningSocket(at: path)
        unlink(path)
        let second = try ListeningSocket(at: path)
        first.removeName()
        #expect(folder.names == ["s"])
        second.removeName()
        #expect(folder.names == [])
    }

    @Test func aPathLongerThanAnAddressWorks() throws {
        let folder = Folder()
        let long = "\(folder.path)/" + String(repeating: "x", count: 90)
        let name = "\(long)/socket-with-a-long-name"
        try #require(mkdir(long, 0o700) == 0)
        defer { rmdir(long) }
        let listener = try ListeningSocket(at: name, mode: 0o600)
        #expect(mode(name) == 0o600)
        _ = try UnixSocket.connect(to: name)
        #expect(try hasVisitor(listener))
        listener.removeName()
        let tooLong = "\(folder.path)/" + String(repeating: "y", count: 120)
        #expect(throws: Errno(number: ENAMETOOLONG)) { _ = try ListeningSocket(at: tooLong) }
        #expect(throws: Errno(number: ENAMETOOLONG)) { _ = try UnixSocket.connect(to: tooLong) }
    }

    @Test func failuresLeaveNothingBehind() throws {
        let folder = Folder()
        #expect(throws: Errno.noEntry) { _ = try ListeningSocket(at: "\(folder.path)/absent/s") }
        #expect(throws: Errno.noEntry) { _ = try UnixSocket.connect(to: "\(folder.path)/s") }
        #expect(folder.names == [])
    }

    @Test func aFullBacklogEndsAtTheTimeLimit() throws {
        let folder = Folder()
        let listener = try ListeningSocket(at: "\(folder.path)/s", backlog: 0)
        let first = try UnixSocket.connect(to: listener.path)
        #expect(throws: Errno.again) { _ = try UnixSocket.connect(to: listener.path, milliseconds: 20) }
        #expect(throws: Errno.addressInUse) { _ = try ListeningSocket(at: listener.path) }
        close(first)
    }

    @Test func aSharedOneTakesTheNameFromALiveSocket() throws {
        let folder = Folder()
        let path = "\(folder.path)/s"
        let first = try ListeningSocket(at: path, kind: .stream, isExclusive: false)
        let second = try ListeningSocket(at: path, kind: .stream, isExclusive: false)
        first.removeName()
        let client = try UnixSocket.connect(to: path, kind: .stream)
        #expect(try second.accept() != nil)
        #expect(try flags(second.descriptor.number) & Int(O_NONBLOCK) == 0, "children expect to wait in accept")
        _ = consume client
        second.removeName()
        #expect(access(path, F_OK) != 0)
        symlink("elsewhere", path)
        #expect(throws: Errno.exists) { _ = try ListeningSocket(at: path, kind: .stream, isExclusive: false) }
    }

    @Test func internetSockets() throws {
        for text in ["127.0.0.1", "0.0.0.0", "127.1"] { #expect(InetSocket.isAddress(text)) }
        for text in ["localhost", "", "256.0.0.1", "1.2.3.4.5"] { #expect(!InetSocket.isAddress(text)) }
        let first = try InetSocket.listening(at: "127.0.0.1", port: 0, backlog: 1)
        #expect(try isClosedOnExec(first.number))
        #expect(throws: Errno.invalid) { _ = try InetSocket.listening(at: "x", port: 0, backlog: 1) }
        #expect(throws: Errno(number: EADDRNOTAVAIL)) {
            _ = try InetSocket.listening(at: "192.0.2.1", port: 0, backlog: 1)
        }
    }
}

extension Int32 {
    fileprivate func closed() { Descriptor.close(self) }
}
