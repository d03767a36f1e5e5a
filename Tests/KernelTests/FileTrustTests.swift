import CLinux
import Foundation
import Testing

@testable import Kernel

/// `linux_trusted_open` and the like. Tests/System/test_trusted_files.py tests that other users can't get past them.
@Suite struct FileTrustTests {
    /// A folder that belongs to this user.
    private final class Folder {
        let path = NSTemporaryDirectory() + "reeve-" + UUID().uuidString

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func file(_ name: String, _ text: String = "") throws -> String {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
            return "\(path)/\(name)"
        }

        func text(_ name: String) -> String? {
            FileManager.default.contents(atPath: "\(path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
        }

        func open() {
            chmod(path, 0o777)
        }
    }

    private func write(_ text: String, _ path: String) throws {
        let file = try TrustedFile.append(path, owner: nil)
        try file.write(text)
    }

    /// (the link's text, the path below the folder that is opened)
    @Test(arguments: [
        ("target", "link"), ("./sub/../target", "link"), ("sub", "link/../target"), ("link2", "link"),
        ("..", "sub/up/target"),
    ])
    func linksAreFollowedInFoldersOfOnesOwn(link: String, path: String) throws {
        let folder = try Folder()
        mkdir("\(folder.path)/sub", 0o755)
        symlink(link, "\(folder.path)/link")
        symlink("\(folder.path)/target", "\(folder.path)/link2")
        symlink("..", "\(folder.path)/sub/up")
        try write("x", "\(folder.path)/\(path)")
        #expect(folder.text("target") == "x")
        folder.open()
        #expect(throws: TrustError.self) { try self.write("y", "\(folder.path)/\(path)") }
        #expect(folder.text("target") == "x")
    }

    @Test func aRefusalNamesWhatIsAtFault() throws {
        let folder = try Folder()
        mkdir("\(folder.path)/sub", 0o755)
        symlink("sub", "\(folder.path)/link")
        folder.open()
        do {
            try write("x", "\(folder.path)//link/log")
            Issue.record("it was opened")
        } catch let failure as TrustError {
            #expect(failure.reason == .link)
            #expect(failure.place == "\(folder.path)//link")
            #expect(
                failure.description.hasPrefix(
                    "\(folder.path)//link is a symbolic link, in a folder that others can write to"))
        }
        #expect(throws: TrustError(.noEntry)) { try self.write("x", "\(folder.path)/none/log") }
    }

    @Test func loopsAndLongPathsEnd() throws {
        let folder = try Folder()
        symlink("loop", "\(folder.path)/loop")
        #expect(throws: TrustError(Errno(number: ELOOP))) { try self.write("x", "\(folder.path)/loop") }
        let long = String(repeating: "a", count: 256)
        #expect(throws: TrustError(Errno(number: ENAMETOOLONG))) { try self.write("x", "\(folder.path)/\(long)") }
        let deep = String(repeating: "/a", count: 2048)
        #expect(throws: TrustError(Errno(number: ENAMETOOLONG))) { try self.write("x", "\(folder.path)/\(deep)") }
        #expect(throws: TrustError(.noEntry)) { try self.write("x", "") }
        #expect(throws: TrustError(Errno(number: EISDIR))) { try self.write("x", "\(folder.path)/") }
        #expect(throws: TrustError(Errno(number: ENOTDIR))) { try self.write("x", "/etc/passwd/x") }
    }

    @Test func descriptorsByTheirNames() throws {
        let folder = try Folder()
        let file = try TrustedFile.append("\(folder.path)/log", owner: nil)
        symlink("/proc/self/fd/\(file.number)", "\(folder.path)/link")
        try write("x", "\(folder.path)/link")
        #expect(folder.text("log") == "x")
    }

    /// (backups to keep, numbers that exist before, numbers afterwards with their contents)
    @Test(arguments: [
        (3, [1, 2], [1: "new", 2: "1", 3: "2"]), (2, [1, 2, 5], [1: "new", 2: "1", 5: "5"]), (0, [1], [1: "1"]),
        (5, [1, 3], [1: "new", 2: "1", 4: "3"]), (1000, [1, 900], [1: "new", 2: "1", 901: "900"]),
        (64, [63], [1: "new", 64: "63"]),
        (65, [64], [1: "new", 65: "64"]),
    ])
    func rotationGoesFromTheHighestNumber(backups: Int, before: [Int], after: [Int: String]) throws {
        for isOpen in [false, true] {
            let folder = try Folder()
            for number in before { _ = try folder.file("log.\(number)", "\(number)") }
            _ = try folder.file("log.01", "no backup")
            if isOpen { folder.open() }
            let path = "\(folder.path)/log"
            var file = try TrustedFile.append(path, owner: nil)
            try file.write("new")
            file = try TrustedFile.rotate(path, file, backups: backups, owner: nil)
            try file.write("next")
            #expect(folder.text("log") == "next")
            #expect(folder.text("log.01") == "no backup")
            var found: [Int: String] = [:]
            for number in 1...1000 { if let text = folder.text("log.\(number)") { found[number] = text } }
            #expect(found == after)
        }
    }

    @Test func whatSomebodyElseHasPutAsideIsOnlyOpenedAgain() throws {
        let folder = try Folder()
        let path = "\(folder.path)/log"
        let file = try TrustedFile.append(path, owner: nil)
        rename(path, path + ".old")
        _ = try folder.file("log", "theirs")
        let new = try TrustedFile.rotate(path, file, backups: 3, owner: nil)
        try new.write("x")
        #expect(folder.text("log") == "theirsx" && folder.text("log.1") == nil)
    }

    /// There are more backups than are listed: the lowest numbers move, and the others stay.
    @Test func backupsWithoutNumber() throws {
        let folder = try Folder()
        for number in 1...4200 { _ = try folder.file("log.\(number)", "\(number)") }
        let path = "\(folder.path)/log"
        let file = try TrustedFile.append(path, owner: nil)
        _ = try TrustedFile.rotate(path, file, backups: 1_000_000, owner: nil)
        #expect(folder.text("log.1") == "" && folder.text("log.2") == "1" && folder.text("log.4097") == "4096")
    }

    @Test func aNameIsRemovedNotWhatItLeadsTo() throws {
        let folder = try Folder()
        let target = try folder.file("target", "x")
        symlink(target, "\(folder.path)/link")
        let other = try TrustedFile.append("\(folder.path)/other", owner: nil)
        #expect(throws: TrustError(.noEntry)) {
            try TrustedFile.remove("\(folder.path)/link", ifStill: other.number)
        }
        try TrustedFile.remove("\(folder.path)/link")
        #expect(folder.text("target") == "x" && folder.text("link") == nil)
    }

    @Test func theModeOfALinkIsNotChanged() throws {
        let folder = try Folder()
        let target = try folder.file("target")
        chmod(target, 0o600)
        symlink(target, "\(folder.path)/link")
        #expect(linux_entry_mode("\(folder.path)/link", 0o777) == -1 && errno == ELOOP)
        #expect(linux_entry_mode(target, 0o640) == 0)
        var status = stat()
        stat(target, &status)
        #expect(status.st_mode & 0o777 == 0o640)
    }
}

extension AppendedFile {
    fileprivate borrowing func write(_ text: String) throws {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: text.utf8)
        let accepted = try write(UnsafeRawBufferPointer(bytes))
        #expect(accepted == text.utf8.count)
    }
}
