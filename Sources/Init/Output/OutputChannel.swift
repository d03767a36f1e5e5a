import Kernel
import Supervise

/// One output pipe of one child, from its start to its last byte.
///
/// Processes that the child leaves behind may hold the pipe and keep writing until the last of them closes it. After
/// the program has been started again or removed, such a pipe is read only for a limited time and number of bytes
/// (`supersede`).
///
/// The bytes go to the log file at once, and to a shared stream in turns (`StreamSink`). While the stream accepts
/// nothing, nothing is read, so the pipe fills and the child waits.
final class OutputChannel: Watcher, StreamSource {
    // There are two for each program: the fields stand in an order that leaves no gaps.

    let log: ChannelLog
    var audience = OutputAudience.none
    /// Bytes that the stream had no room for; nothing is read until they are written.
    private var unwritten: Bytes?
    /// The start of a line whose end has not arrived, without its prefix.
    private var unfinished: Bytes?
    /// -1 once it is closed.
    private var reading: Int32
    private var writing: Int32
    /// The child is dead, and this many of its bytes are still in the pipe (`.max`: unknown); -1 while it lives.
    private var remaining: Int32 = -1
    /// How many more bytes are read from processes that were left behind.
    private var allowance = Int32(OutputLimits.leftBehindBytes)
    private var watch: Watch?
    /// The child's last bytes have been read, and other processes hold the pipe.
    private(set) var isLeft = false
    private var isSuperseded = false
    var isQueued = false
    private var isPaused = false
    private var isEnded = false
    /// Every byte has been written or lost.
    private(set) var isFinished = false
    /// The start of a line has waited too long: write it without its end.
    private var isLate = false
    /// The child has written since the last check for silence.
    private var isTouched = false
    private var isListed = false
    private var stripper = AnsiStripper()
    private var flood = PipeFlood()

    var identity: ObjectIdentifier { ObjectIdentifier(self) }
    var events: ChannelEvents? { audience.events }
    private var output: Output { log.output }
    private var waiting: Int32 { Int32(clamping: PipeEnds.waiting(reading)) }

    /// Opens the log and the pipe.
    ///
    /// - Throws: an error from opening the log; EMFILE or ENFILE; ENOMEM or ENOSPC if the pipe can't be watched.
    init(_ log: ChannelLog) throws(TrustError) {
        self.log = log
        reading = -1
        writing = -1
        try log.open()
        do throws(Errno) {
            let pipe = try PipeEnds.fromChild()
            reading = pipe.reading.take()
            writing = pipe.writing.take()
            watch = try log.output.loop.watch(reading, for: .read, as: .output, self)
        } catch {
            close()
            throw TrustError(error)
        }
    }

    /// The child's stdout or stderr.
    var writeEnd: Int32 { writing }

    /// The child has been started: closes this process's copy of its end.
    func spawned() {
        Descriptor.close(writing)
        writing = -1
    }

    /// The child is dead. First reads what is in the pipe, which the child has written. Then closes the pipe, unless
    /// another process holds it. What a stalled stream can't accept now is written when it can.
    func childExited() {
        spawned()
        guard !isEnded, remaining < 0 else { return linger() }
        guard let stream = log.stream else {
            // The first read usually finds the end: only after bytes does it matter how many are left.
            remaining = .max
            while !isLeft, case .more = pump() {}
            return
        }
        remaining = waiting
        stream.offer(self)
        if !isLeft { linger() }
    }

    /// The program has a new process, or was removed: from now on, processes that were left behind are read within
    /// limits.
    func supersede() {
        guard !isSuperseded else { return }
        isSuperseded = true
        if isLeft, !isEnded { output.limit(self) }
    }

    /// The limit for processes that were left behind has been reached.
    func expire(_ reason: StaticString) {
        guard !isEnded else { return }
        output.log.info(
            "'\(log.name)' \(log.channel.text): a process that an earlier one left behind is not read any more, \(reason)"
        )
        _ = end()
    }

    /// All of the child's own bytes have been read. If other processes hold the pipe, it stays open.
    private func childIsThrough() -> Pumped {
        remaining = -1
        isLeft = true
        output.unlinger(self)
        if isSuperseded { output.limit(self) }
        // Usually no other process holds it: then this closes it, without another turn of the loop.
        let result = pump(reads: 1)
        guard !isEnded else { return result }
        // The child's unfinished line is written without its end.
        guard flushUnfinished() else { return .blocked }
        log.stream?.release(self)
        return result
    }

