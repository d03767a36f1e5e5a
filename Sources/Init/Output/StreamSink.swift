import Kernel
import Supervise

/// Writes to a stream that is shared with other sources.
protocol StreamSource: AnyObject {
    /// `ObjectIdentifier(self)`, which Embedded Swift can't derive from an existential.
    var identity: ObjectIdentifier { get }
    /// True while the source waits for its turn. Only the sink sets it.
    var isQueued: Bool { get set }
    /// Writes what the source has, with `StreamSink.write`.
    func pump() -> Pumped
    /// Stops asking for turns until `resume`: the event loop must not report the source.
    func pause()
    func resume()
}

/// The result of a turn.
enum Pumped {
    /// Nothing more at the moment.
    case drained
    /// There is probably more.
    case more
    /// The stream accepted only part.
    case blocked
    /// The source is closed and has nothing more.
    case ended
    /// The source has no memory to read with, and asks for a turn again by itself.
    case starved
}

/// A stream that programs share: the stdout that init was given, a named pipe, or a device.
///
/// Nothing waits for it. While it accepts no more, its sources wait in a queue, outside the event loop, so that their
/// pipes fill and the programs block; when it can be written again they get turns in that order. A source that is in
/// the middle of a line keeps the stream to itself (`hold`).
///
/// Small writes of one turn of the loop are combined and written at its end: the lines of fifty programs are one write.
final class StreamSink: Watcher, Flushing {
    /// The name in log lines: `/dev/stdout`, or the path.
    let name: String
    private var outlet: Outlet
    private let loop: EventLoop
    private let log: SupervisorLog
    var users = 0

    private(set) var isStalled = false
    private var isServing = false
    private var watch: Watch?
    private var queue: [any StreamSource] = []
    private var holder: (any StreamSource)?
    /// Bytes written so far of the line that `holder` is in the middle of.
    private var heldBytes = 0
    /// The source of the unfinished line; nil with `isMidLine` if that source is gone.
    private var lineOwner: ObjectIdentifier?
    private var isMidLine = false

    /// Small writes that have not been written yet, in order; allocated when it is first used.
    private var batch: Bytes?
    private var isToFlush = false

    private var failure: Errno?
    private var isDead = false
    private var dropped = 0

    init(_ name: String, _ outlet: consuming Outlet, loop: EventLoop, log: SupervisorLog) {
        self.name = name
        self.outlet = outlet
        self.loop = loop
        self.log = log
    }

    /// Whether `other` is the same file.
    func isSame(_ other: FileStatus?) -> Bool {
        guard let other, let own = outlet.status else { return false }
        return own.kind == other.kind && own.identity == other.identity
    }

    /// False if init was started without this descriptor.
    var isOpen: Bool { outlet.status != nil }

    /// Whether it waits for `tick`, because it could not be watched.
    var needsTick: Bool { watch == nil && (isStalled || (!queue.isEmpty && holder == nil)) }
    var isQuiet: Bool { !isStalled && queue.isEmpty && isFlushed }
    private var isFlushed: Bool { batch?.isEmpty ?? true }
    private var canBeWatched: Bool { outlet.manner != .plain }

    /// Whether the last write of `source` was the start of a line that no other source has interrupted.
    func isMidLine(of source: any StreamSource) -> Bool {
        isMidLine && lineOwner == source.identity
    }

    // MARK: Turns

    /// `source` has something to write: lets it write now, or queues it.
    func offer(_ source: any StreamSource) {
        if source.isQueued { return }
        let isHeldByOther = holder.map { $0 !== source } ?? false
        let isBehind = holder == nil && !queue.isEmpty
        if isServing || isStalled || isHeldByOther || isBehind {
            enqueue(source)
        } else {
            isServing = true
            let result = source.pump()
            isServing = false
            if case .blocked = result { enqueue(source, first: true) }
        }
        serve()
    }

