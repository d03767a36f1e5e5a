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
    // There are two for each program: the fields stand in an order that leaves no gaps.

    /// The program's name, as log lines and prefixes show it.
    let name: String
    /// The beginning of each line on a shared stream; may be empty.
    private(set) var prefix: [UInt8]
    let output: Output
    /// Bytes that the program has written, before anything is stripped.
    var received = 0
    /// Open while a channel uses the log.
    private(set) var file: FileSink?
    private(set) var stream: StreamSink?
    /// Made when one of them is first needed.
    private var extras: Extras?
    private var target: Target
    private var users: Int16 = 0
    let channel: ChannelName
    private let copiesToStdout: Bool

    private enum Target {
        case nowhere
        case file(LogFile)
        case inherited(Int32)
    }

    private final class Extras {
        /// The last bytes of a program that has no log file.
        var tail: Tail?
        var followers: Followers?
        /// nil if the output doesn't go to syslog.
        var syslog: SyslogLines?
        /// A line that init waits for.
        var sought: SoughtLine?
    }

    /// - Parameter prefix: used with `settings.prefixLines`; nil: `name channel | `, as supervisor_stdout writes it.
    init(
        _ name: String, _ channel: ChannelName, _ settings: ChannelSettings, prefix: String? = nil,
        owner: FileOwner? = nil, output: Output
    ) {
        self.name = name
        self.channel = channel
        copiesToStdout = settings.copyToStdout
        self.output = output
        if settings.syslog {
            let extras = Extras()
            extras.syslog = SyslogLines(name, output.syslog)
            self.extras = extras
        }
        self.prefix = settings.prefixLines ? (prefix ?? "\(name) \(channel.text) | ").bytes : []
        let path: String?
        var number: Int32?
        switch settings.logfile {
        case .none, .syslog: path = nil
        case .auto: path = output.makeAutoLog(name, channel)
        case .file(let file):
            number = Output.inheritedNumber(file)
            path = file.isEmpty ? nil : file
        }
        if let number {
            target = .inherited(number)
        } else if let path {
            target = .file(LogFile(path, owner: owner, maxBytes: settings.maxBytes, backups: settings.backups))
        } else {
            target = .nowhere
        }
    }

    private var madeExtras: Extras {
        let made = extras ?? Extras()
        extras = made
        return made
    }

    private var place: LogFile? {
        switch target {
        case .file(let file): file
        case .nowhere, .inherited: nil
        }
    }

    /// The path of the log file; nil if the channel has none of its own.
    var path: String? { place?.path }

    // MARK: For channels

    /// Opens the destinations. Balance each successful call with one of `close`.
    func open() throws(TrustError) {
        users += 1
        guard users == 1 else { return }
        do throws(TrustError) {
            switch target {
            case .nowhere:
                break
            case .file(let place):
                switch try output.openSink(place) {
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
        extras?.syslog?.finish()
        if let file { output.close(file) }
        if let stream { output.close(stream) }
        file = nil
        stream = nil
    }

    /// Writes to every destination except the shared stream, which has turns. Never waits.
    func take(_ bytes: UnsafeRawBufferPointer) {
        if let file {
            file.write(bytes, for: name)
        } else if extras?.tail != nil || !Heap.isShort {
            let extras = madeExtras
            if extras.tail == nil { extras.tail = Tail(capacity: OutputLimits.tail) }
            extras.tail?.append(bytes)
        }
        extras?.followers?.send(bytes)
        extras?.syslog?.take(bytes)
        extras?.sought?.look(bytes, channel: channel == .stdout ? 0 : 1)
        if output.log.isEnabled(.debug), Heap.canTake(bytes.count * 8) {
            output.log.debug("'\(name)' \(channel.text) output:", output: bytes)
        }
    }

    /// True if nothing but the shared stream gets the bytes.
    var isOnlyPassedOn: Bool {
        file == nil && prefix.isEmpty && extras?.syslog == nil && extras?.sought == nil
            && (extras?.followers?.isEmpty ?? true)
            && !output.log.isEnabled(.debug)
    }

    /// Looks for a line in what follows; nil: not any more.
    func seek(_ line: SoughtLine?) {
        if line != nil || extras != nil { madeExtras.sought = line }
    }

    // MARK: For readers

    /// Opens the log's file, or a copy of the tail in memory.
    ///
    /// - Throws: ENOENT if there is neither.
    func openForReading() throws(Errno) -> OpenedLog {
        if let place, stream == nil, let log = try? OpenedLog(path: place.path, owner: place.owner) { return log }
        guard place == nil || extras?.tail != nil else { throw .noEntry }
        return try OpenedLog(copying: extras?.tail?.last() ?? [], name: "\(name)-\(channel.text)")
    }

    /// Returns the reading end of a pipe that gets the last `backlog` bytes, then everything that follows.
    func follow(backlog: Int) throws(Errno) -> Descriptor {
        guard Heap.canTake(4 * PipeEnds.usualCapacity) else { throw .noMemory }
        let followers = extras?.followers ?? Followers(output)
        madeExtras.followers = followers
        return try followers.add(history: last(min(max(backlog, 0), PipeEnds.usualCapacity)))
    }

    /// At most the last `count` bytes.
    func last(_ count: Int) -> [UInt8] {
        if let place, let bytes = try? TrustedFile.end(of: place.path, count, owner: place.owner) { return bytes }
        return extras?.tail?.last(count) ?? []
    }

    // MARK: For commands

    /// `clearProcessLogs`: replaces the file with a new one, even if the program isn't running.
    func clear() throws(TrustError) {
        extras?.tail?.clear()
        guard let place else { return }
        if let file {
            try file.remove()
        } else if stream == nil, (try? FileStatus(at: place.path).kind) == .regular {
            try FileSink.remove(place.path)
            _ = try TrustedFile.append(place.path, owner: place.owner)
        }
    }

    /// SIGUSR2: another process has moved the file away.
    func reopen() {
        file?.reopen(for: name)
    }

    /// The program goes on with new settings: another file, or other limits of this one. If the file can't be opened,
    /// output goes on to the old one until the next start.
    func adapt(to settings: ChannelSettings) {
        guard let old = place else { return }
        var path = old.path
        if case .file(let new) = settings.logfile { path = new }
        let new = LogFile(path, owner: old.owner, maxBytes: settings.maxBytes, backups: settings.backups)
        target = .file(new)
        guard let file else { return }
        do throws(TrustError) {
            switch try output.openSink(new) {
            case .file(let sink):
                self.file = sink
                output.close(file)
            case .stream(let sink):
                output.close(sink)
                throw TrustError(.invalid)
            }
        } catch {
            output.log.error(
                "'\(name)' \(channel.text): can't open \(path): \(error.description); output goes to \(old.path) until the next start"
            )
        }
    }

    /// The group has been removed: ends all followers.
    func remove() {
        extras?.followers?.close()
        extras?.followers = nil
    }
}
