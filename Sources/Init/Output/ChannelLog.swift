import Kernel
import Supervise

/// Which output of a program.
enum ChannelName: Equatable {
    case stdout, stderr

    var text: String {
        switch self {
        case .stdout: "stdout"
        case .stderr: "stderr"
        }
    }
}

/// Where one channel of one program goes, for the life of its group: the program comes and goes, its log stays.
final class ChannelLog {
    /// The program's name, as log lines and prefixes show it.
    let name: String
    let channel: ChannelName
    /// What every line on a shared stream begins with; empty: nothing.
    private(set) var prefix: [UInt8]
    private let target: Target
    private let maxBytes: Int
    private let backups: Int
    private let copiesToStdout: Bool
    /// The program's user, who may own the file; nil: it runs as init's.
    private let owner: FileOwner?
    private let output: Output
    /// Bytes that came from the program, before anything was taken from them.
    var received = 0
    /// Open while a channel uses them.
    private(set) var file: FileSink?
    private(set) var stream: StreamSink?
    private var users = 0
    /// nil: it doesn't go there.
    private let syslog: SyslogLines?
    private var tail: Tail?
    private var followers: Followers?

    private enum Target {
        case nowhere
        case path(String)
        case inherited(Int32)
    }

    /// - Parameter prefix: for `settings.prefixLines`; nil: `name channel | `, which is what supervisor_stdout writes.
    init(
        _ name: String, _ channel: ChannelName, _ settings: ChannelSettings, prefix: String? = nil,
        owner: FileOwner? = nil, output: Output
    ) {
        self.name = name
        self.owner = owner
        self.channel = channel
        maxBytes = settings.maxBytes
        backups = settings.backups
        copiesToStdout = settings.copyToStdout
        self.output = output
        syslog = settings.syslog ? SyslogLines(name, output.syslog) : nil
        self.prefix = settings.prefixLines ? (prefix ?? "\(name) \(channel.text) | ").bytes : []
        switch settings.logfile {
        case .none, .syslog:
            target = .nowhere
        case .auto:
            target = output.makeAutoLog(name, channel).map { .path($0) } ?? .nowhere
        case .file(let file):
            target = Output.inheritedNumber(file).map { .inherited($0) } ?? (file.isEmpty ? .nowhere : .path(file))
        }
    }

    /// The file of the log; nil when it has none of its own.
    var path: String? {
        switch target {
        case .path(let path): path
        case .nowhere, .inherited: nil
        }
    }

    // MARK: For channels

    /// Opens what the bytes go to; every success needs one `close`.
    func open() throws(TrustError) {
        users += 1
        guard users == 1 else { return }
        do throws(TrustError) {
            switch target {
            case .nowhere:
                break
            case .path(let path):
                switch try output.openSink(path, owner: owner, maxBytes: maxBytes, backups: backups) {
                case .file(let sink): file = sink
                case .stream(let sink): stream = sink
                }
            case .inherited(let number):
                stream = output.inherited(number)
            }
            if stream == nil, copiesToStdout { stream = output.inherited(1) }
        } catch {
            users = 0
            throw error
        }
    }

    func close() {
        guard users > 0 else { return }
        users -= 1
        guard users == 0 else { return }
        if let syslog { syslog.finish() }
        if let file { output.close(file) }
        if let stream { output.close(stream) }
        file = nil
        stream = nil
    }

    /// Everything but the shared stream, which has its turns: never waits.
    func take(_ bytes: UnsafeRawBufferPointer) {
        if let file {
            file.write(bytes, for: name)
        } else if tail != nil || !Heap.isShort {
            if tail == nil { tail = Tail(capacity: OutputLimits.tail) }
            tail?.append(bytes)
        }
        if let followers { followers.send(bytes) }
        if let syslog { syslog.take(bytes) }
        if output.log.isEnabled(.debug), Heap.canTake(bytes.count * 8) {
            output.log.debug("'\(name)' \(channel.text) output:", output: bytes)
        }
    }

    /// Nobody looks at the bytes but whoever reads the shared stream.
    var isOnlyPassedOn: Bool {
        file == nil && prefix.isEmpty && syslog == nil && (followers?.isEmpty ?? true) && !output.log.isEnabled(.debug)
    }

    // MARK: For those who read

    /// The log's file, or a copy of the tail in memory.
    ///
    /// - Throws: ENOENT when there is neither.
    func openForReading() throws(Errno) -> OpenedLog {
        if let path, stream == nil, let log = try? OpenedLog(path: path, owner: owner) { return log }
        guard path == nil || tail != nil else { throw .noEntry }
        return try OpenedLog(copying: tail?.last() ?? [], name: "\(name)-\(channel.text)")
    }

    /// The reading end of a pipe: the last `backlog` bytes, then whatever comes.
    func follow(backlog: Int) throws(Errno) -> Descriptor {
        guard Heap.canTake(4 * PipeEnds.usualCapacity) else { throw .noMemory }
        if followers == nil { followers = Followers(output) }
        let history = history(backlog)
        guard let followers else { throw .noMemory }
        return try followers.add(history: history)
    }

    private func history(_ backlog: Int) -> [UInt8] {
        let wanted = min(max(backlog, 0), PipeEnds.usualCapacity)
        if let path, let bytes = try? TrustedFile.end(of: path, wanted, owner: owner) { return bytes }
        return tail?.last(wanted) ?? []
    }

    // MARK: For those who command

    /// `clearProcessLogs`: the file is removed and begun anew, also when the program doesn't run.
    func clear() throws(TrustError) {
        tail?.clear()
        guard let path else { return }
        if let file {
            try file.remove()
        } else if stream == nil, (try? FileStatus(at: path).kind) == .regular {
            try FileSink.remove(path)
            _ = try TrustedFile.append(path, owner: owner)
        }
    }

    /// USR2: somebody has moved the file away.
    func reopen() {
        file?.reopen(for: name)
    }

    /// The group is removed: nobody can follow it any more.
    func remove() {
        followers?.close()
        followers = nil
    }
}
