import Kernel
import Supervise

/// What a process reads from and writes to: the logs of its two channels for as long as its group exists, and the
/// pipes of the child that runs.
final class ProcessChannels {
    private let stdoutLog: ChannelLog
    /// nil with `redirect_stderr`.
    private let stderrLog: ChannelLog?
    /// The child's stdin; nil while no child runs.
    private(set) var input: ProcessInput?
    private var stdout: Channel?
    private var stderr: Channel?
    private let output: Output

    /// - Parameter prefix: of lines, where the settings want one; nil: supervisor_stdout's.
    init(_ settings: ProcessSettings, prefix: String?, output: Output) {
        self.output = output
        stdoutLog = ChannelLog(settings.name, .stdout, settings.stdout, prefix: prefix, output: output)
        stderrLog =
            settings.redirectStderr
            ? nil : ChannelLog(settings.name, .stderr, settings.stderr, prefix: prefix, output: output)
    }

    /// Opens logs and pipes for a child that is about to start.
    func open() throws(OpenFailure) {
        do throws(Errno) {
            input = try ProcessInput(loop: output.loop)
        } catch {
            throw OpenFailure(errno: error, path: "")
        }
        do throws(Errno) {
            stdout = try Channel(stdoutLog, output: output)
        } catch {
            abandon()
            throw OpenFailure(errno: error, path: stdoutLog.path ?? "")
        }
        guard let stderrLog else { return }
        do throws(Errno) {
            stderr = try Channel(stderrLog, output: output)
        } catch {
            abandon()
            throw OpenFailure(errno: error, path: stderrLog.path ?? "")
        }
    }

    struct OpenFailure: Error {
        var errno: Errno
        var path: String

        /// supervisord's words, and the path that they lack.
        func sentence(for name: String) -> String {
            if errno == .tooManyFiles { return "too many open files to spawn '\(name)'" }
            let place = path.isEmpty ? "" : " (\(path))"
            return "unknown error making dispatchers for '\(name)': \(errno.name)\(place)"
        }
    }

    var stdinForChild: Int32 { input?.readEnd ?? -1 }
    var stdoutForChild: Int32 { stdout?.writeEnd ?? -1 }
    var stderrForChild: Int32 { stderr?.writeEnd ?? stdoutForChild }

    /// Makes a user the owner of the pipes: programs open `/dev/stdout` and `/dev/stdin` by their paths.
    func give(uid: UInt32, gid: UInt32) {
        if let input { Pipe.give(input.readEnd, uid: uid, gid: gid) }
        if let stdout { Pipe.give(stdout.writeEnd, uid: uid, gid: gid) }
        if let stderr { Pipe.give(stderr.writeEnd, uid: uid, gid: gid) }
    }

    func started() {
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
        closeInput()
        stdout?.abandon()
        stderr?.abandon()
        stdout = nil
        stderr = nil
    }

    /// What is still in the pipes is read; then they are closed.
    func childExited() {
        closeInput()
        stdout?.childExited()
        stderr?.childExited()
        stdout = nil
        stderr = nil
    }

    /// With `redirect_stderr` there is one log, and asking for stderr finds none.
    func log(stderr: Bool) -> ChannelLog? { stderr ? stderrLog : stdoutLog }

    func clear() throws(Errno) {
        try stdoutLog.clear()
        try stderrLog?.clear()
    }

    func reopen() {
        stdoutLog.reopen()
        stderrLog?.reopen()
    }

    private func closeInput() {
        input?.close()
        input = nil
    }

    func remove() {
        closeInput()
        stdout?.close()
        stderr?.close()
        stdoutLog.remove()
        stderrLog?.remove()
    }
}
