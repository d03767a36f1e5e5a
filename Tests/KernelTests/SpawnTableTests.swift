import CLinux
import Testing

@testable import Kernel

/// A child of a process with few descriptors gets a copy of the descriptor table; a child of one with many starts in
/// the table itself.
@Suite struct SpawnTableTests {
    @Test(arguments: [0, 100]) func onlyWhatIsGivenIsOpen(others: Int) throws {
        let open = try (0..<others).map { _ in try Held() }
        for number in 0..<20 {
            let ran = try shell("echo \(number); ls /proc/self/fd | tr '\\n' ' '")
            #expect(ran.output == "\(number)\n0 1 2 3 ")
        }
        #expect(open.count == others)
    }

    /// `run` reads to the end of the output: a copy that stayed in one of this process's slots would keep the pipe
    /// open.
    @Test func slotsKeepNoOutputOpen() throws {
        let open = try (0..<100).map { _ in try Held() }
        for _ in 0..<20 {
            #expect(try shell("echo output").output == "output\n")
            // The next child needs fewer slots.
            let request = SpawnRequest(
                path: Array("/bin/true".utf8), arguments: CStringArray(["true"]), environment: CStringArray([String]()))
            #expect(try Reaper.wait(for: try Spawn.run(request).pid).exitCode == 0)
        }
        #expect(open.count == 100)
    }

    private final class Held {
        private let number: Int32

        init() throws {
            number = linux_open("/dev/null", O_RDONLY | O_CLOEXEC, 0)
            try #require(number >= 0)
        }

        deinit { close(number) }
    }
}
