import Kernel
import Supervise

/// Somebody who writes to a stream that others write to as well.
protocol StreamSource: AnyObject {
    /// `ObjectIdentifier(self)`, which Embedded Swift cannot ask of an existential.
    var identity: ObjectIdentifier { get }
    /// True while it waits for its turn; only the sink sets it.
    var isQueued: Bool { get set }
    /// Writes what it has, with `StreamSink.write`.
    func pump() -> Pumped
    /// Don't ask for a turn until `resume`: the event loop must not report it.
    func pause()
    func resume()
}

/// How a turn ended.
enum Pumped {
    /// Nothing more at the moment.
    case drained
    /// There is probably more.
    case more
    /// The stream took only a part of it.
    case blocked
    /// It is closed and has nothing more.
    case ended
    /// It has no memory to read with, and comes back by itself.
    case starved
}

/// A stream that programs share: the stdout that init was given, a named pipe, a device.
///
/// It is never waited for. When it takes no more, those who write to it wait in a queue, outside the event loop, so
/// that their pipes fill and the programs stand still; when it can be written again they get turns in that order.
/// One that is in the middle of a line keeps it to itself (`hold`).
///
/// Small writes of one turn of the loop go together, at its end: the lines of fifty programs are one write.
final class StreamSink: Watcher, Flushing {
    /// What log lines call it: `/dev/stdout`, or its path.
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
    /// Bytes of the line that `holder` is in the middle of.
    private var heldBytes = 0
    /// Who wrote the start of the line that is not ended; nil with `isMidLine` when nobody can go on with it.
    private var lineOwner: ObjectIdentifier?
    private var isMidLine = false

    /// Small writes that have not gone yet, in their order; made when it is needed.
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

    /// True when it is what `other` leads to as well.
    func isSame(_ other: FileStatus?) -> Bool {
        guard let other, let own = outlet.status else { return false }
        return own.kind == other.kind && own.identity == other.identity
    }

    /// False for a number that is not open.
    var isOpen: Bool { outlet.status != nil }

    /// Time has to pass before it goes on: it could not be watched.
    var needsTick: Bool { watch == nil && (isStalled || (!queue.isEmpty && holder == nil)) }
    var isQuiet: Bool { !isStalled && queue.isEmpty && isFlushed }
    private var isFlushed: Bool { batch?.isEmpty ?? true }
    private var canBeWatched: Bool { outlet.manner != .plain }

    /// True when what `source` wrote last is the start of a line that nobody has cut since.
    func isMidLine(of source: any StreamSource) -> Bool {
        isMidLine && lineOwner == source.identity
    }

    // MARK: Turns

    /// `source` has something to write: now, or when its turn comes.
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

    /// Gives turns while the stream takes bytes; the event loop calls again when there's more to do.
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
            // When it can't be watched for want of memory, `tick` tries again.
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

    /// Once a second while something waits.
    func tick() {
        guard needsTick else { return }
        goOn()
    }

    /// `source` is closed: whatever it was in the middle of is over.
    func withdraw(_ source: any StreamSource) {
        if source.isQueued {
            source.isQueued = false
            queue.removeAll { $0 === source }
        }
        if lineOwner == source.identity { lineOwner = nil }
        release(source)
    }

    // MARK: Long lines

    /// `source` is in the middle of a line: nobody else writes until `release`.
    func hold(_ source: any StreamSource, bytes: Int) {
        if holder !== source {
            holder = source
            heldBytes = 0
        }
        heldBytes = heldBytes.addingReportingOverflow(bytes).partialValue
        if heldBytes > OutputLimits.heldLine, !queue.isEmpty { holder = nil }
    }

    /// The line is over, or has been silent for too long.
    func release(_ source: any StreamSource) {
        guard holder === source else { return }
        holder = nil
        serve()
    }

    func isHeld(by source: any StreamSource) -> Bool { holder === source }

    // MARK: Writing

    /// The number of bytes that need not be written again; fewer than `bytes.count` when the stream takes no more.
    func write(_ bytes: UnsafeRawBufferPointer, from source: any StreamSource) -> Int {
        guard !bytes.isEmpty else { return 0 }
        if isMidLine, lineOwner != source.identity {
            // The line of another was cut: what comes now begins a line of its own.
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

    /// Small pieces wait for the end of the turn: they have been taken.
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

    /// What was put before goes now; false when the stream took only a part.
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
                // A pipe that took a part is full: asking again would only say so.
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

    // MARK: Splicing

    /// Bytes may be moved here that nobody looks at: it is a pipe, takes some, and only `source` wants it.
    func canSplice(_ source: any StreamSource) -> Bool {
        outlet.status?.kind == .pipe && outlet.manner == .nonblocking && !isStalled && !isDead && failure == nil
            && queue.isEmpty && (holder == nil || holder === source)
            && (!isMidLine || lineOwner == source.identity)
    }

    /// Moves bytes of `source` from a pipe; nil when one of the two has to be waited for, or the stream can't take them so.
    ///
    /// Whether they end a line isn't known: `source` keeps the stream to itself until it has looked at what comes next.
    func splice(_ pipe: Int32, _ count: Int, from source: any StreamSource) -> Int? {
        guard pass(), let moved = try? outlet.splice(from: pipe, count), moved > 0 else { return nil }
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

    /// Writes what waits, until `deadline` (nanoseconds since boot) at most: at the very end of the process, when nothing else is left.
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
