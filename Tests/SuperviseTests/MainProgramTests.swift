import Testing

@testable import Supervise

/// The command of `init -c FILE -- COMMAND`.
@Suite struct MainProgramTests {
    private static func load(_ text: String, _ command: [String]) throws -> Configuration {
        var options = SupervisorOptions()
        options.mainCommand = command
        return try FakeMachine("[supervisord]\n" + text).load().applying(options)
    }

    @Test(arguments: [
        (["sleep", "5"], "sleep-2"), (["/usr/bin/top"], "top"), (["./a b:c"], "abc"), ([""], "program"),
        (["jobs"], "jobs-2"),
    ])
    func names(_ command: [String], _ name: String) throws {
        let groups = try Self.load(
            "[program:sleep]\ncommand=x\n[program:a]\ncommand=x\n[group:jobs]\nprograms=a\n", command
        ).groups
        #expect(groups.count == 3 && groups.last?.name == name)
        #expect(groups.last?.processes.map(\.name) == [name] && groups.last?.processes[0].isMain == true)
        #expect(groups.dropLast().allSatisfy { $0.processes.allSatisfy { !$0.isMain } })
    }

    @Test(arguments: [
        ["sh", "-c", "echo 'a b' \"c\"; exit 3"], ["x", "", "'", "''", "\\", "\"", "a\nb", "%(x)s", "#", ";"],
    ])
    func wordsStayWords(_ command: [String]) throws {
        let settings = try #require(try Self.load("[program:a]\ncommand=x\n", command).groups.last?.processes.first)
        #expect(try CommandWords.split(settings.command) == command)
    }

    @Test func itStartsLastAndStopsFirst() throws {
        for (written, expected) in [(5, 1000), (5000, 5001), (Int.max, .max)] {
            let groups = try Self.load("[program:a]\ncommand=x\npriority=\(written)\n", ["b"]).groups
            #expect(groups.map(\.name) == ["a", "b"] && groups.last?.priority == expected)
        }
    }

    @Test func theContainerEndsWithIt() throws {
        let text = "on_failure=ignore\n[program:a]\ncommand=x\nautorestart=true\n"
        for (status, code) in [(.exited(code: 0), 0), (.exited(code: 7), 7), (.signalled(.kill, core: false), 137)]
            as [(Supervise.ExitStatus, Int32)]
        {
            let world = World(try Self.load(text, ["/bin/main", "x"]).groups)
            world.pass(seconds: 2)
            #expect(world.state("main") == .running)
            world.exit("main", status)
            #expect(world.cause?.code == code && world.cause?.culprit?.name == "main")
        }
        let world = World(try Self.load(text, ["/bin/main"]).groups)
        world.unspawnable["main"] = "no luck"
        world.spawnCause = .missing
        world.pass(seconds: 2)
        #expect(world.cause?.code == 127)
    }

    /// `update` finds no difference where there is none.
    @Test func itIsTheSameWhenItIsReadAgain() throws {
        let text = "[program:a]\ncommand=x\n"
        let world = World(try Self.load(text, ["b", "c"]).groups)
        #expect(world.supervisor.reread(try Self.load(text, ["b", "c"]).groups) == Difference())
    }
}
