import Kernel
import Supervise

/// One output pipe of one child, from its start to its last byte.
///
/// The child may leave others behind that hold the pipe: they go on writing, until the last of them closes it. Once the
/// program has been started again or removed, that has a limit in time and bytes (`supersede`).
///
/// The bytes go to the log's file at once, and to a shared stream by turns (`StreamSink`). While the stream takes none,
/// nothing is read: the pipe fills and the child waits.
final class OutputChannel: Watcher, StreamSource {
    let log: ChannelLog
    private let output: Output
    /// A listener's stdout is read by the protocol, too.
    var observer: (any OutputObserver)?
    /// nil where events are neither enabled nor captured.
    var events: ChannelEvents?
    /// -1 when closed.
    private var reading: Int32
    private var writing: Int32
    private var watch: Watch?
    /// Bytes for the stream that it had no room for; nothing is read before they are gone.
    private var unwritten: Bytes?
    /// The start of a line whose end hasn't come; not prefixed yet.
    private var unfinished: Bytes?
    /// The child is dead: this many bytes were in the pipe, which are its last.
    private var remaining = -1
    /// The child's last bytes are through, and others hold the pipe.
    private(set) var isLeft = false
    private var isSuperseded = false
    /// Bytes that are still taken from those who were left behind.
    private var allowance = OutputLimits.leftBehindBytes
    private var stripper = AnsiStripper()
    var identity: ObjectIdentifier { ObjectIdentifier(self) }
    var isQueued = false
    private var isPaused = false
    private var isEnded = false
    private var isOver = false

    /// Every byte has gone its way, or is lost.
    var isFinished: Bool { isOver }
    /// The start of a line has waited for long: it goes without its end.
    private var isLate = false
    /// Something came since the last look at silent channels.
    private var isTouched = false
    private var isListed = false
    private var flood = PipeFlood()

    /// Opens the log and the pipe.
    ///
    /// - Throws: what opening the log gives; EMFILE, ENFILE; ENOMEM or ENOSPC when it can't be watched.
    init(_ log: ChannelLog, output: Output) throws(TrustError) {
        self.log = log
        self.output = output
        reading = -1
        writing = -1
        try log.open()
        do throws(Errno) {
            let pipe = try PipeEnds.fromChild()
            reading = pipe.reading.take()
            writing = pipe.writing.take()
            watch = try output.loop.watch(reading, for: .read, isOutput: true, self)
        } catch {
            close()
            throw TrustError(error)
        }
    }

    /// What the child gets as its stdout or stderr.
    var writeEnd: Int32 { writing }

    /// The child has been started: its end is not ours any more.
    func spawned() {
        Descriptor.close(writing)
        writing = -1
    }

    /// The child could not be started.
    func abandon() {
        close()
    }

    /// The child is dead. What is in the pipe is read first: these bytes are its own. Then the pipe is closed, if nobody
    /// else holds it. What a stalled stream can't take now goes when it can.
    func childExited() {
        spawned()
        guard !isEnded, remaining < 0 else { return linger() }
        remaining = PipeEnds.waiting(reading)
        if let stream = log.stream {
            stream.offer(self)
            if !isLeft { linger() }
        } else {
            while !isLeft, case .more = pump() {}
        }
    }

    /// The program has a new process, or is gone: who was left behind is read within limits from now on.
    func supersede() {
        guard !isSuperseded else { return }
        isSuperseded = true
        if isLeft, !isEnded { output.limit(self) }
    }

    /// The limit of those who were left behind.
    func expire(_ reason: StaticString) {
        guard !isEnded else { return }
        output.log.info(
            "'\(log.name)' \(log.channel.text): a process that an earlier one left behind is not read any more, \(reason)"
        )
        _ = end()
    }

    /// The child's own bytes are through. When others hold the pipe, it stays.
    private func childIsThrough() -> Pumped {
        remaining = -1
        isLeft = true
        output.unlinger(self)
        if isSuperseded { output.limit(self) }
        // Mostly there is nobody: then it ends here, without another turn of the loop.
        let result = pump(reads: 1)
        guard !isEnded else { return result }
        // The line that the child had begun goes without its end.
        guard flushUnfinished() else { return .blocked }
        log.stream?.release(self)
        return result
    }

