import Kernel

/// The person's lines, from a stdin that is no terminal, or from one as the kernel edits them.
final class Input {
    enum Line {
        case line([UInt8])
        case end
        /// Ctrl-C.
        case interrupted
    }

    private var buffer: [UInt8] = []
    private var isAtEnd = false
    /// The terminal that stdin is, so that reading doesn't wait: Ctrl-C throws away what was typed, also what was there a moment ago.
    private let terminal = Terminal.withoutWaiting(0)
    /// Bytes. A longer line is cut: no action needs more.
    private static let longest = 1 << 20

    /// What came last and is not a whole line yet counts as one at the end of the input.
    ///
    /// - Parameter interrupt: a descriptor that is readable once Ctrl-C was pressed; it isn't read here.
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

    /// Takes a whole line that has been read already.
    func next() -> [UInt8]? {
        guard let end = buffer.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = Array(buffer[..<end])
        buffer.removeFirst(end + 1)
        return line
    }

    /// Reads what is there; false at the end.
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

    /// After an end that was meant for one action alone.
    func goOn() { isAtEnd = !Terminal.isOne(0) }
}
