import Foundation
import Kernel
import Testing

@testable import Init

/// Uses real children, which nothing else reaps.
@Suite(.serialized) struct ExpectedDeathsTests {
    static func child(_ command: String) throws -> Int32 {
        let request = SpawnRequest(
            path: Array("/bin/sh".utf8), arguments: CStringArray(["sh", "-c", command]),
            environment: CStringArray.ofProcess())
        return try Spawn.run(request).pid
    }

    /// Waits until the child is dead, without reaping it.
    static func awaitEnd(of pid: Int32) {
        var info = siginfo_t()
        waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT)
    }

    static func kill(_ pid: Int32) {
        Foundation.kill(pid, SIGKILL)
        awaitEnd(of: pid)
    }

    @Test func inTheOrderInWhichTheyWereTold() throws {
        var expected = ExpectedDeaths()
        let take1 = expected.take()
        #expect(take1 == nil)
        let children = try (0..<3).map { try Self.child("exit \($0)") }
        for pid in children {
            expected.add(pid)
            Self.awaitEnd(of: pid)
        }
        for (code, pid) in children.enumerated() {
            let dead = expected.take()
            #expect(dead?.pid == pid && dead?.status.exitCode == Int32(code))
        }
        let take2 = expected.take()
        #expect(take2 == nil)
    }

    /// Skips children that don't end, and forgets those that were reaped in another way.
    @Test func notAllEndInOrder() throws {
        var expected = ExpectedDeaths()
        let children = try (0..<4).map { _ in try Self.child("exec sleep 1000") }
        for pid in children { expected.add(pid) }
        let take3 = expected.take()
        #expect(take3 == nil, "nobody is dead")
        Self.kill(children[0])
        _ = try Reaper.poll(children[0])
        Self.kill(children[2])
        let take4 = expected.take()
        #expect(take4?.pid == children[2])
        let take5 = expected.take()
        #expect(take5 == nil)
        Self.kill(children[3])
        let take6 = expected.take()
        #expect(take6?.pid == children[3])
        let take7 = expected.take()
        #expect(take7 == nil, "whoever was passed over is found by a search")
        Self.kill(children[1])
        #expect(try Reaper.poll(children[1]) != nil)
    }
}