    private func enqueue(_ source: any StreamSource, first: Bool = false) {
        source.pause()
        source.isQueued = true
        if first { queue.insert(source, at: 0) } else { queue.append(source) }
    }

    /// Gives turns while the stream accepts bytes; if more remains, the event loop calls again.
    func serve() {
        guard !isServing else { return }
        isServing = true
        var turns = 0
        while !isStalled, turns < OutputLimits.sourcesPerTurn || !canBeWatched, let source = next() {
            turns += 1
            switch source.pump() {
            case .drained: source.resume()
            case .more: if canBeWatched { enqueue(source) } else { source.resume() }
            case .blocked: enqueue(source, first: true)
            case .ended, .starved: break
            }
        }
        isServing = false
        updateWatch()
    }

    private func next() -> (any StreamSource)? {
        var index = 0
        if let holder {
            guard let found = queue.firstIndex(where: { $0 === holder }) else { return nil }
            index = found
        }
        guard index < queue.count else { return nil }
        let source = queue.remove(at: index)
        source.isQueued = false
        return source
    }

    private func updateWatch() {
        let hasTurns = holder.map { holder in queue.contains { $0 === holder } } ?? !queue.isEmpty
        if isStalled || hasTurns {
            // If it can't be watched for lack of memory, `tick` tries again.
            if watch == nil { watch = try? loop.watch(outlet.number, for: .write, self) }
        } else if let watch {
            loop.cancel(watch)
            self.watch = nil
        }
    }

    func ready(_ readiness: Readiness, on watch: Watch) { goOn() }

    private func goOn() {
        isStalled = false
        if pass() { serve() } else { updateWatch() }
    }

    /// Called once a second while something waits.
    func tick() {
        guard needsTick else { return }
        goOn()
    }

    /// `source` is closed, which also ends a line that it was in the middle of.
    func withdraw(_ source: any StreamSource) {
        if source.isQueued {
            source.isQueued = false
            queue.removeAll { $0 === source }
        }
        if lineOwner == source.identity { lineOwner = nil }
        release(source)
    }

    // MARK: Long lines

    /// `source` is in the middle of a line: no other source writes until `release`.
    func hold(_ source: any StreamSource, bytes: Int) {
        if holder !== source {
            holder = source
            heldBytes = 0
        }
        heldBytes = heldBytes.addingReportingOverflow(bytes).partialValue
        if heldBytes > OutputLimits.heldLine, !queue.isEmpty { holder = nil }
    }

    /// The line has ended, or its source has been silent for too long.
    func release(_ source: any StreamSource) {
        guard holder === source else { return }
        holder = nil
        serve()
    }

    func isHeld(by source: any StreamSource) -> Bool { holder === source }

    // MARK: Writing

    /// Returns the number of bytes that need not be written again; less than `bytes.count` if the stream accepts no
    /// more.
    func write(_ bytes: UnsafeRawBufferPointer, from source: any StreamSource) -> Int {
        guard !bytes.isEmpty else { return 0 }
        if isMidLine, lineOwner != source.identity {
            // Another source's line was interrupted: end it first.
            let newline: StaticString = "\n"
            guard put(UnsafeRawBufferPointer(start: newline.utf8Start, count: 1)) == 1 else { return 0 }
            isMidLine = false
        }
        let count = put(bytes)
        if count > 0 {
            isMidLine = bytes[count - 1] != UInt8(ascii: "\n")
            lineOwner = source.identity
        }
        return count
    }

    /// Small pieces count as written; they are kept until the end of the turn.
    private func put(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count < OutputLimits.batched, outlet.manner != .messages, !isDead, !Heap.isShort else {
            return pass() ? putNow(bytes) : 0
        }
        let batch = batch ?? Bytes(capacity: OutputLimits.batch)
        self.batch = batch
        if batch.free.count < bytes.count {
            guard pass() else { return 0 }
            batch.reset(to: 0)
        }
        batch.append(bytes)
        if !isToFlush {
            isToFlush = true
            loop.flushLater(self)
        }
        return bytes.count
    }

