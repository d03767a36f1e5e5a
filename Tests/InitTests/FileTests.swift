import Foundation
import Kernel
import Testing

@testable import Init
@testable import Supervise

@Suite struct FileTests {
    private func settings(_ path: String, maxBytes: Int = 0, backups: Int = 10) -> ChannelSettings {
        ChannelSettings(.file(path), maxBytes: maxBytes, backups: backups)
    }

    @Test func bytesArriveUnchanged() throws {
        let rig = try Rig()
        let child = try rig.channel(settings(rig.path("a.log")))
        let bytes: [UInt8] = (0...255).map { UInt8($0) }
        child.write(bytes)
        rig.runUntilIdle()
        #expect(rig.bytes("a.log") == bytes)
    }

    /// (maxbytes, backups, chunks, the files afterwards with their contents).
    @Test(arguments: [
        (0, 3, ["aaaaaaaaaa", "b"], ["x": "aaaaaaaaaab"]),
        (4, 2, ["aa", "b", "c"], ["x": "", "x.1": "aabc"]),
        (4, 2, ["aaaa", "bbbb", "cccc", "d"], ["x": "d", "x.1": "cccc", "x.2": "bbbb"]),
        (4, 1, ["aaaa", "bbbb", "c"], ["x": "c", "x.1": "bbbb"]),
        (4, 0, ["aaaa", "bb"], ["x": "bb"]),
        (4, 3, ["aaaaaaaaaaaaaaaa", "b"], ["x": "b", "x.1": "aaaaaaaaaaaaaaaa"]),
    ])
    func rotates(maxBytes: Int, backups: Int, chunks: [String], files: [String: String]) throws {
        let rig = try Rig()
        let child = try rig.channel(settings(rig.path("x"), maxBytes: maxBytes, backups: backups))
        for chunk in chunks {
            child.write(chunk)
            rig.runUntilIdle()
        }
        #expect(rig.names == files.keys.sorted())
        for (name, text) in files { #expect(rig.text(name) == text) }
    }

    @Test func aGapInTheBackupsIsKept() throws {
        let rig = try Rig()
        try "one".write(toFile: rig.path("x.1"), atomically: false, encoding: .utf8)
        try "three".write(toFile: rig.path("x.3"), atomically: false, encoding: .utf8)
        let child = try rig.channel(settings(rig.path("x"), maxBytes: 3, backups: 5))
        child.write("new")
        rig.runUntilIdle()
        #expect(rig.names == ["x", "x.1", "x.2", "x.4"])
        #expect(rig.text("x.4") == "three")
    }

    @Test func manyBackupsAreFoundInTheFolder() throws {
        let rig = try Rig()
        for number in [1, 2, 900] {
            try "\(number)".write(toFile: rig.path("x.\(number)"), atomically: false, encoding: .utf8)
        }
        let child = try rig.channel(settings(rig.path("x"), maxBytes: 3, backups: 1000))
        child.write("new")
        rig.runUntilIdle()
        #expect(rig.names == ["x", "x.1", "x.2", "x.3", "x.901"])
        #expect(rig.text("x.1") == "new")
    }

    @Test func aVanishedFileIsBegunAnewAtTheRotation() throws {
        let rig = try Rig()
        let child = try rig.channel(settings(rig.path("x"), maxBytes: 4, backups: 2))
        child.write("aa")
        rig.runUntilIdle()
        try FileManager.default.removeItem(atPath: rig.path("x"))
        child.write("bb")
        rig.runUntilIdle()
        child.write("c")
        rig.runUntilIdle()
        #expect(rig.names == ["x"])
        #expect(rig.text("x") == "c")
    }

    @Test func twoProgramsShareAFile() throws {
        let rig = try Rig()
        let one = try rig.channel("one", settings(rig.path("x"), maxBytes: 6, backups: 3))
        let two = try rig.channel("two", settings(rig.path("x"), maxBytes: 6, backups: 3))
        for child in [one, two, one, two] {
            child.write("abc")
            rig.runUntilIdle()
        }
        #expect(rig.names == ["x", "x.1", "x.2"])
        #expect(rig.text("x.1") == "abcabc")
        #expect(rig.text("x.2") == "abcabc")
    }

    @Test func reopensAfterTheFileWasMoved() throws {
        let rig = try Rig()
        let child = try rig.channel(settings(rig.path("x")))
        child.write("old")
        rig.runUntilIdle()
        try FileManager.default.moveItem(atPath: rig.path("x"), toPath: rig.path("x.old"))
        child.log.reopen()
        child.write("new")
        rig.runUntilIdle()
        #expect(rig.text("x.old") == "old")
        #expect(rig.text("x") == "new")
    }

    @Test func aRemovedFolderIsSaidOnceAndTheFileComesBackWithIt() throws {
        let rig = try Rig()
        let folder = rig.path("logs")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let child = try rig.channel(settings(folder + "/x"))
        try FileManager.default.removeItem(atPath: folder)
        child.log.reopen()
        child.log.reopen()
        child.write("lost with the old file")
        rig.runUntilIdle()
        #expect(rig.text("supervisord.log").components(separatedBy: "can't open").count == 2)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        #expect(
            rig.run {
                child.write("x")
                return !rig.bytes("logs/x").isEmpty
            })
        #expect(rig.text("supervisord.log").contains("is open again"))
    }

