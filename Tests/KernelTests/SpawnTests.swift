import CLinux
import Testing

@testable import Kernel

/// Runs a command whose output goes to a pipe; the parent's copies are closed before it is read.
struct Ran {
    var status: WaitStatus
    var output: String
}

func run(
    _ words: [String], environment: [String] = ["PATH=/usr/bin:/bin"],
    change: (inout SpawnRequest) -> Void = { _ in }
) throws -> Ran {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let reading = Descriptor(owning: ends[0])
    let child: Int32
    do {
        let writing = Descriptor(owning: ends[1])
        let null = try Descriptor.open("/dev/null", O_RDONLY)
        var request = SpawnRequest(
            path: Array(words[0].utf8), arguments: CStringArray(words), environment: CStringArray(environment),
            descriptors: [.init(null.number, as: 0), .init(writing.number, as: 1), .init(writing.number, as: 2)])
        change(&request)
        child = try Spawn.run(request).pid
    }
    let output = try File.contents(of: reading.number)
    return Ran(status: try Reaper.wait(for: child), output: String(decoding: output, as: UTF8.self))
}

func shell(_ script: String, change: (inout SpawnRequest) -> Void = { _ in }) throws -> Ran {
    try run(["/bin/sh", "-c", script], change: change)
}

func failure(_ words: [String], change: (inout SpawnRequest) -> Void = { _ in }) -> SpawnError? {
    do {
        _ = try run(words, change: change)
        return nil
    } catch {
        return error as? SpawnError
    }
}

let isRoot = getuid() == 0

@Suite struct SpawnTests {
    @Test(arguments: [0, 1, 2, 77, 255]) func exitCodesComeBack(code: Int32) throws {
        #expect(try shell("exit \(code)").status.exitCode == code)
    }

    @Test func deathBySignal() throws {
        let status = try shell("kill -TERM $$").status
        #expect(status.signal == SIGTERM)
        #expect(status.exitCode == nil)
    }

    @Test func argumentsAndEnvironmentArrive() throws {
        let ran = try run(["/bin/sh", "-c", "echo \"$0|$1|$A|$B\"", "zero", "o n e"], environment: ["A=1", "B=x=y"])
        #expect(ran.output == "zero|o n e|1|x=y\n")
    }

