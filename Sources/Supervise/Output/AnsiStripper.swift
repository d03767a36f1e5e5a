/// Removes terminal escape sequences from a stream of bytes, wherever the reads split it.
///
/// A sequence is ESC, `[`, anything, and one of the letters below: what `strip_ansi=true` removes.
///
/// - Source: `stripEscapes` of supervisord, which forgets at the end of a read that it is inside a sequence.
public struct AnsiStripper: Equatable, Sendable {
    private enum State: UInt8 {
        case text
        /// The last byte was an ESC: the next byte decides whether it is text or the start of a sequence.
        case escape
        case sequence
    }

    /// What remains of a read.
    public struct Kept: Equatable, Sendable {
        /// The number of bytes at the front of the buffer that remain.
        public var count: Int
        /// An ESC that ended the previous read was text: it precedes these bytes.
        public var escapeBefore: Bool
    }

    public static let escape: UInt8 = 0x1b
    private var state = State.text

    public init() {}

    /// A read without an ESC needs no change.
    public var isInText: Bool { state == .text }

    /// Moves what remains to the front of `bytes`.
    public mutating func strip(_ bytes: UnsafeMutableRawBufferPointer) -> Kept {
        var kept = Kept(count: 0, escapeBefore: false)
        for index in 0..<bytes.count {
            let byte = bytes[index]
            switch state {
            case .text:
                if byte == Self.escape {
                    state = .escape
                } else {
                    bytes[kept.count] = byte
                    kept.count += 1
                }
            case .escape:
                if byte == UInt8(ascii: "[") {
                    state = .sequence
                    continue
                }
                // The ESC was text. It was not written, so there is room for it, unless it was held from an earlier
                // read.
                if index == 0 {
                    kept.escapeBefore = true
                } else {
                    bytes[kept.count] = Self.escape
                    kept.count += 1
                }
                if byte != Self.escape {
                    state = .text
                    bytes[kept.count] = byte
                    kept.count += 1
                }
            case .sequence:
                if Self.ends(byte) { state = .text }
            }
        }
        return kept
    }

    /// At the end of the stream: true if it ended with a held ESC.
    public mutating func finish() -> Bool {
        defer { state = .text }
        return state == .escape
    }

    private static func ends(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "D"), UInt8(ascii: "H"), UInt8(ascii: "J"), UInt8(ascii: "K"),
            UInt8(ascii: "R"), UInt8(ascii: "f"), UInt8(ascii: "h"), UInt8(ascii: "l"), UInt8(ascii: "m"),
            UInt8(ascii: "p"), UInt8(ascii: "s"), UInt8(ascii: "u"):
            true
        default: false
        }
    }
}
