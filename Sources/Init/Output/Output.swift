import Kernel
import Supervise

/// Handles the output of all programs: what their channels share.
final class Output {
    enum Sink {
        case file(FileSink)
        case stream(StreamSink)
    }

    let loop: EventLoop
    let log: SupervisorLog
    let events: Events
    /// `[supervisord] strip_ansi`.
    var stripANSI = false
    var identifier = "supervisor"
    var childLogDirectory = "/tmp"

    /// Room in front of a read for the start of an earlier line, and for an ESC or the start of a tag.
    static let headroom = OutputLimits.unfinishedLine + 64
    private static let bufferSize = headroom + OutputLimits.read
    /// The buffer for every read. A stalled stream keeps it; then another is allocated.
    private var spare: Bytes? = Bytes(capacity: bufferSize, start: headroom)

    /// Created when it is first used.
    var syslog: Syslog {
        if let madeSyslog { return madeSyslog }
        let made = Syslog(loop: loop, log: log)
        madeSyslog = made
        return made
    }
    private var madeSyslog: Syslog?
    private var files: [FileSink] = []
    /// The files by path.
    private var fileIndex = HashIndex()
    /// Named pipes and devices.
    private var streams: [StreamSink] = []
    private var inheritedStreams: [(number: Int32, sink: StreamSink)] = []

    /// Channels of dead children that have bytes for a stalled stream, oldest first.
    private var lingering: [OutputChannel] = []
    /// Channels with an unfinished line.
    private var unfinished: [OutputChannel] = []
    /// Channels that the event loop had no memory for.
    private var unwatched: [OutputChannel] = []
    /// Files with bytes that wait for a late write.
    private var late: [FileSink] = []
    private var nextLook: Instant?
    /// Pipes held by processes other than the program's own, and when to close each; sorted by that time.
    private var limited: [(channel: OutputChannel, end: Instant)] = []
    /// The log has reported that output waits for memory.
    private var isStarving = false
    /// The number of followers of all logs.
    var followers = 0
    var followerLimit = OutputLimits.followers
    var lingeringLimit = OutputLimits.lingering
    var leftBehindMilliseconds = OutputLimits.leftBehindMilliseconds

    init(loop: EventLoop, log: SupervisorLog) {
        self.loop = loop
        self.log = log
        events = Events(loop: loop, log: log)
        Outlet.ignoreSignals()
    }

    /// Applies the settings of `[supervisord]` that concern the output of programs.
    func configure(_ settings: SupervisorSettings) {
        stripANSI = settings.stripANSI
        identifier = settings.identifier
        childLogDirectory = settings.childLogDirectory
    }

    // MARK: Time

    /// When `tick` matters next; nil if nothing depends on time.
    var deadline: Instant? {
        let look = lookDeadline
        guard let end = limited.first?.end else { return look }
        return look.map { min($0, end) } ?? end
    }

    private var lookDeadline: Instant? {
        let isNeeded = !unfinished.isEmpty || !unwatched.isEmpty || !late.isEmpty || hasUnwatchedStream
        return isNeeded ? nextLook ?? Instant(nanoseconds: 0) : nil
    }

    private var hasUnwatchedStream: Bool {
        inheritedStreams.contains { $0.sink.needsTick } || streams.contains { $0.needsTick }
    }

    /// Once a second, checks lines that have been unfinished for long, and retries what failed for lack of memory.
    func tick(now: Instant) {
        while let (channel, end) = limited.first, now >= end {
            limited.removeFirst()
            channel.expire("long after the program's new start")
        }
        guard let deadline = lookDeadline, now >= deadline else { return }
        guard nextLook != nil else {
            nextLook = now.advanced(milliseconds: OutputLimits.silenceMilliseconds)
            return
        }
        nextLook = now.advanced(milliseconds: OutputLimits.silenceMilliseconds)
        let looked = unfinished
        unfinished = []
        for channel in looked where channel.isStillUnfinished() { unfinished.append(channel) }
        let retried = unwatched
        unwatched = []
        if !Heap.isShort { isStarving = false }
        for channel in retried { channel.resume() }
        let files = late
        late = []
        for file in files { file.retry() }
        for (_, sink) in inheritedStreams { sink.tick() }
        for sink in streams { sink.tick() }
        if lookDeadline == nil { nextLook = nil }
    }