    @Test func dispositionsAndMaskAreReset() throws {
        // The test process: SIGPIPE and a real-time signal ignored, SIGUSR1 and SIGTERM blocked in this thread.
        try SystemProcess.setDisposition(of: SIGPIPE, ignored: true)
        try SystemProcess.setDisposition(of: 40, ignored: true)
        let before = ([SIGUSR1, SIGTERM] as SignalSet).block()
        defer {
            before.setBlocked()
            try? SystemProcess.setDisposition(of: 40, ignored: false)
        }
        // Uses `cat`, since a shell and grep have their own handlers.
        let lines = try run(["/bin/cat", "/proc/self/status"]).output.split(separator: "\n").filter { line in
            ["SigBlk", "SigIgn", "SigCgt", "ShdPnd"].contains { line.hasPrefix($0) }
        }
        #expect(lines.count == 4)
        for line in lines { #expect(line.hasSuffix("\t0000000000000000"), "\(line)") }
        // The parent's own mask is unchanged.
        var mask: UInt64 = 0
        _ = linux_sigprocmask(SIG_BLOCK, 0, &mask)
        #expect(SignalSet(bits: mask).contains(SIGUSR1))
        #expect(!SignalSet(bits: mask).contains(SIGHUP) || before.contains(SIGHUP))
    }

    @Test func onlyTheGivenDescriptorsAreOpen() throws {
        // Without O_CLOEXEC, only closing keeps it from the child.
        let leak = linux_open("/dev/zero", O_RDONLY, 0)
        defer { close(leak) }
        #expect(try run(["/bin/ls", "/proc/self/fd"]).output == "0\n1\n2\n3\n", "3 is ls's own")
    }

    @Test func descriptorsArriveAtTheirNumbers() throws {
        let first = try Descriptor.open("/dev/zero", O_RDONLY)
        let second = try Descriptor.open("/dev/full", O_RDONLY)
        let (a, b) = (first.number, second.number)
        let ran = try shell("readlink /proc/self/fd/3 /proc/self/fd/7; ls /proc/self/fd") {
            $0.descriptors += [.init(b, as: 7), .init(a, as: 3)]
        }
        #expect(ran.output == "/dev/zero\n/dev/full\n0\n1\n2\n3\n4\n7\n")
    }

    @Test func sourcesAndTargetsMayCross() throws {
        // Two descriptors swap numbers, and a third keeps its number although it is close-on-exec here.
        let first = try Descriptor.open("/dev/zero", O_RDONLY)
        let second = try Descriptor.open("/dev/full", O_RDONLY)
        let third = try Descriptor.open("/dev/null", O_RDONLY)
        let (a, b, c) = (first.number, second.number, third.number)
        let ran = try shell("readlink /proc/self/fd/\(a) /proc/self/fd/\(b) /proc/self/fd/\(c)") {
            $0.descriptors += [.init(b, as: a), .init(a, as: b), .init(c, as: c)]
        }
        #expect(ran.output == "/dev/full\n/dev/zero\n/dev/null\n")
        let flags = String(decoding: try File.contents(of: "/proc/self/fdinfo/\(c)"), as: UTF8.self)
        #expect(flags.contains("flags:\t02"), "the parent's own stays close-on-exec")
    }

    @Test func standardDescriptorsMayCross() throws {
        // A child whose 2 is the parent's 1, and vice versa: `sh` makes the outer assignment.
        let ran = try shell("exec 2>/dev/null; readlink /proc/self/fd/1 >/dev/null; echo ok")
        #expect(ran.output == "ok\n")
    }

    @Test func processGroups() throws {
        #expect(try shell("read -r a b c d e f < /proc/$$/stat; [ $e = $$ ] && echo own").output == "own\n")
        let inherited = try shell("read -r a b c d e f < /proc/$$/stat; echo $e") { $0.group = .inherited }
        #expect(inherited.output == "\(SystemProcess.group)\n")
        let session = try shell("read -r a b c d e f g < /proc/$$/stat; [ $f = $$ ] && echo leads") {
            $0.group = .newSession
        }
        #expect(session.output == "leads\n")
    }

    @Test func directoryAndUmask() throws {
        let ran = try shell("pwd; umask") {
            $0.directory = Array("/usr".utf8)
            $0.umask = 0o137
        }
        #expect(ran.output == "/usr\n0137\n")
    }

    @Test func limitsAndNoNewPrivileges() throws {
        let ran = try shell("ulimit -n; ulimit -Hn; grep NoNewPrivs /proc/self/status") {
            $0.limits = [.init(ProcessLimit.openFiles, soft: 33, hard: 44)]
            $0.noNewPrivileges = true
        }
        #expect(ran.output == "33\n44\nNoNewPrivs:\t1\n")
    }

    @Test(.enabled(if: isRoot)) func identityChanges() throws {
        let ran = try run(["/bin/grep", "-E", "^(Uid|Gid|Groups|CapEff|CapPrm)", "/proc/self/status"]) {
            $0.identity = .init(uid: 33, gid: 34, groups: [34, 50, 60])
        }
        #expect(
            ran.output == "Uid:\t33\t33\t33\t33\nGid:\t34\t34\t34\t34\nGroups:\t34 50 60 \n"
                + "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n")
    }

