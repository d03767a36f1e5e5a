import Kernel
import Supervise

/// What a process reads from and writes to: the logs of its two channels for as long as its group exists, and the pipes
/// of the running child.
final class ProcessChannels {
    private let stdoutLog: ChannelLog
    /// nil with `redirect_stderr`.
    private let stderrLog: ChannelLog?
    private let ends: Ends
    /// The child's stdin; nil while no child runs, and for a FastCGI program.
    private var input: ProcessInput?
    private var stdout: OutputChannel?
    private var stderr: OutputChannel?
    /// Channels of dead processes whose pipes are held by processes that they left behind; the oldest first.
    private var earlier: [OutputChannel] = []
    /// The events about the output; nil if there are none.
    private let events: OutputEvents?
    private var inputBytes = 0
    /// Deaths, in pairs: the exit code or the negated number of the signal, and how often. A program dies in few ways.
    private var deaths: [Int] = []
    private var starts: Int32 = 0

    /// A FastCGI program's stdin, in place of a pipe.
    var socket: PoolSocket? { if case .socket(let socket) = ends { socket } else { nil } }
    private var isMain: Bool { if case .own = ends { true } else { false } }
    private var output: Output { stdoutLog.output }

    private enum Ends {
        case pipes
        /// A FastCGI program's stdin is a socket.
        case socket(PoolSocket)
        /// It has init's own descriptors: nothing passes through init.
        case own
    }

    /// - Parameters:
    ///   - prefix: of lines, if the settings ask for one; nil: supervisor_stdout's.
    ///   - events: nil if there are no events about the output.
    init(
        _ settings: ProcessSettings, prefix: String?, socket: PoolSocket?, events: OutputEvents?, output: Output
    ) {
        ends = settings.isMain ? .own : socket.map { .socket($0) } ?? .pipes
        self.events = events
        let owner = settings.user.map { user in FileOwner { UserIdentity(user)?.uid } }
        stdoutLog = ChannelLog(settings.name, .stdout, settings.stdout, prefix: prefix, owner: owner, output: output)
        stderrLog =
            settings.redirectStderr
            ? nil
            : ChannelLog(settings.name, .stderr, settings.stderr, prefix: prefix, owner: owner, output: output)
    }

    /// Opens logs and pipes for a child that is about to start.
    func open(for id: ProcessID) throws(StartError) {
        supersede()
        guard !isMain else { return }
        do throws(PoolSocket.SocketError) {
            try socket?.begin(id)
        } catch {
            throw StartError(.resource, error.sentence)
        }
        do throws(Errno) {
            if socket == nil { input = try ProcessInput() }
        } catch {
            throw failure(TrustError(error), nil)
        }
        do throws(TrustError) {
            stdout = try OutputChannel(stdoutLog)
        } catch {
            abandon()
            throw failure(error, stdoutLog.path)
        }
        if let events, let stdout { events.attach(to: stdout, output) }
        guard let stderrLog else { return }
        do throws(TrustError) {
            stderr = try OutputChannel(stderrLog)
        } catch {
            abandon()
            throw failure(error, stderrLog.path)
        }
        if let events, let stderr { events.attach(to: stderr, output) }
    }

    /// supervisord's words, followed by what they lack: the path, or the error.
    private func failure(_ error: TrustError, _ path: String?) -> StartError {
        let name = stdoutLog.name
        let errno = error.errno
        if errno == .tooManyFiles { return StartError(.resource, "too many open files to spawn '\(name)'") }
        if Errand.isLate(errno) {
            let place = path.map { " (\($0))" } ?? ""
            return StartError(.step, "couldn't open its log\(place): the file system doesn't answer", isLate: true)
        }
        let place = error.isRefusal ? ": \(error.description)" : path.map { " (\($0))" } ?? ""
        return StartError(.resource, "unknown error making dispatchers for '\(name)': \(errno.name)\(place)")
    }

    /// Looks for a line in the output of the next child, or of this one; nil: not any more.
    func seek(_ line: SoughtLine?) {
        stdoutLog.seek(line)
        stderrLog?.seek(line)
    }

    var stdinForChild: Int32 { isMain ? 0 : socket?.number ?? input?.readEnd ?? -1 }
    var stdoutForChild: Int32 { isMain ? 1 : stdout?.writeEnd ?? -1 }
    var stderrForChild: Int32 { isMain ? 2 : stderr?.writeEnd ?? stdoutForChild }

