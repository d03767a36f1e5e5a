/// The first bytes of a file that are not UTF-8, as Python's decoder reports them.
struct UTF8Problem {
    /// In the file.
    var offset: Int
    /// Python decodes a file in pieces of this many bytes and counts from the beginning of the piece.
    static let chunk = 8192
    /// Lines that end at or before this offset are interpreted before the problem is met.
    var chunkStart: Int
    private var length: Int
    private var byte: UInt8
    private var reason: Text

    /// nil when all of `bytes` is UTF-8.
    init?(in bytes: [UInt8]) {
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            if first < 0x80 {
                index += 1
                continue
            }
            let expected = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
            var valid = 1
            while valid < expected, index + valid < bytes.count,
                Self.isContinuation(bytes[index + valid], position: valid, after: first)
            {
                valid += 1
            }
            if expected > 0, valid == expected {
                index += valid
                continue
            }
            offset = index
            length = valid
            byte = first
            reason =
                expected == 0
                ? "invalid start byte"
                : index + valid >= bytes.count ? "unexpected end of data" : "invalid continuation byte"
            // A sequence that began in the piece before is decoded with the piece that completes it.
            let last = min(index + valid, bytes.count - 1)
            chunkStart = last / Self.chunk * Self.chunk
            if index < chunkStart { chunkStart = index }
            return
        }
        return nil
    }

    static func isContinuation(_ byte: UInt8, position: Int, after first: UInt8) -> Bool {
        guard byte & 0xC0 == 0x80 else { return false }
        guard position == 1 else { return true }
        switch first {
        case 0xE0: return byte >= 0xA0
        case 0xED: return byte < 0xA0
        case 0xF0: return byte >= 0x90
        case 0xF4: return byte < 0x90
        default: return true
        }
    }

    var sentence: Text {
        let start = offset - chunkStart
        if length == 1 {
            var digits: [UInt8] = []
            Hexadecimal.append(byte, to: &digits)
            return .joined(
                "'utf-8' codec can't decode byte 0x", Text(digits), " in position ", Text(start), ": ", reason)
        }
        return .joined(
            "'utf-8' codec can't decode bytes in position ", Text(start), "-", Text(start + length - 1), ": ", reason)
    }
}
