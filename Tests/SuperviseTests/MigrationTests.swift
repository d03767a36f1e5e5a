import Testing

@testable import Supervise

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite struct LineEditsTests {
    @Test func nothingChanges() {
        let edits = LineEdits("a\nb\n".bytes)
        #expect(!edits.isChanged && edits.diff("f".bytes).isEmpty && text(edits.text) == "a\nb\n")
    }

    @Test func aHunkHasThreeLinesAround() {
        let edits = LineEdits("1\n2\n3\n4\n5\n6\n7\n8\n9\n".bytes)
        edits.replace(4, with: "five".bytes)
        edits.add("and a half".bytes, before: 5)
        #expect(
            text(edits.diff("f".bytes))
                == "--- f\n+++ f\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+and a half\n 6\n 7\n 8\n")
        #expect(text(edits.text) == "1\n2\n3\n4\nfive\nand a half\n6\n7\n8\n9\n")
    }

    @Test func changesFarApartAreTwoHunks() {
        let edits = LineEdits(((1...20).map { "\($0)\n" }.joined()).bytes)
        edits.remove(0)
        edits.remove(19)
        #expect(
            text(edits.diff("f".bytes))
                == "--- f\n+++ f\n@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -17,4 +16,3 @@\n 17\n 18\n 19\n-20\n")
    }

    @Test func aLastLineWithoutAnEndGetsOneIfALineFollows() {
        let edits = LineEdits("a\nb".bytes)
        edits.add("c".bytes, before: 2)
        #expect(
            text(edits.diff("f".bytes))
                == "--- f\n+++ f\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n")
        #expect(text(edits.text) == "a\nb\nc\n")
    }

    @Test func lineEndsOfWindowsStay() {
        let edits = LineEdits("a\r\nb\r\n".bytes)
        edits.add("c".bytes, before: 1)
        #expect(text(edits.text) == "a\r\nc\r\nb\r\n")
    }

    @Test func allOfAFileMayGo() {
        let edits = LineEdits("a\n".bytes)
        edits.remove(0)
        #expect(text(edits.diff("f".bytes)) == "--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n" && edits.text.isEmpty)
    }
}

@Suite struct WaitCommandTests {
    private func read(_ command: String) -> WaitCommand.Reading {
        WaitCommand.read(command.bytes, firstLine: command.bytes.count)
    }

    @Test(arguments: [
        ("wait-for-it.sh 127.0.0.1:5432 -- app -x", "127.0.0.1", 5432, "app -x"),
        ("/usr/bin/wait-for-it -h db -p 5432 -t 0 --strict -- app", "db", 5432, "app"),
        ("bash /wait-for-it.sh --host=db --port=80 --timeout=30 -q -- 'my app' \"b c\"", "db", 80, "'my app' \"b c\""),
        ("dockerize -wait tcp://redis:6379 -timeout 20s app -p 1", "redis", 6379, "app -p 1"),
        ("sh -c \"while ! nc -z localhost 3306; do sleep 1; done; exec app -x\"", "localhost", 3306, "app -x"),
        (
            "sh -c 'until nc -zv -w 2 db 80 >/dev/null 2>&1; do echo waiting; sleep 0.5; done && app $HOME'", "db", 80,
            "sh -c 'app $HOME'"
        ),
        (
            "bash -c \"until curl -sf http://127.0.0.1:8080/up; do sleep 1; done; exec X=1 app\"", "127.0.0.1", 8080,
            "bash -c \"exec X=1 app\""
        ),
    ]) func waits(command: String, host: String, port: Int, rest: String) {
        guard case .wait(let wait) = read(command) else {
            Issue.record("\(read(command))")
            return
        }
        #expect(text(wait.targets[0].host) == host && wait.targets[0].port == port && text(wait.rest) == rest)
    }

    @Test(arguments: [
        "wait-for-it.sh db:5432", "wait-for-it.sh --unknown db:5432 -- app", "bash -c \"sleep 5 && app\"",
        "dockerize -template a:b -wait tcp://db:1 app", "sh -c 'until test -e /tmp/x; do sleep 1; done; exec app'",
        "sh -c 'while ! nc -z db 1; do reboot; done; app'",
        "sh -c 'until nc -z db 1; do sleep 1; done'",
    ]) func areUnclear(command: String) {
        guard case .unclear = read(command) else {
            Issue.record("\(read(command))")
            return
        }
    }

    @Test(arguments: ["app", "sh -c 'exec app'", "sleep 5", "app wait-for-it.sh", "", "'", "sh -c"])
    func waitForNothing(command: String) { #expect(read(command).isNone) }

    /// What it runs is in the next line: only a person can put it together.
    @Test func theRestMustBeInTheFirstLine() {
        let command = "wait-for-it.sh db:1 -- \napp"
        guard case .unclear = WaitCommand.read(command.bytes, firstLine: 22) else {
            Issue.record("it was understood")
            return
        }
    }
}

@Suite struct ConfigurationLinesTests {
    @Test func keysStandWhereTheyAre() {
        let lines = LineEdits("[program:a]\n; remark\nCommand = x ; why\n  -y\n\n  -z\nb:1#2\n[c\nd=\n".bytes).lines
        let part = ConfigurationLines.parts(lines)[0]
        #expect(text(part.name) == "program:a" && part.options.map { text($0.key) } == ["command", "b", "d"])
        #expect(
            text(part.value("command")) == "x\n-y\n-z" && part["command"]?.line == 2 && part["command"]?.lastLine == 5)
        #expect(part["command"]?.place == 10..<11 && text(part["b"]?.value ?? []) == "1#2")
    }