    @Test(.enabled(if: isRoot)) func identityWithoutPasswdEntry() throws {
        #expect(
            try run(["/usr/bin/id", "-u"]) { $0.identity = .init(uid: 123_456, gid: 0, groups: []) }.output
                == "123456\n")
    }

    /// The error names the step that failed with the kernel's error, in supervisord's words.
    @Test func missingProgram() {
        let failed = failure(["/no/such/program"])
        #expect(failed?.stage == .exec)
        #expect(failed?.errno == .noEntry)
        #expect(failed?.sentence(for: "web") == "couldn't exec /no/such/program: ENOENT")
    }

    @Test(arguments: [("/etc/passwd", "EACCES"), ("/etc", "EACCES"), ("/etc/passwd/x", "ENOTDIR")])
    func notExecutable(path: String, name: String) {
        #expect(failure([path])?.sentence(for: "web") == "couldn't exec \(path): \(name)")
    }

    @Test func notAProgram() throws {
        let path = "/tmp/reeve-noexec-\(SystemProcess.id)"
        let file = try Descriptor.open(path, O_CREAT | O_WRONLY | O_TRUNC, mode: 0o755)
        let number = file.number
        File.print("echo no interpreter line\n", to: number)
        _ = fchmod(number, 0o755)
        _ = consume file
        defer { unlink(path) }
        #expect(failure([path])?.sentence(for: "web") == "couldn't exec \(path): ENOEXEC")
    }

    @Test func missingDirectory() {
        let failed = failure(["/bin/true"]) { $0.directory = Array("/no/such/folder".utf8) }
        #expect(failed?.stage == .directory)
        #expect(failed?.sentence(for: "web") == "couldn't chdir to /no/such/folder: ENOENT")
    }

    @Test(.enabled(if: isRoot)) func directoryIsEnteredAsTheNewUser() throws {
        // root may enter the folder and the program's user may not, so the program doesn't run.
        let path = "/tmp/reeve-private-\(SystemProcess.id)"
        try #require(mkdir(path, 0o700) == 0)
        defer { rmdir(path) }
        let failed = failure(["/bin/true"]) {
            $0.directory = Array(path.utf8)
            $0.identity = .init(uid: 33, gid: 33, groups: [33])
        }
        #expect(failed?.sentence(for: "web") == "couldn't chdir to \(path): EACCES")
    }

    @Test func closedSource() {
        let failed = failure(["/bin/true"]) { $0.descriptors = [.init(987, as: 0)] }
        #expect(failed?.stage == .descriptors)
        #expect(failed?.errno == Errno(number: EBADF))
    }

    @Test func tooManyDescriptorsAreRefused() {
        let failed = failure(["/bin/true"]) { $0.descriptors = (0..<65).map { .init(0, as: $0) } }
        #expect(failed?.stage == .clone)
    }

    @Test func limitThatIsRefused() {
        let failed = failure(["/bin/true"]) { $0.limits = [.init(ProcessLimit.openFiles, soft: 44, hard: 33)] }
        #expect(failed?.stage == .limits)
        #expect(failed?.sentence(for: "web") == "couldn't set a limit: EINVAL")
    }

    @Test(.enabled(if: isRoot)) func unprivilegedCantChangeIdentity() throws {
        // A thread would be cleaner; this uses setpriv to run the attempt as another user.
        let failed = failure(["/bin/true"]) { $0.identity = .init(uid: .max, gid: 33, groups: []) }
        // The kernel reads uid -1 as "unchanged": the check after the call must notice that.
        #expect(failed?.stage == .setuid)
        #expect(failed?.sentence(for: "web") == "couldn't setuid to 4294967295: EPERM")
    }

    @Test(.enabled(if: isRoot)) func groupThatStays() {
        let failed = failure(["/bin/true"]) { $0.identity = .init(uid: 33, gid: .max, groups: []) }
        #expect(failed?.stage == .setgid)
        #expect(failed?.sentence(for: "web") == "couldn't setuid to 33: Could not set group id of effective user")
    }

    @Test(.enabled(if: isRoot)) func tooManyGroups() {
        let failed = failure(["/bin/true"]) {
            $0.identity = .init(uid: 33, gid: 33, groups: [UInt32](repeating: 5, count: 70_000))
        }
        #expect(failed?.stage == .setgroups)
        #expect(failed?.sentence(for: "web") == "couldn't setuid to 33: Could not set groups of effective user")
    }

    @Test func deathSignalIsSet() throws {
        let ran = try shell("exit 0") { $0.deathSignal = SIGKILL }
        #expect(ran.status.exitCode == 0)
        #expect(failure(["/bin/true"]) { $0.deathSignal = 99 }?.stage == .deathSignal)
    }

    @Test func foregroundOfSomethingElseThanATerminal() throws {
        #expect(try shell("echo on") { $0.terminal = .foreground(0) }.output == "on\n")
        #expect(try shell("echo on") { $0.terminal = .controlling(0) }.output == "on\n")
        #expect(failure(["/bin/true"]) { $0.terminal = .foreground(9) }?.stage == .terminal, "no such descriptor")
    }

    @Test func pidfdOnlyWhenAsked() throws {
        var request = SpawnRequest(
            path: Array("/bin/true".utf8), arguments: CStringArray(["true"]), environment: CStringArray([String]()))
        let plain = try Spawn.run(request)
        let none = plain.pidfd == nil
        #expect(none)
        #expect(try Reaper.wait(for: plain.pid).exitCode == 0)
        request.wantsPidfd = true
        var child = try Spawn.run(request)
        guard let pidfd = child.pidfd.take() else {
            Issue.record("no pidfd")
            return
        }
        #expect(try Reaper.wait(for: pidfd).exitCode == 0)
        #expect(throws: Errno.noSuchProcess) { try SystemProcess.signal(pidfd, 0) }
    }

    @Test func aFailedChildIsReapedAndLeaksNothing() throws {
        for _ in 0..<300 { _ = failure(["/no/such/program"]) { $0.wantsPidfd = true } }
        // Other tests have a few pidfds at the same time.
        let count = try shell("ls -l /proc/\(SystemProcess.id)/fd | grep -c pidfd").output
        #expect((Int(count.dropLast()) ?? 0) < 100)
    }

    @Test func aThousandChildren() throws {
        let arguments = CStringArray(["true"])
        let base = CStringArray((0..<30).map { "VARIABLE_\($0)=some value" })
        var pids: [Int32] = []
        for number in 0..<1000 {
            let environment = CStringArray(environment: base, with: [Array("NAME=p\(number)".utf8)])
            let request = SpawnRequest(
                path: Array("/bin/true".utf8), arguments: arguments, environment: environment)
            pids.append(try Spawn.run(request).pid)
        }
        #expect(Set(pids).count == 1000)
        for pid in pids { #expect(try Reaper.wait(for: pid).exitCode == 0) }
    }
}

