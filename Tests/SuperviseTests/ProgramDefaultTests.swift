import Testing

@testable import Supervise

/// `[program-default]`, `%(ENV_X:-text)s`, `%(cpu_count)d` and `numprocs=auto`.
@Suite struct ProgramDefaultTests {
    private func load(_ text: String) throws(ConfigurationError) -> Configuration {
        try FakeMachine("[supervisord]\n\(text)").load(isSupervisord: false)
    }

    private func problems(_ text: String) -> [ConfigurationError.Problem] {
        do throws(ConfigurationError) {
            _ = try load(text)
            return []
        } catch {
            return error.problems
        }
    }

    private func process(_ configuration: Configuration, _ name: String) throws -> ProcessSettings {
        try #require(configuration.groups.flatMap { $0.processes }.first { $0.name == name })
    }

    // MARK: [program-default]

    @Test func itGivesProgramsWhatTheyLack() throws {
        let configuration = try load(
            """
            [program:web]
            command=/bin/web
            stopwaitsecs=3
            [fcgi-program:php]
            command=/bin/php
            socket=unix:///s
            [eventlistener:mail]
            command=/bin/mail
            events=TICK_60
            [program-default]
            stopwaitsecs=42
            directory=/srv/%(program_name)s
            environment=A="1"
            """)
        let web = try process(configuration, "web")
        #expect(web.stopWaitSeconds == 3 && web.directory == "/srv/web" && web.environment.map(\.name) == ["A"])
        #expect(try process(configuration, "php").stopWaitSeconds == 42)
        #expect(try process(configuration, "mail").stopWaitSeconds == 10)
        #expect(configuration.remarks.isEmpty)
    }

    /// A program has one health check: its own one takes the place of the default's, whose other keys go on to count.
    @Test(arguments: ["program-default", "DEFAULT"]) func anOwnCheckReplacesTheDefault(_ section: String) throws {
        let configuration = try load(
            """
            [\(section)]
            healthcheck_http=http://127.0.0.1/
            healthcheck_interval=30
            [program:web]
            command=/bin/web
            [program:db]
            command=/bin/db
            healthcheck_tcp=127.0.0.1:5432
            """)
        let web = try #require(try process(configuration, "web").healthCheck)
        let db = try #require(try process(configuration, "db").healthCheck)
        #expect(web.check != db.check && web.interval == db.interval)
        let both = problems(
            """
            [program-default]
            healthcheck_http=http://127.0.0.1/
            healthcheck_tcp=127.0.0.1:80
            [program:web]
            command=/bin/web
            """)
        #expect(both.map(\.sentence).contains { $0.contains("are both there") })
    }

    @Test func itCountsMoreThanDEFAULT() throws {
        let configuration = try load(
            """
            [DEFAULT]
            stopwaitsecs=5
            startsecs=6
            [program-default]
            stopwaitsecs=42
            command=/bin/run %(program_name)s
            [program:web]
            """)
        let web = try process(configuration, "web")
        #expect(web.stopWaitSeconds == 42 && web.startSeconds == 6 && web.command == "/bin/run web")
    }

    @Test func whatIsWrongIsAnErrorAtItsPlace() {
        let all = "[program:web]\ncommand=/bin/web\nstopwaitsecs=1\n[program-default]\nstopwaitsecs=x\nstopwaitsec=4\n"
        let found = problems(all)
        #expect(found.count == 2)
        #expect(found.map { $0.place?.line } == [7, 6])
        #expect(found.first?.sentence == "unknown key stopwaitsec in [program-default]")
        #expect(found.first?.advice == "Did you mean `stopwaitsecs`?")
        // Once, however many programs have it.
        let two = "[program:a]\ncommand=a\n[program:b]\ncommand=b\n[program-default]\nautorestart=perhaps\n"
        #expect(problems(two).map { $0.place?.line } == [7])
        // Names of a program are expanded there.
        #expect(problems("[program-default]\nuser=%(ENV_NOBODY)s\n[program:a]\ncommand=a\n").count == 1)
        #expect(problems("[program-default]\nsocket=unix:///s\n[program:a]\ncommand=a\n").count == 1)
    }