    private func linger() {
        if !isOver { output.linger(self) }
    }

    // MARK: Turns

    func ready(_ readiness: Readiness, on watch: Watch) { look() }

    /// Reads what is there.
    func look() {
        CrashReport.phase("reading the output of", of: log.name)
        if let stream = log.stream {
            stream.offer(self)
        } else {
            _ = pump()
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
        guard let again = try? output.loop.watch(reading, for: .read, isOutput: true, self) else {
            return output.retry(self)
        }
        isPaused = false
        watch = again
    }

    func pump() -> Pumped { pump(reads: isQueued || isPaused ? 1 : OutputLimits.readsPerTurn) }

    private func pump(reads allowed: Int) -> Pumped {
        if isOver { return .ended }
        guard flushUnwritten() else { return .blocked }
        if isEnded { return end() }
        if isLate, !flushUnfinished() { return .blocked }
        isLate = false
        if remaining == 0 { return childIsThrough() }
        if flood.maySplice, let stream = log.stream, remaining < 0, splice(to: stream) { return .more }
        guard let buffer = output.borrow() else {
            pause()
            output.starve(self)
            return .starved
        }
        var reads = allowed
        while true {
            buffer.reset(to: Output.headroom)
            var room = log.stream == nil ? OutputLimits.read : output.readSize(prefix: log.prefix.count)
            if remaining >= 0 { room = min(room, remaining) }
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
            flood.read(count, from: reading, in: output.loop)
            if remaining >= 0 { remaining -= count }
            if isLeft, isSuperseded { allowance -= count }
            guard take(buffer) else {
                // The buffer went with the bytes.
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
                return isOver ? .ended : .blocked
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

    /// Moves what a flooded pipe holds to a stream that is a pipe too, but for its end: that is read, so that `tail` has it and it is
    /// known whether the line is over. False when it has to be read.
    private func splice(to stream: StreamSink) -> Bool {
        guard unfinished == nil, observer == nil, events == nil,
            !output.stripANSI,
            !isLeft, log.isOnlyPassedOn, stream.canSplice(self)
        else { return false }
        let count = PipeEnds.waiting(reading) - OutputLimits.unspliced
        guard count >= OutputLimits.spliced, let moved = stream.splice(reading, count, from: self) else { return false }
        flood.spliced()
        isTouched = true
        listAsUnfinished()
        log.received &+= moved
        output.loop.noteBulk()
        return true
    }

    // MARK: Bytes

    /// One read on its way; false when the stream took only a part and `buffer` was kept.
    private func take(_ buffer: Bytes) -> Bool {
        isTouched = true
        if let observer {
            // It is an answer that somebody waits for.
            output.loop.noteBulk()
            observer.received(buffer.filled, on: self)
        }
        let captures = events?.captures == true
        if captures { events?.filter(buffer, stripANSI: output.stripANSI) }
        if output.stripANSI { stripper.strip(buffer) }
        if buffer.isEmpty { return true }
        // Where text is captured, that has been told piece by piece.
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

    /// False when the stream took only a part; the rest is in `unwritten`.
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

    /// The start of a line goes without its end; false when the stream took only a part.
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

    /// Looked at once a second while a line is unfinished; false when that is no longer needed.
    func isStillUnfinished() -> Bool {
        guard !isEnded, let stream = log.stream, unfinished != nil || stream.isHeld(by: self) else {
            isListed = false
            return false
        }
        if isTouched || unwritten != nil {
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

    /// The pipe is closed, the last line goes without its end.
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
        if let watch { output.loop.cancel(watch) }
        watch = nil
        Descriptor.close(reading)
        reading = -1
    }

    /// Whatever is left is lost.
    func close() {
        isEnded = true
        guard !isOver else { return }
        isOver = true
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