    /// Comments begin where the parser finds them.
    @Test(arguments: [
        ("a=b ;c", 4), ("a=b;c", nil), ("a=b#b #c ;d", 9), ("; a", 0), ("  # a", 0), ("a=b", nil),
    ]) func comments(line: String, expected: Int?) { #expect(ConfigurationLines.commentStart(line.bytes) == expected) }
}

@Suite struct ConfigurationMigrationTests {
    static func migrated(_ texts: String...) -> Migration {
        Migration(texts.enumerated().map { (name: "\($0.offset).conf".bytes, text: $0.element.bytes) })
    }

    static func result(_ text: String) -> String { String(decoding: migrated(text).files[0].edits.text, as: UTF8.self) }

    @Test func aProgramOfOneFileMayWaitForOneOfAnother() {
        let migration = Self.migrated(
            "[program:web]\ncommand=wait-for-it.sh localhost:6379 -- app ; waits\n",
            "[program:cache]\ncommand=redis-server\n")
        #expect(text(migration.files[0].edits.text) == "[program:web]\ncommand=app ; waits\ndepends_on=cache\n")
        #expect(
            text(migration.files[1].edits.text)
                == "[program:cache]\ncommand=redis-server\nhealthcheck_tcp=127.0.0.1:6379\n")
    }

    @Test func dependenciesAreAddedToThoseThatAreThere() {
        let both = "[program:db]\ncommand = postgres\nhealthcheck_command = pg_isready\n"
        let web = "[program:web]\ncommand = wait-for-it.sh localhost:5432 -- app\ndepends_on = other\n"
        #expect(
            Self.result(both + web)
                == both + "[program:web]\ncommand = app\ndepends_on = other, db\n")
    }

    @Test(arguments: [
        // Two could be meant, nobody, another machine, itself, a circle.
        "[program:a]\ncommand=redis-server\n[program:b]\ncommand=redis-server\n[program:web]\ncommand=wait-for-it.sh localhost:6379 -- app\n",
        "[program:web]\ncommand=wait-for-it.sh localhost:6379 -- app\n",
        "[program:a]\ncommand=redis-server\n[program:web]\ncommand=wait-for-it.sh cache:6379 -- app\n",
        "[program:web]\ncommand=wait-for-it.sh localhost:80 -- app :80\n",
        "[program:a]\ncommand=redis-server\ndepends_on=web\n[program:web]\ncommand=wait-for-it.sh localhost:6379 -- app\n",
        "[program:web]\ncommand=tini -p KILL -- app\n",
        "[program:a]\ncommand=a --workers 80\n[program:web]\ncommand=wait-for-it.sh localhost:80 -- app\n",
        "[eventlistener:x]\ncommand=python3 -m mine.supervisor_stdout\nevents=PROCESS_LOG\n[program:a]\ncommand=a\nstdout_events_enabled=true\n",
    ]) func whatIsNotClearStays(text: String) {
        let migration = Self.migrated(text)
        #expect(!migration.files[0].edits.isChanged)
        let tells = migration.files[0].remarks.map { $0.text }
        #expect(text.contains("eventlistener") || tells.contains { $0.contains("still") }, "\(tells)")
    }

    @Test func smallInitsGo() {
        #expect(Self.result("[program:a]\ncommand=/sbin/tini -- app\n") == "[program:a]\ncommand=app\n")
        #expect(Self.result("[program:a]\ncommand=dumb-init app\n") == "[program:a]\ncommand=app\nstopasgroup=true\n")
        #expect(Self.result("[program:a]\ncommand=dumb-init -c -- app\n") == "[program:a]\ncommand=app\n")
    }

    private static let listener = "[eventlistener:out]\ncommand=supervisor_stdout\nevents=PROCESS_LOG\n"

    @Test func aLogTakesThePlaceOfTheListener() {
        let program =
            "[program:a]\ncommand=a\nstdout_events_enabled=true\nstderr_events_enabled=true\nautorestart=true\n"
        #expect(
            Self.result(program + "\n" + Self.listener)
                == "[program:a]\ncommand=a\nstdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\nstderr_logfile=/dev/stderr\n"
                + "stderr_logfile_maxbytes=0\nautorestart=true\n")
    }

    /// Events that others listen to are still sent; a log that is written stays written.
    @Test func theListenerIsNotAlone() {
        let other = "[eventlistener:other]\ncommand=other\nevents=PROCESS_LOG\n"
        let program = "[program:a]\ncommand=a\nstdout_events_enabled=true\n"
        #expect(Self.result(Self.listener + other + program).contains("stdout_events_enabled=true"))
        let logged = Self.listener + program + "stdout_logfile=/var/log/a.log\n"
        #expect(Self.result(logged) == logged)
        let included = Self.listener + "[include]\nfiles=*.conf\n"
        #expect(Self.result(included) == included)
    }

    @Test func dependentStartup() {
        let listener = "[eventlistener:d]\ncommand=supervisord-dependent-startup\nevents=PROCESS_STATE\n\n"
        let db = "[program:db]\ncommand=db\nautostart=false\ndependent_startup=true\n"
        let web =
            "[program:web]\ncommand=web\nautostart=false\ndependent_startup=true\ndependent_startup_wait_for=db:running job:exited\n"
        #expect(
            Self.result(listener + db + web)
                == "[program:db]\ncommand=db\n[program:web]\ncommand=web\ndepends_on=db, job:exited\n")
        let odd = listener + db + web.replacing("db:running", with: "db:fatal")
        #expect(Self.result(odd) == odd)
    }
}