    @Test func defaultsNeedNotMakeSenseForEveryProgram() throws {
        let configuration = try load(
            """
            [program-default]
            healthcheck_interval=5
            startsecs=7
            backoff_delay=2
            [program:web]
            command=/bin/web
            healthcheck_command=/bin/ok
            [program:job]
            command=/bin/job
            type=oneshot
            """)
        #expect(configuration.remarks.isEmpty)
        #expect(try process(configuration, "web").healthCheck?.interval == 5000)
        #expect(try process(configuration, "job").healthCheck == nil)
    }

    @Test func withoutProgramsItIsRemarkedOn() throws {
        let remarks = try load("[program-default]\nstartsecs=1\n").remarks
        #expect(remarks.map(\.text) == ["[program-default] has no effect: there is no program"])
        #expect(remarks.first?.place.line == 2)
        // A slip is not taken for it.
        let slip = try load("[program-defaults]\nstartsecs=1\n").remarks
        #expect(slip.first?.text.contains("did you mean `program-default`?") == true)
    }

    @Test func aChangeIsAChangeOfThePrograms() throws {
        let text = "[program:a]\ncommand=a\n[program:b]\ncommand=b\nstartsecs=1\n[program-default]\nstartsecs="
        var supervisor = Supervisor()
        var actions: [Supervisor.Action] = []
        supervisor.boot(try load(text + "4\n").groups, now: World([]).now, into: &actions)
        let same = supervisor.reread(try load(text + "4\n").groups)
        let changed = supervisor.reread(try load(text + "5\n").groups)
        #expect(same != changed)
    }

    // MARK: Names

    private func expanded(_ text: String) throws -> String {
        let machine = FakeMachine("[supervisord]\n[program:a]\ncommand=\(text)\n")
        machine.environment.append(EnvironmentVariable("EMPTY", ""))
        return try process(try machine.load(isSupervisord: false), "a").command
    }

    @Test func aVariableMayHaveADefault() throws {
        #expect(try expanded("run %(ENV_HOME:-/none)s") == "run /home/me")
        #expect(try expanded("run %(ENV_PORT:-8080)s") == "run 8080")
        #expect(try expanded("run '%(ENV_EMPTY:-full)s'") == "run 'full'")
        #expect(try expanded("run '%(ENV_PORT:-)s'") == "run ''")
        #expect(try expanded("run %(ENV_PORT:-a:-b)s") == "run a:-b")
        #expect(try expanded("run '%(ENV_PORT:-(x))s'") == "run '(x)'")
        #expect(try expanded("run '%(ENV_PORT:-ab)5s'") == "run '   ab'")
        #expect(problems("[program:a]\ncommand=%(ENV_PORT:8080)s\n").count == 1)
        #expect(problems("[program:a]\ncommand=%(here:-x)s\n").count == 1)
        let missing = problems("[program:a]\ncommand=%(ENV_PORT)s\n")
        #expect(missing.first?.advice == "Set PORT in the environment, or write %(ENV_PORT:-text)s.")
    }

    @Test func processors() throws {
        #expect(try expanded("run -j%(cpu_count)d") == "run -j4")
        let text =
            "[program:a]\ncommand=a\nnumprocs=auto\nprocess_name=%(program_name)s_%(process_num)d\n"
        #expect(try load(text).groups[0].processes.map(\.name) == ["a_0", "a_1", "a_2", "a_3"])
        #expect(try load(text.replacing("auto", with: "%(cpu_count)d")).groups[0].processes.count == 4)
        #expect(try load(text.replacing("auto", with: "%(ENV_N:-AUTO)s")).groups[0].processes.count == 4)
        #expect(problems(text.replacing("auto", with: "autp")).count == 1)
    }

    @Test func anAutomaticNumberNeedsNames() {
        let machine = FakeMachine("[supervisord]\n[program:a]\ncommand=a\nnumprocs=auto\n")
        machine.processorCount = 1
        let sentence = "%(process_num) must be present within process_name when numprocs=auto"
        #expect(machine.refusal()?.contains(sentence) == true)
    }
}
