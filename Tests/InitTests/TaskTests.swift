import Foundation
import Kernel
import Testing

@testable import Init
@testable import Supervise

/// Tasks with real processes.
@Suite(.serialized) struct TaskTests {
    /// A runner with its loop, which keeps the results of tasks.
    final class World {
        let loop: EventLoop
        let tasks: TaskRunner
        var results: [String: (result: TaskResult, output: TaskOutput)] = [:]

        init() throws {
            loop = try EventLoop()
            tasks = TaskRunner(loop: loop)
            tasks.launcher = Launcher()
        }

        static func settings(_ values: KeyValues = [:]) -> ProcessSettings {
            ProcessSettings(
                "web", ([.command: .text("/bin/false")] as KeyValues).overridden(by: values, unless: .process))
        }

        @discardableResult
        func start(
            _ name: String, _ command: String, timeout: Int = 20, variables: [EnvironmentVariable] = [],
            _ settings: ProcessSettings = settings()
        ) throws -> TaskID {
            let request = TaskRequest(
                name: name, command: command, settings: settings, group: "web", variables: variables, timeout: timeout)
            return try tasks.start(request) { self.results[name] = ($0, $1) }
        }

        /// Turns the loop and reaps its children until `done`; false if that takes too long.
        func run(until done: () -> Bool) -> Bool {
            for _ in 0..<20_000 {
                if done() { return true }
                tasks.settle()
                let now = Engine.now.instant
                if let deadline = tasks.deadline, deadline <= now { tasks.tick(now) }
                let events = loop.turn(wait: false)
                for pid in tasks.children {
                    guard let status = try? Reaper.poll(pid), let ended = ExitStatus(status),
                        let id = tasks.owner(of: pid)
                    else { continue }
                    tasks.reaped(id, ended)
                }
                if events == 0 { usleep(1000) }  // sleep: poll
            }
            return false
        }

        func text(_ name: String) -> String { String(decoding: results[name]?.output.end ?? [], as: UTF8.self) }

        func cause(_ name: String) -> TaskResult.Cause? { results[name]?.result.cause }
    }

    static func isAlive(_ pid: Int32) -> Bool {
        guard kill(pid, 0) == 0 else { return false }
        let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        return stat.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    @Test func resultsAndOutput() throws {
        let world = try World()
        try world.start("good", "sh -c 'echo out; echo err >&2'")
        try world.start("bad", "sh -c 'exit 3'")
        try world.start("killed", "sh -c 'kill -9 $$'")
        try world.start("missing", "no-such-command-anywhere")
        try world.start("forbidden", "/etc/passwd")
        try world.start("quiet", "cat")
        #expect(world.run { world.results.count == 6 })
        #expect(world.cause("good") == .ended(.exited(code: 0)) && world.text("good") == "out\nerr\n")
        #expect(world.results["good"]?.result.isSuccess == true)
        #expect(world.cause("bad") == .ended(.exited(code: 3)))
        #expect(world.cause("killed") == .ended(.signalled(.kill, core: false)))
        #expect(world.cause("quiet") == .ended(.exited(code: 0)), "its stdin is at its end")
        for (name, cause, sentence) in [
            ("missing", StartError.Cause.missing, "can't find command 'no-such-command-anywhere'"),
            ("forbidden", .command, "command at '/etc/passwd' is not executable"),
        ] {
            guard case .notStarted(let failure) = world.cause(name) else {
                Issue.record("\(name): \(String(describing: world.cause(name)))")
                continue
            }
            #expect(failure.sentence == sentence && failure.cause == cause)
        }
        #expect(world.run { world.tasks.isEmpty } && world.tasks.deadline == nil, "nothing is left")
    }

    @Test func onlyTheEndOfMuchOutputIsKept() throws {
        let world = try World()
        try world.start("flood", "sh -c 'yes 0123456 | head -n 50000; echo last'")
        #expect(world.run { world.results.count == 1 })
        let output = try #require(world.results["flood"]?.output)
        #expect(output.end.count == TaskOutput.limit && output.dropped == 50_000 * 8 + 5 - TaskOutput.limit)
        #expect(world.text("flood").hasSuffix("0123456\nlast\n"))
    }

    /// A task has its program's environment and directory, and its own variables override them.
    @Test func itRunsAsItsProgram() throws {
        let world = try World()
        var values: KeyValues = [
            .environment: .variables(
                VariableList([EnvironmentVariable("COLOUR", "blue"), EnvironmentVariable("REEVE_HOOK", "no")])),
            .directory: .text("/usr"), .umask: .int(0o027),
        ]
        if getuid() == 0 { values[.user] = .account(.id(65534)) }
        let settings = World.settings(values)
        try world.start(
            "who", "sh -c 'echo $COLOUR $REEVE_HOOK $SUPERVISOR_PROCESS_NAME $PWD $(umask) $(id -u)'",
            variables: [EnvironmentVariable("REEVE_HOOK", "pre_start")], settings)
        // The group of $$ is $$ itself: the task has a new group.
        try world.start("group", "sh -c 'test $(cut -d\" \" -f5 /proc/$$/stat) = $$'")
        #expect(world.run { world.results.count == 2 })
        let user = getuid() == 0 ? 65534 : getuid()
        #expect(world.text("who") == "blue pre_start web /usr 0027 \(user)\n")
        #expect(world.results["group"]?.result.isSuccess == true)
    }

    /// At a timeout the whole group ends, including processes that ignore SIGTERM, before the result is delivered.
    @Test func aTimeoutEndsTheGroup() throws {
        let world = try World()
        try world.start(
            "stubborn", "sh -c 'trap \"\" TERM; sh -c \"while :; do sleep 1; done\" & echo $!; wait'", timeout: 1)
        try world.start("polite", "sh -c 'sleep 1000 & echo $!; wait'", timeout: 1)
        #expect(world.run { world.results.count == 2 })
        for name in ["stubborn", "polite"] {
            #expect(world.cause(name) == .timedOut && world.results[name]?.result.isLeftBehind == false)
            let other = try #require(Int32(world.text(name).split(separator: "\n").first ?? ""))
            #expect(!Self.isAlive(other), "\(name) has left somebody behind")
        }
        #expect(world.tasks.isEmpty)
    }

    @Test func whoIsCancelledEnds() throws {
        let world = try World()
        let running = try world.start("running", "sh -c 'echo on; exec sleep 1000'")
        #expect(world.run { world.tasks.hasOutput(running) })
        world.tasks.cancel(running)
        let queued = try world.start("queued", "sleep 1000")
        world.tasks.cancel(queued)
        #expect(world.run { world.results.count == 2 })
        #expect(world.cause("running") == .cancelled && world.cause("queued") == .cancelled)
        #expect(world.run { world.tasks.isEmpty })
    }

    /// Processes that a task leaves behind when it exits by itself live on, and don't delay the result.
    @Test func whatItStartsMayStay() throws {
        let world = try World()
        try world.start("daemon", "sh -c 'sleep 1000 & echo $!'")
        #expect(world.run { world.results.count == 1 })
        let other = try #require(Int32(world.text("daemon").split(separator: "\n").first ?? ""))
        #expect(world.results["daemon"]?.result.isSuccess == true && Self.isAlive(other))
        kill(other, SIGKILL)
    }

    @Test func thereIsABound() throws {
        let world = try World()
        for number in 0..<TaskRunner.most { try world.start("\(number)", "true") }
        #expect(throws: StartError.self) { try world.start("one more", "true") }
        #expect(world.run { world.results.count == TaskRunner.most && world.tasks.isEmpty })
        #expect(world.results.values.allSatisfy { $0.result.isSuccess })
    }
}
