import Testing

@testable import Supervise

/// The keys about the end, and what `termination_log` gets.
@Suite struct EndingKeysTests {
    private static func load(_ supervisord: String, _ program: String = "") throws -> Configuration {
        try FakeMachine("[supervisord]\nlogfile=/tmp/x\n\(supervisord)\n[program:a]\ncommand=b\n\(program)\n").load()
    }

    @Test func policiesAreInherited() throws {
        func policies(_ supervisord: String, _ program: String) throws -> [EndPolicy] {
            let settings = try Self.load(supervisord, program).groups[0].processes[0]
            return [settings.policy(afterExit: true), settings.policy(afterExit: false), settings.fatalPolicy]
        }
        #expect(try policies("", "") == [.restart, .restart, .restart])
        #expect(
            try policies("on_success=shutdown\non_failure=ignore\non_fatal=shutdown-failure", "")
                == [.shutdown, .ignore, .shutdownFailure])
        #expect(
            try policies("on_failure=shutdown\non_fatal=shutdown", "on_failure=Restart\non_success=SHUTDOWN-SUCCESS")
                == [.shutdownSuccess, .restart, .shutdown])
    }

    @Test func settingsOfTheSupervisor() throws {
        let settings = try Self.load(
            "exit_when_done=true\nsuccess_exit_codes=143, 3\ntermination_log=/dev/termination-log"
        )
        .supervisord
        #expect(settings.exitWhenDone && settings.successExitCodes == [143, 3])
        #expect(settings.terminationLog == "/dev/termination-log")
        let none = try Self.load("termination_log=").supervisord
        #expect(!none.exitWhenDone && none.successExitCodes.isEmpty && none.terminationLog == nil)
    }

    @Test(arguments: [
        ("on_failure=shutdwn", "Did you mean shutdown?"),
        ("on_failure=failure-shutdown", "Did you mean shutdown-failure?"),
        ("on_success=success-shutdown", "Did you mean shutdown-success?"), ("on_fatal=maybe", "Write restart, ignore,"),
        ("on_fatal=", "Write restart, ignore,"),
    ])
    func mistakesAreErrors(_ line: String, _ advice: String) throws {
        for (supervisord, program, place) in [(line, "", ":3:"), ("", line, ":6:")] {
            do throws(ConfigurationError) {
                _ = try FakeMachine(
                    "[supervisord]\nlogfile=/tmp/x\n\(supervisord)\n[program:a]\ncommand=b\n\(program)\n"
                ).load()
                Issue.record("\(line) was accepted")
            } catch {
                #expect(
                    error.report.contains("/etc/s.conf\(place)") && error.report.contains(advice), "\(error.report)")
            }
        }
    }

    @Test(arguments: [
        (
            "", "exitcodes=\non_success=shutdown",
            "7:1: on_success has no effect: without exitcodes every exit is a failure"
        ),
        (
            "", "startretries=-1\non_fatal=shutdown",
            "7:1: on_fatal has no effect: with startretries=-1 this program never becomes FATAL"
        ),
        (
            "", "fatal_retry_secs=3\non_fatal=shutdown",
            "7:1: on_fatal has no effect: fatal_retry_secs starts this program again, so it isn't FATAL for good"
        ),
        ("", "fatal_retry_secs=3\nno_restart_exitcodes=4\non_fatal=shutdown", ""),
        (
            "", "autorestart=true\non_success=ignore\non_failure=shutdown",
            "6:1: autorestart has no effect: on_success and on_failure say what follows"
        ),
        ("", "autorestart=true\non_success=ignore", ""),
        (
            "termination_log=/t", "",
            "3:1: termination_log has no effect: no program ends the container, and exit_when_done is not set"
        ),
        (
            "success_exit_codes=3", "on_fatal=ignore",
            "3:1: success_exit_codes has no effect: no program ends the container, and exit_when_done is not set"
        ),
        ("termination_log=/t", "on_fatal=shutdown", ""), ("termination_log=/t\nexit_when_done=true", "", ""),
        ("termination_log=/t\non_failure=shutdown", "", ""),
    ])
    func keysWithoutAnEffectAreRemarked(_ supervisord: String, _ program: String, _ remark: String) throws {
        let remarks = try Self.load(supervisord, program).remarks.map(\.description)
        #expect(remarks == (remark.isEmpty ? [] : ["/etc/s.conf:\(remark)"]))
    }

    // MARK: The message

    private static let cause: EndCause = {
        let id = ProcessID(slot: 0, generation: 0)
        let culprit = EndCause.Culprit(id: id, name: "web", fate: .failed(.exited(code: 3)))
        return EndCause(culprit, .policy(.shutdown), successes: [])
    }()
    private static let head = "web failed (exit status 3; on_failure=shutdown)\n"

    private static func message(_ stdout: String, _ stderr: String) -> String {
        let bytes = TerminationMessage.text(cause, stdout: Array(stdout.utf8), stderr: Array(stderr.utf8))
        #expect(bytes.count <= TerminationMessage.limit)
        #expect(String(validating: bytes, as: UTF8.self) != nil)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("", "", ""), ("out\n", "", "stdout:\nout\n"), ("", "err", "stderr:\nerr\n"),
        ("out", "err\n", "stderr:\nerr\nstdout:\nout\n"),
        ("a\u{1b}[31mb\u{1b}[0m\r\n\u{7}\u{0}c\td\u{9b}\n", "", "stdout:\nab\nc\td\n"),
        ("\u{1b}", "", ""),
    ])
    func messages(_ stdout: String, _ stderr: String, _ rest: String) {
        #expect(Self.message(stdout, stderr) == Self.head + rest)
    }

    @Test func bytesThatAreNoText() {
        let bytes = TerminationMessage.text(Self.cause, stdout: [0xff, 0x41, 0xc3], stderr: [])
        #expect(String(decoding: bytes, as: UTF8.self) == Self.head + "stdout:\n\u{fffd}A\u{fffd}\n")
    }

    @Test func muchOutputIsCutAtLines() {
        let lines = (0..<1000).map { "line \($0)\n" }.joined()
        let one = Self.message(lines, "")
        #expect(one.utf8.count > TerminationMessage.limit - 20)
        #expect(one.hasPrefix(Self.head + "stdout:\nline ") && one.hasSuffix("line 998\nline 999\n"))
        // Both get half of the room, or what the other leaves.
        let both = Self.message(lines, lines)
        let parts = both.dropFirst(Self.head.count).split(separator: "stdout:\n")
        #expect(parts.count == 2 && parts.allSatisfy { $0.utf8.count > 1950 && $0.hasSuffix("line 999\n") })
        #expect(Self.message("out\n", lines).utf8.count > TerminationMessage.limit - 20)
        #expect(Self.message(lines, "err\n").utf8.count > TerminationMessage.limit - 20)
        // A line that is longer than the room: its end, in whole characters.
        for padding in 0..<4 {
            let long = Self.message(
                String(repeating: "x", count: padding) + String(repeating: "\u{1f600}", count: 3000), "")
            #expect(long.hasPrefix(Self.head + "stdout:\n\u{1f600}") && long.utf8.count > TerminationMessage.limit - 10)
        }
    }

    @Test func aLongReasonIsCut() {
        let id = ProcessID(slot: 0, generation: 0)
        let error = StartError(.missing, "can't find\n" + String(repeating: "\u{e9}", count: 5000))
        let cause = EndCause(
            .init(id: id, name: "web", fate: .fatal(.notStarted(error), nil)), .policy(.shutdown), successes: [])
        let text = String(decoding: TerminationMessage.text(cause, stdout: [0x41], stderr: []), as: UTF8.self)
        #expect(text.hasPrefix("web is FATAL (can't find\\n\u{e9}") && text.hasSuffix("\u{e9}\nstdout:\nA\n"))
        #expect(text.utf8.count < 1100)
    }
}