    func watchSilence(of channel: OutputChannel) {
        unfinished.append(channel)
    }

    /// There is no memory to read a program's output. The program waits, and the read is retried once a second.
    func starve(_ channel: OutputChannel) {
        if !isStarving {
            log.error(
                "\(channel.log.name): there is no memory to read its \(channel.log.channel.text); it waits, "
                    + "and so do others")
        }
        isStarving = true
        retry(channel)
    }

    func retry(_ channel: OutputChannel) {
        unwatched.append(channel)
    }

    /// The file has bytes that wait for a late write: they are tried again once a second.
    func retry(_ file: FileSink) {
        if !late.contains(where: { $0 === file }) { late.append(file) }
    }

    // MARK: Buffers

    /// A buffer for one read; return it with `giveBack`. nil if there is no memory for another.
    func borrow() -> Bytes? {
        guard let buffer = spare else {
            guard Heap.canTake(Self.bufferSize) else { return nil }
            return Bytes(capacity: Self.bufferSize, start: Self.headroom)
        }
        spare = nil
        return buffer
    }

    func giveBack(_ buffer: Bytes) {
        if buffer.capacity == Self.bufferSize { spare = buffer }
    }

    /// The size of a read: less than a buffer if each byte may become a line with a prefix.
    func readSize(prefix: Int) -> Int {
        if Heap.isShort, prefix > 0 { return 512 }
        return prefix == 0 ? OutputLimits.read : max(min(OutputLimits.read, OutputLimits.prefixed / (prefix + 1)), 512)
    }

    // MARK: Sinks

    /// The number in `/dev/stdout`, `/dev/stderr`, `/dev/fd/N`, `/proc/self/fd/N` and in trusted links to them.
    static func inheritedNumber(_ path: String) -> Int32? {
        var path = path
        for _ in 0..<8 {
            if let number = namedNumber(path) { return number }
            guard let target = TrustedFile.linkTarget(path), target.bytes.first == UInt8(ascii: "/") else { return nil }
            path = target
        }
        return nil
    }

