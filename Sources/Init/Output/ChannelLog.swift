import Kernel
import Supervise

/// One of a program's two output channels.
enum ChannelName: Equatable {
    case stdout, stderr

    var text: String {
        switch self {
        case .stdout: "stdout"
        case .stderr: "stderr"
        }
    }
}

/// The destinations of one channel of one program. It lives as long as the group: processes come and go, the log stays.
final class ChannelLog {
    /// The program's name, as log lines and prefixes show it.
    let name: String
    /// The beginning of each line on a shared stream; may be empty.
    private(set) var prefix: [UInt8]
    private let maxBytes: Int
    private let backups: Int
    /// The program's user, who may own the file; nil if the program runs as init's user.
    private let owner: FileOwner?
    private let output: Output
    /// Bytes that the program has written, before anything is stripped.
    var received = 0
    /// Open while a channel uses the log.
    private(set) var file: FileSink?
    private(set) var stream: StreamSink?
    /// nil if the output doesn't go to syslog.
    private let syslog: SyslogLines?
    private var tail: Tail?
    private var followers: Followers?
    // There are two for each program: what is smaller than a word stands together.
    private let target: Target
    let channel: ChannelName
    private let copiesToStdout: Bool
    private var users: Int32 = 0

    private enum Target {
        case nowhere
        case path(String)
        case inherited(Int32)
    }

    /// - Parameter prefix: used with `settings.prefixLines`; nil: `name channel | `, as supervisor_stdout writes it.
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

    /// The path of the log file; nil if the channel has none of its own.
    var path: String? {
        switch target {
        case .path(let path): path
        case .nowhere, .inherited: nil
        }
    }

    // MARK: For channels

    /// Opens the destinations. Balance each successful call with one of `close`.
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

    /// Writes to every destination except the shared stream, which has turns. Never waits.
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

    /// True if nothing but the shared stream gets the bytes.
    var isOnlyPassedOn: Bool {
        file == nil && prefix.isEmpty && syslog == nil && (followers?.isEmpty ?? true) && !output.log.isEnabled(.debug)
    }

    // MARK: For readers

    /// Opens the log's file, or a copy of the tail in memory.
    ///
    /// - Throws: ENOENT if there is neither.
    func openForReading() throws(Errno) -> OpenedLog {
        if let path, stream == nil, let log = try? OpenedLog(path: path, owner: owner) { return log }
        guard path == nil || tail != nil else { throw .noEntry }
        return try OpenedLog(copying: tail?.last() ?? [], name: "\(name)-\(channel.text)")
    }

    /// Returns the reading end of a pipe that gets the last `backlog` bytes, then everything that follows.
    func follow(backlog: Int) throws(Errno) -> Descriptor {
        guard Heap.canTake(4 * PipeEnds.usualCapacity) else { throw .noMemory }
        if followers == nil { followers = Followers(output) }
        let history = last(min(max(backlog, 0), PipeEnds.usualCapacity))
        guard let followers else { throw .noMemory }
        return try followers.add(history: history)
    }

    /// At most the last `count` bytes.
    func last(_ count: Int) -> [UInt8] {
        if let path, let bytes = try? TrustedFile.end(of: path, count, owner: owner) { return bytes }
        return tail?.last(count) ?? []
    }

    // MARK: For commands

    /// `clearProcessLogs`: replaces the file with a new one, even if the program isn't running.
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

    /// SIGUSR2: another process has moved the file away.
    func reopen() {
        file?.reopen(for: name)
    }

    /// The group has been removed: ends all followers.
    func remove() {
        followers?.close()
        followers = nil
    }
}