    private func linger() { if !isFinished { output.linger(self) } }

    // MARK: Turns

    func ready(_ readiness: Readiness, on watch: Watch) { look() }

    /// Reads what is there.
    func look() {
        CrashReport.phase("reading the output of", of: log.name)
        let kind = flood.kind
        if kind == .flood { flood.look(Int(waiting), in: output.loop) }
        if let stream = log.stream {
            stream.offer(self)
        } else {
            _ = pump()
        }
        if flood.kind != kind, !isPaused {
            pause()
            resume()
        }
    }

    func pause() {
        guard !isPaused else { return }
        isPaused = true
        if let watch { output.loop.cancel(watch) }
        watch = nil
    }

    func resume() {
        guard isPaused, !isEnded else { return }
        guard let again = try? output.loop.watch(reading, for: .read, as: flood.kind, self) else {
            return output.retry(self)
        }
        isPaused = false
        watch = again
    }

    func pump() -> Pumped { pump(reads: isQueued || isPaused ? 1 : OutputLimits.readsPerTurn) }

    private func pump(reads allowed: Int) -> Pumped {
        if isFinished { return .ended }
        guard flushUnwritten() else { return .blocked }
        if isEnded { return end() }
        if isLate, !flushUnfinished() { return .blocked }
        isLate = false
        if remaining == 0 { return childIsThrough() }
        if remaining < 0, let stream = log.stream, let result = splice(to: stream) { return result }
        guard let buffer = output.borrow() else {
            pause()
            output.starve(self)
            return .starved
        }
        var reads = allowed
        while true {
            buffer.reset(to: Output.headroom)
            var room = log.stream == nil ? OutputLimits.read : output.readSize(prefix: log.prefix.count)
            if remaining >= 0 { room = min(room, Int(remaining)) }
            let count: Int
            do throws(Errno) {
                let space = UnsafeMutableRawBufferPointer(rebasing: buffer.free[..<min(room, buffer.free.count)])
                guard let read = try File.read(reading, into: space) else {
                    output.giveBack(buffer)
                    return remaining >= 0 ? childIsThrough() : .drained
                }
                count = read
            } catch {
                count = 0
            }
            if count == 0 {
                output.giveBack(buffer)
                return end()
            }
            buffer.grow(by: count)
            log.received &+= count
            flood.read(count, from: reading, to: log.stream, in: output.loop)
            if remaining == .max { remaining = waiting } else if remaining >= 0 { remaining -= Int32(count) }
            if isLeft, isSuperseded { allowance -= Int32(count) }
            guard take(buffer) else {
                // The buffer is kept with the bytes.
                return .blocked
            }
            reads -= 1
            if remaining == 0 {
                output.giveBack(buffer)
                return childIsThrough()
            }
            if allowance <= 0 {
                output.giveBack(buffer)
                expire("it wrote more than is kept of those")
                return isFinished ? .ended : .blocked
            }
            if count < room {
                output.giveBack(buffer)
                return remaining >= 0 ? .more : .drained
            }
            if reads == 0 {
                output.giveBack(buffer)
                return .more
            }
        }
    }

    // MARK: Splicing

    /// Splices a flooded pipe to a stream that is a pipe, too. The end of the content is left for a read, so that
    /// `tail` shows it and it is known whether a line ends there. nil if the pipe must be read instead.
    private func splice(to stream: StreamSink) -> Pumped? {
        guard flood.maySplice, unfinished == nil, audience.isNone, !output.stripANSI, !isLeft,
            log.isOnlyPassedOn, stream.canSplice(self)
        else { return nil }
        let count = Int(waiting) - OutputLimits.unspliced
        guard count >= OutputLimits.spliced, let moved = stream.splice(reading, count, from: self) else { return nil }
        guard moved > 0 else { return .blocked }
        flood.spliced(in: output.loop)
        isTouched = true
        listAsUnfinished()
        log.received &+= moved
        if moved < count { return .blocked }
        return flood.kind == .flood ? .drained : .more
    }

    // MARK: Bytes

