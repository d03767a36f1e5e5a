import Kernel
import Supervise

/// What a process writes to: the logs of its two channels for as long as its group exists, and the pipes of the
/// child that runs.
final class ProcessChannels {
    private let stdoutLog: ChannelLog
    /// nil with `redirect_stderr`.
    private let stderrLog: ChannelLog?
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
            stdout = try Channel(stdoutLog, output: output)
        } catch {
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

    var stdoutForChild: Int32 { stdout?.writeEnd ?? -1 }
    var stderrForChild: Int32 { stderr?.writeEnd ?? stdoutForChild }

    func started() {
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
        stdout?.abandon()
        stderr?.abandon()
        stdout = nil
        stderr = nil
    }

    /// What is still in the pipes is read; then they are closed.
    func childExited() {
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

    func remove() {
        stdout?.close()
        stderr?.close()
        stdoutLog.remove()
        stderrLog?.remove()
    }
}