@Suite struct CStringArrayTests {
    @Test func overridesReplaceAndAppend() {
        let base = CStringArray(["A=1", "AB=2", "C=3", "nonsense"])
        let made = CStringArray(environment: base, with: ["A=x", "D=", "nonsense=1"].map { Array($0.utf8) })
        let strings = (0..<made.count).map { String(decoding: made[$0], as: UTF8.self) }
        #expect(strings == ["AB=2", "C=3", "A=x", "D=", "nonsense=1"])
        #expect(made.value(of: "AB") == Array("2".utf8))
        #expect(made.value(of: "B") == nil)
        #expect(made[99] == [])
    }

    @Test func nothingIsLeftOfCapabilities() throws {
        let ran = try run(["/bin/grep", "-E", "^(Cap|NoNewPrivs|Uid)", "/proc/self/status"]) {
            $0.capabilities = .nothing
            $0.noNewPrivileges = true
            if isRoot { $0.identity = .init(uid: 65534, gid: 65534, groups: [65534]) }
        }
        #expect(ran.status.exitCode == 0)
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] + (isRoot ? ["CapBnd"] : []) {
            #expect(ran.output.contains("\(set):\t0000000000000000\n"), "\(ran.output)")
        }
        #expect(ran.output.contains("NoNewPrivs:\t1"))
        if isRoot { #expect(ran.output.contains("Uid:\t65534\t65534\t65534\t65534")) }
    }

    @Test func aRootWithoutCapabilitiesGainsNoneByExecuting() throws {
        guard isRoot else { return }
        let ran = try run(["/bin/grep", "-E", "^Cap(Prm|Eff)", "/proc/self/status"]) {
            $0.capabilities = .nothing
            $0.noNewPrivileges = true
        }
        #expect(ran.output == "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n")
    }

    @Test func theChildKnowsItsNumber() throws {
        let environment = ["A=LISTEN_PID=", "LISTEN_PID=0000000000", "LISTEN_PIDS=0000000000", "Z=1"]
        let ran = try run(["/bin/sh", "-c", "echo $$ $LISTEN_PID $LISTEN_PIDS $Z"], environment: environment) {
            $0.namesItself = true
        }
        let words = ran.output.split(whereSeparator: { $0 == " " || $0 == "\n" })
        #expect(words.count == 4 && words[0] == words[1] && words[2] == "0000000000" && words[3] == "1")
    }

    @Test func aPairOfSocketsCarriesPackets() throws {
        let pair = try UnixSocket.Pair()
        #expect(try UnixSocket.send([1, 2, 3], to: pair.other.number))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
        defer { buffer.deallocate() }
        let count = try UnixSocket.receive(into: buffer, from: pair.own.number)?.count
        #expect(count == 3)
        let nothing = try UnixSocket.receive(into: buffer, from: pair.own.number) == nil
        #expect(nothing)
    }

    @Test func bothKindsOfAddresses() throws {
        for text in ["127.0.0.1", "::1", "::", "[::1]"] { #expect(InetSocket.isAddress(text)) }
        for text in ["localhost", "[]", "[127.0.0.1]", "[::1", "::1]", "::g", ""] {
            #expect(!InetSocket.isAddress(text))
        }
        let socket = try InetSocket.listening(at: "127.0.0.1", port: 0, backlog: 1)
        #expect(socket.number > 2)
    }
}