    func flush() {
        isToFlush = false
        guard !isStalled else { return }
        if !pass() { updateWatch() }
    }

    /// Writes what `put` has kept; false if the stream accepted only part.
    private func pass() -> Bool {
        guard let batch, !batch.isEmpty else { return true }
        batch.drop(putNow(batch.filled))
        guard batch.isEmpty else { return false }
        batch.reset(to: 0)
        return true
    }

    private func putNow(_ bytes: UnsafeRawBufferPointer) -> Int {
        if isDead { return bytes.count }
        var rest = bytes
        while !rest.isEmpty {
            do throws(Errno) {
                guard let count = try outlet.write(rest) else {
                    isStalled = true
                    return bytes.count - rest.count
                }
                guard count > 0 else { throw Errno.inputOutput }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                if failure != nil { recover() }
                // A pipe that accepted only part is full: don't ask it again.
                if !rest.isEmpty, outlet.manner != .plain, outlet.manner != .messages {
                    isStalled = true
                    return bytes.count - rest.count
                }
            } catch {
                fail(error, lost: rest.count)
                return bytes.count
            }
        }
        return bytes.count
    }

    /// A source has much to write: a pipe gets more room, within the limits of init's user; nothing else does.
    func widen() {
        PipeEnds.widen(outlet.number, to: OutputLimits.floodedPipe)
    }

    // MARK: Splicing

    /// Whether bytes may be moved here unseen: it is a pipe with room, and only `source` wants to write.
    func canSplice(_ source: any StreamSource) -> Bool {
        outlet.status?.kind == .pipe && outlet.manner == .nonblocking && !isStalled && !isDead && failure == nil
            && queue.isEmpty && (holder == nil || holder === source)
            && (!isMidLine || lineOwner == source.identity)
    }

    /// Moves `count` bytes of `source` from a pipe that has as many; fewer if this stream accepts no more. nil if they
    /// can't be spliced.
    ///
    /// Whether the bytes end a line is not known, so `source` keeps the stream to itself until it has read what
    /// follows.
    func splice(_ pipe: Int32, _ count: Int, from source: any StreamSource) -> Int? {
        guard pass() else { return 0 }
        let moved: Int
        do throws(Errno) {
            moved = try outlet.splice(from: pipe, count) ?? 0
        } catch {
            return nil
        }
        if moved < count { isStalled = true }
        guard moved > 0 else { return 0 }
        isMidLine = true
        lineOwner = source.identity
        hold(source, bytes: moved)
        return moved
    }

    private func fail(_ error: Errno, lost: Int) {
        let isPassing = error == .noSpace || error == .quota || error == .fileTooBig || error == .messageTooLong
        dropped = dropped.addingReportingOverflow(lost).partialValue
        if !isPassing { isDead = true }
        guard failure == nil else { return }
        failure = error
        let until = isPassing ? "until that works again" : "from now on"
        log.error("can't write to \(name): \(error.description); output to it is dropped \(until)")
    }

    private func recover() {
        failure = nil
        let count = dropped
        dropped = 0
        log.warn("\(name) can be written again; \(count) bytes of output were dropped")
    }

    /// At exit, when nothing else is left to do: writes what waits, until `deadline` (nanoseconds since boot).
    func settle(until deadline: Int64) {
        while !isQuiet {
            let left = (deadline &- SystemClock.boottime) / 1_000_000
            guard left > 0 else { return }
            if isStalled {
                guard outlet.waitWritable(milliseconds: Int(left)) else { return }
                isStalled = false
            }
            guard pass() else { continue }
            let before = queue.count
            serve()
            if !isStalled, queue.count == before, holder != nil { holder = nil }
        }
    }

    func close() {
        _ = pass()
        if let watch { loop.cancel(watch) }
        watch = nil
    }
}
