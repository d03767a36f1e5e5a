import Kernel

/// The user's lines, from a stdin that is not a terminal, or from a terminal with the kernel's line editing.
final class Input {
    enum Line {
        case line([UInt8])
        case end
        /// Ctrl-C.
        case interrupted
    }

    private var buffer: [UInt8] = []
    private var isAtEnd = false
    /// The terminal that stdin is, opened so that reads don't wait: Ctrl-C discards what was typed, including what has
    /// just arrived.
    private let terminal = Terminal.withoutWaiting(0)
    /// Bytes. A longer line is cut: no action needs more.
    private static let longest = 1 << 20

    /// At the end of the input, an incomplete last line counts as a line.
    ///
    /// - Parameter interrupt: a descriptor that becomes readable after Ctrl-C; this doesn't read from it.
    func line(interrupt: Int32) -> Line {
        while true {
            if let line = next() { return .line(line) }
            guard !isAtEnd else {
                // At a terminal another line may follow.
                isAtEnd = !Terminal.isOne(0)
                guard !buffer.isEmpty else { return .end }
                defer { buffer.removeAll() }
                return .line(buffer)
            }
            guard let ready = try? File.waitReadable([0, interrupt]) else {
                isAtEnd = true
                continue
            }
            if ready.count > 1, ready[1] {
                buffer.removeAll()
                return .interrupted
            }
            fill()
        }
    }

    /// Takes a complete line that has been read already.
    func next() -> [UInt8]? {
        guard let end = buffer.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = Array(buffer[..<end])
        buffer.removeFirst(end + 1)
        return line
    }

    /// Reads what is available; false at the end.
    @discardableResult func fill() -> Bool {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { room.deallocate() }
        let number: Int32
        switch terminal {
        case .some(let own): number = own.number
        case .none: number = 0
        }
        do throws(Errno) {
            guard let count = try File.read(number, into: room) else { return true }
            if count > 0, buffer.count < Self.longest {
                buffer.append(contentsOf: room[..<count])
                return true
            }
        } catch {
            // A terminal that has gone.
        }
        isAtEnd = true
        return false
    }

    /// After an end of input that only concerns one action.
    func goOn() { isAtEnd = !Terminal.isOne(0) }
}