    /// Makes a user the owner of the pipes: programs open `/dev/stdout` and `/dev/stdin` by their paths.
    func give(uid: UInt32, gid: UInt32) {
        if let end = input?.readEnd { PipeEnds.give(end, uid: uid, gid: gid) }
        if let stdout { PipeEnds.give(stdout.writeEnd, uid: uid, gid: gid) }
        if let stderr { PipeEnds.give(stderr.writeEnd, uid: uid, gid: gid) }
    }

    /// The child exists, and may write before init learns that it runs its program.
    func forked(pid: Int32) {
        stdout?.events?.pid = pid
        stderr?.events?.pid = pid
    }

    /// The child runs its program.
    func started() {
        starts &+= 1
        input?.spawned()
        stdout?.spawned()
        stderr?.spawned()
    }

    /// Nothing was started; `complaint` goes where the child's stderr would have gone.
    func abandon(complaint: String = "") {
        if !complaint.isEmpty {
            var text = complaint
            text.withUTF8 { _ = try? File.write(stderrForChild, UnsafeRawBufferPointer($0)) }
            childExited()
            return
        }
        input = nil
        stdout?.close()
        stderr?.close()
        stdout = nil
        stderr = nil
    }

    /// Writes to the child's stdin; closed if no child runs.
    func send(_ bytes: [UInt8]) -> ProcessInput.Sent {
        let sent = input?.send(bytes, loop: output.loop) ?? .closed
        if sent == .taken { inputBytes &+= bytes.count }
        return sent
    }

    func count(_ status: ExitStatus) {
        let number =
            switch status {
            case .exited(let code): Int(code)
            case .signalled(let signal, _): -Int(signal.number)
            case .outOfMemory: -Int(Signal.kill.number)
            }
        for index in stride(from: 0, to: deaths.count, by: 2) where deaths[index] == number {
            deaths[index + 1] &+= 1
            return
        }
        deaths += [number, 1]
    }

    /// For `reeve.metrics`: five members of a structure.
    func encode(into encoder: inout WireEncoder) {
        encoder.pair("starts", Int(starts))
        encoder.pair("stdin_bytes", inputBytes)
        encoder.pair("stdout_bytes", stdoutLog.received)
        encoder.pair("stderr_bytes", stderrLog?.received ?? 0)
        encoder.key("exits")
        encoder.array(count: deaths.count / 2)
        for index in stride(from: 0, to: deaths.count, by: 2) {
            encoder.structure(count: 2)
            encoder.pair("status", deaths[index])
            encoder.pair("count", deaths[index + 1])
        }
    }

    /// Reads what is still in the pipes, then closes them.
    func childExited() {
        input = nil
        stdout?.childExited()
        stderr?.childExited()
        // What a stalled stream holds back comes too late for the protocol.
        if case .listener = stdout?.audience { stdout?.audience = .none }
        keep(stdout)
        keep(stderr)
        stdout = nil
        stderr = nil
    }

    /// Others hold the pipe, or its last bytes wait for a stalled stream.
    private func keep(_ channel: OutputChannel?) {
        if let channel, !channel.isFinished { earlier.append(channel) }
    }

    /// From now on, the output of processes that were left behind is read within limits.
    private func supersede() {
        guard !earlier.isEmpty else { return }
        earlier.removeAll { $0.isFinished }
        for channel in earlier { channel.supersede() }
        var excess = -OutputLimits.leftBehind * (stderrLog == nil ? 1 : 2)
        for channel in earlier where channel.isLeft { excess += 1 }
        for channel in earlier where excess > 0 && channel.isLeft {
            channel.expire("there are later ones")
            excess -= 1
        }
    }

    /// With `redirect_stderr` there is one log, and a request for stderr finds none.
    func log(stderr: Bool) -> ChannelLog? { stderr ? stderrLog : stdoutLog }

    /// At most the last `count` bytes of each.
    func last(_ count: Int) -> (stdout: [UInt8], stderr: [UInt8]) {
        (stdoutLog.last(count), stderrLog?.last(count) ?? [])
    }

    func clear() throws(TrustError) {
        try stdoutLog.clear()
        try stderrLog?.clear()
    }

    func reopen() {
        stdoutLog.reopen()
        stderrLog?.reopen()
    }

    /// Its program goes on with new settings.
    func adapt(to settings: ProcessSettings) {
        stdoutLog.adapt(to: settings.stdout)
        stderrLog?.adapt(to: settings.stderr)
    }

    func remove() {
        supersede()
        input = nil
        stdout?.close()
        stderr?.close()
        stdoutLog.remove()
        stderrLog?.remove()
    }
}