    private static func namedNumber(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdout": return 1
        case "/dev/stderr": return 2
        default: break
        }
        var folders = ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"]
        // Images often link a program's log file to PID 1's own streams: if init is PID 1, these are its streams.
        folders.append("/proc/\(Outlet.ownProcess)/fd/")
        for folder in folders where path.bytes.starts(with: folder.bytes) {
            let digits = path.bytes.dropFirst(folder.utf8.count)
            guard !digits.isEmpty, digits.count <= 7 else { continue }
            var number: Int32 = 0
            for digit in digits {
                guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
                number = number * 10 + Int32(digit - UInt8(ascii: "0"))
            }
            return number
        }
        return nil
    }

    /// The stream behind an inherited descriptor: one for all channels that write to it, even under different numbers.
    ///
    /// A descriptor that is not open discards everything, and logs that once.
    func inherited(_ number: Int32) -> StreamSink {
        for stream in inheritedStreams where stream.number == number { return stream.sink }
        let name = number == 1 ? "/dev/stdout" : number == 2 ? "/dev/stderr" : "/dev/fd/\(number)"
        let outlet = Outlet(inherited: number)
        for stream in inheritedStreams where stream.sink.isSame(outlet.status) {
            inheritedStreams.append((number, stream.sink))
            return stream.sink
        }
        let sink = StreamSink(name, outlet, loop: loop, log: log)
        inheritedStreams.append((number, sink))
        return sink
    }

    /// The file or stream at `place`, opened for appending. Balance each successful call with one of `close`.
    func openSink(_ place: LogFile) throws(TrustError) -> Sink {
        let path = place.path
        let hash = HashIndex.hash(path.bytes[...])
        if let position = fileIndex.find(hash, where: { files[$0].path == path }) {
            let sink = files[position]
            sink.users += 1
            sink.rotate(as: place)
            return .file(sink)
        }
        for sink in streams where sink.name == path {
            sink.users += 1
            return .stream(sink)
        }
        let opened = try TrustedFile.append(path, owner: place.owner)
        if let status = try? FileStatus(of: opened.number), status.kind != .regular {
            let sink = StreamSink(path, Outlet(opened.descriptor(), status), loop: loop, log: log)
            sink.users = 1
            streams.append(sink)
            return .stream(sink)
        }
        let sink = FileSink(place, opened, self)
        fileIndex.insert(hash, files.count)
        files.append(sink)
        return .file(sink)
    }

    func close(_ sink: FileSink) {
        sink.users -= 1
        if sink.users == 0 { forget(sink) }
    }

    /// Removes the sink; the last one takes its place.
    private func forget(_ sink: FileSink) {
        let hash = HashIndex.hash(sink.path.bytes[...])
        guard let position = fileIndex.find(hash, where: { files[$0] === sink }), let last = files.popLast() else {
            return
        }
        fileIndex.remove(hash, position)
        guard last !== sink else { return }
        let lastHash = HashIndex.hash(last.path.bytes[...])
        fileIndex.remove(lastHash, files.count)
        fileIndex.insert(lastHash, position)
        files[position] = last
    }

    func close(_ sink: StreamSink) {
        guard let index = streams.firstIndex(where: { $0 === sink }) else { return }
        sink.users -= 1
        guard sink.users == 0 else { return }
        sink.close()
        streams.remove(at: index)
    }

    // MARK: Logs of programs

    /// Creates an empty file for `AUTO`; if that fails, logs the reason and returns nil.
    func makeAutoLog(_ name: String, _ channel: ChannelName) -> String? {
        let prefix = AutoLog.prefix(process: name, channel: channel.text, identifier: identifier)
        do throws(TrustError) {
            return try TrustedFile.makeUnique(in: childLogDirectory, prefix: prefix, suffix: AutoLog.suffix)
        } catch {
            log.error(
                "\(name): can't make a log file in \(childLogDirectory): \(error.description); only the last "
                    + "output is kept, in memory")
            return nil
        }
    }

    /// Removes the log files that `AUTO` created in earlier runs. Call it before any group is added, unless `nocleanup`
    /// is set.
    func removeLeftOverLogs() {
        guard let names = try? File.names(in: childLogDirectory, containing: "---\(identifier)-") else {
            log.warn("Could not clear childlog dir")
            return
        }
        for name in names where AutoLog.isLeftOver(name, identifier: identifier) {
            let path = "\(childLogDirectory)/\(name)"
            do throws(TrustError) {
                try TrustedFile.remove(path)
            } catch {
                log.warn("Failed to clean up '\(path)'")
            }
        }
    }

    // MARK: Dead children

    func linger(_ channel: OutputChannel) {
        if lingering.contains(where: { $0 === channel }) { return }
        if lingering.count >= lingeringLimit, let oldest = lingering.first {
            log.warn(
                "\(oldest.log.name): the last \(oldest.log.channel.text) of a dead process is dropped: "
                    + "too many wait for a stalled reader")
            oldest.close()
        }
        lingering.append(channel)
    }

    func unlinger(_ channel: OutputChannel) {
        lingering.removeAll { $0 === channel }
    }

    /// From now on the channel is read only within limits: its program continues without it.
    func limit(_ channel: OutputChannel) {
        if limited.contains(where: { $0.channel === channel }) { return }
        if limited.count >= OutputLimits.leftBehindTotal {
            limited.removeFirst().channel.expire("there are too many of those")
        }
        let now = Instant(nanoseconds: SystemClock.boottime)
        // All have the same limit, so the list stays sorted.
        limited.append((channel, now.advanced(milliseconds: leftBehindMilliseconds)))
    }

    func unlimit(_ channel: OutputChannel) {
        limited.removeAll { $0.channel === channel }
    }

    /// At exit: writes what waits for streams, and waits at most `milliseconds` for their readers.
    func settle(milliseconds: Int) {
        for (channel, _) in limited { channel.look() }
        let deadline = Instant(nanoseconds: SystemClock.boottime).advanced(milliseconds: milliseconds).nanoseconds
        for (_, sink) in inheritedStreams { sink.settle(until: deadline) }
        for sink in streams { sink.settle(until: deadline) }
        madeSyslog?.settle(until: deadline)
    }
}