    @Test func clearsAlsoWhileTheProgramIsStopped() throws {
        let rig = try Rig()
        let child = try rig.channel(settings(rig.path("x")))
        child.write("text")
        rig.runUntilIdle()
        try child.log.clear()
        #expect(rig.text("x") == "")
        child.write("more")
        child.exit()
        rig.runUntilIdle()
        #expect(rig.text("x") == "more")
        try child.log.clear()
        #expect(rig.text("x") == "")
    }

    @Test func aFullDiskIsSaidOnce() throws {
        // /dev/full is a device, so this uses the other kind of sink; it fails as a full disk does.
        let rig = try Rig()
        let child = try rig.channel(settings("/dev/full"))
        for _ in 0..<3 {
            child.write("lost\n")
            rig.runUntilIdle()
        }
        let log = rig.text("supervisord.log")
        #expect(log.components(separatedBy: "can't write to /dev/full").count == 2, "\(log)")
    }

    @Test func aNamedPipeWithoutReaderStallsNobody() throws {
        let rig = try Rig()
        mkfifo(rig.path("fifo"), 0o600)
        let child = try rig.channel(settings(rig.path("fifo"), maxBytes: 100))
        child.write("line\n")
        rig.runUntilIdle()
        let reader = open(rig.path("fifo"), O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect(read(reader, &buffer, 10) == 5)
        #expect(rig.names == ["fifo"])
    }

    @Test func automaticNames() throws {
        let rig = try Rig()
        let child = try rig.channel(ChannelSettings())
        child.write("text")
        rig.runUntilIdle()
        let name = try #require(rig.names.first)
        #expect(name.hasPrefix("web-stdout---supervisor-") && name.hasSuffix(".log"))
        #expect(rig.text(name) == "text")
        try "".write(toFile: rig.path("other.log"), atomically: false, encoding: .utf8)
        rig.output.removeLeftOverLogs()
        #expect(rig.names == ["other.log"])
    }

    @Test func aProgramWithoutAFileHasATail() throws {
        let rig = try Rig()
        let child = try rig.channel(ChannelSettings(.none))
        #expect(try child.log.openForReading().size == 0)
        child.write(Array(repeating: UInt8(ascii: "a"), count: 9000))
        child.write("end")
        rig.runUntilIdle()
        let opened = try child.log.openForReading()
        #expect(opened.path == "")
        let bytes = try File.contents(of: opened.file.number)
        #expect(bytes.count == 8192)
        #expect(bytes.suffix(4) == Array("aend".utf8)[...])
    }

    @Test func followersGetHistoryAndThenWhatComes() throws {
        let rig = try Rig()
        let child = try rig.channel(settings(rig.path("x")))
        child.write("0123456789")
        rig.runUntilIdle()
        var follower: Int32 = try child.log.follow(backlog: 4).take()
        _ = fcntl(follower, F_SETFL, O_NONBLOCK)
        child.write("abc")
        rig.runUntilIdle()
        var buffer = [UInt8](repeating: 0, count: 100)
        #expect(read(follower, &buffer, 100) == 7)
        #expect(buffer[..<7] == Array("6789abc".utf8)[...])
        #expect(rig.output.followers == 1)
        close(follower)
        #expect(rig.run { rig.output.followers == 0 })
        follower = try child.log.follow(backlog: 0).take()
        child.log.remove()
        #expect(read(follower, &buffer, 100) == 0)
        close(follower)
        #expect(rig.output.followers == 0)
    }

    @Test func followersAreBounded() throws {
        let rig = try Rig()
        let child = try rig.channel(settings(rig.path("x")))
        var ends: [Int32] = []
        rig.output.followerLimit = 4
        for _ in 0..<4 { ends.append(try child.log.follow(backlog: 0).take()) }
        #expect(throws: Errno.tooManyFiles) { _ = try child.log.follow(backlog: 0) }
        child.log.remove()
        for end in ends { close(end) }
    }
}

extension FileTests {
    @Test func aRotationThatFailsIsSaidOnceAndLosesNothing() throws {
        let rig = try Rig()
        // A non-empty folder at the backup's path can't be replaced.
        try FileManager.default.createDirectory(atPath: rig.path("x.1/y"), withIntermediateDirectories: true)
        let child = try rig.channel(settings(rig.path("x"), maxBytes: 4, backups: 1))
        for _ in 0..<5 {
            child.write("abc")
            rig.runUntilIdle()
        }
        #expect(rig.text("x") == "abcabcabcabcabc")
        #expect(rig.text("supervisord.log").components(separatedBy: "can't rotate").count == 2)
        try FileManager.default.removeItem(atPath: rig.path("x.1"))
        for _ in 0..<2 {
            child.write("abc")
            rig.runUntilIdle()
        }
        #expect(rig.bytes("x.1").count >= 18)
    }
}