    /// Processes one read; false if the stream accepted only part of it, and `buffer` was kept.
    private func take(_ buffer: Bytes) -> Bool {
        isTouched = true
        if case .listener(let listener) = audience {
            // Someone waits for this answer.
            output.loop.noteBulk()
            listener.received(buffer.filled)
        }
        let captures = events?.captures == true
        if captures { events?.filter(buffer, stripANSI: output.stripANSI) }
        if output.stripANSI { stripper.strip(buffer) }
        if buffer.isEmpty { return true }
        // If text is captured, `filter` has published the events already.
        if !captures { events?.logged(buffer.filled) }
        log.take(buffer.filled)
        guard let stream = log.stream else { return true }
        if let unfinished {
            buffer.prepend(unfinished.filled)
            self.unfinished = nil
        }
        let bytes = buffer.filled
        let end = File.lastIndex(of: UInt8(ascii: "\n"), in: bytes).map { $0 + 1 } ?? 0
        let cut = LineCut(
            count: bytes.count, end: end, holding: stream.isHeld(by: self),
            limit: Heap.isShort ? 0 : OutputLimits.unfinishedLine)
        if cut.pass < bytes.count {
            unfinished = Bytes(copying: UnsafeRawBufferPointer(rebasing: bytes[cut.pass...]))
            buffer.cut(to: cut.pass)
        }
        if cut.holds || unfinished != nil { listAsUnfinished() }
        let isThrough = send(buffer, to: stream)
        if cut.holds { stream.hold(self, bytes: cut.pass) } else if cut.pass > 0 { stream.release(self) }
        return isThrough
    }

    /// False if the stream accepted only part; the rest is in `unwritten`.
    private func send(_ buffer: Bytes, to stream: StreamSink) -> Bool {
        if buffer.isEmpty { return true }
        guard !log.prefix.isEmpty, Prefixing.canBeDone(buffer.filled, prefix: log.prefix) else {
            let count = stream.write(buffer.filled, from: self)
            guard count < buffer.count else { return true }
            buffer.drop(count)
            unwritten = buffer
            return false
        }
        let lines = Prefixing.lines(buffer.filled, prefix: log.prefix, continuing: stream.isMidLine(of: self))
        let count = stream.write(lines.filled, from: self)
        guard count < lines.count else { return true }
        lines.drop(count)
        unwritten = lines
        output.giveBack(buffer)
        return false
    }

    private func flushUnwritten() -> Bool {
        guard let bytes = unwritten else { return true }
        guard let stream = log.stream else {
            unwritten = nil
            return true
        }
        bytes.drop(stream.write(bytes.filled, from: self))
        guard bytes.isEmpty else { return false }
        unwritten = nil
        output.giveBack(bytes)
        return true
    }

    /// Writes the start of a line without its end; false if the stream accepted only part.
    private func flushUnfinished() -> Bool {
        guard let bytes = unfinished else { return true }
        unfinished = nil
        guard let stream = log.stream else { return true }
        return send(bytes, to: stream)
    }

    // MARK: Silence

    private func listAsUnfinished() {
        guard !isListed else { return }
        isListed = true
        output.watchSilence(of: self)
    }

    /// Called once a second while a line is unfinished; false when that is no longer needed.
    func isStillUnfinished() -> Bool {
        guard !isEnded, let stream = log.stream, unfinished != nil || stream.isHeld(by: self) else {
            isListed = false
            return false
        }
        if isTouched || isQueued {
            isTouched = false
            return true
        }
        isListed = false
        stream.release(self)
        if unfinished != nil {
            isLate = true
            stream.offer(self)
        }
        return false
    }

    // MARK: The end

    /// The pipe is closed: writes the last line, even without its end.
    private func end() -> Pumped {
        if !isEnded {
            isEnded = true
            closePipe()
            if let rest = events?.rest(), !rest.isEmpty { rest.withUnsafeBytes { takeLast($0) } }
            if output.stripANSI, stripper.finish() { withUnsafeBytes(of: AnsiStripper.escape) { takeLast($0) } }
        }
        guard flushUnfinished() else {
            linger()
            return .blocked
        }
        close()
        return .ended
    }

    private func takeLast(_ bytes: UnsafeRawBufferPointer) {
        log.take(bytes)
        guard log.stream != nil else { return }
        let both = Bytes(capacity: (unfinished?.count ?? 0) + bytes.count)
        if let unfinished { both.append(unfinished.filled) }
        both.append(bytes)
        unfinished = both
    }

    private func closePipe() {
        if let watch { output.loop.cancel(watch, isClosing: true) }
        watch = nil
        Descriptor.close(reading)
        reading = -1
    }

    /// Discards whatever is left; or the child could not be started.
    func close() {
        isEnded = true
        guard !isFinished else { return }
        isFinished = true
        spawned()
        closePipe()
        unwritten = nil
        unfinished = nil
        log.stream?.withdraw(self)
        log.close()
        output.unlinger(self)
        if isLeft { output.unlimit(self) }
    }
}
