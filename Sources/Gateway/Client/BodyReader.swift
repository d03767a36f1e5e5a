/// Decodes the framing of an answer's body, as it arrives.
struct BodyReader {
    enum Framing: Equatable {
        case length(Int)
        case chunked
        case untilTheEnd
    }

    /// What comes next.
    private enum Expected: Equatable {
        /// Bytes of the body; `isChunk`: then the end of a line.
        case data(Int, isChunk: Bool)
        /// A line with the length of a chunk, as far as it was read.
        case chunkHead([UInt8])
        /// The end of the line after a chunk.
        case chunkEnd
        /// Lines after the last chunk; the bytes of the line that is being read.
        case trailer(Int)
        case everything
        case nothing
    }

    private var expected: Expected
    /// The longest line with the length of a chunk: sixteen digits and extensions.
    private static let longestHead = 256

    /// The body is not chunked.
    struct Malformed: Error {}

    init(_ framing: Framing) {
        expected =
            switch framing {
            case .length(let count): count > 0 ? .data(count, isChunk: false) : .nothing
            case .chunked: .chunkHead([])
            case .untilTheEnd: .everything
            }
    }

    /// The body is complete.
    var isComplete: Bool { expected == .nothing }
    /// The body ends with the connection.
    var mayEnd: Bool { expected == .nothing || expected == .everything }

    /// Appends to `body` the part of `bytes` that belongs to it; ignores what follows its end.
    mutating func take(_ bytes: ArraySlice<UInt8>, into body: inout [UInt8]) throws(Malformed) {
        var rest = bytes
        while !rest.isEmpty {
            switch expected {
            case .nothing: return
            case .everything:
                body += rest
                return
            case .data(let count, let isChunk):
                let part = rest.prefix(count)
                body += part
                rest = rest.dropFirst(part.count)
                if part.count < count {
                    expected = .data(count - part.count, isChunk: isChunk)
                } else {
                    expected = isChunk ? .chunkEnd : .nothing
                }
            case .chunkEnd:
                guard let byte = rest.popFirst() else { return }
                if byte == UInt8(ascii: "\n") { expected = .chunkHead([]) } else if byte != 13 { throw Malformed() }
            case .chunkHead(var head):
                guard let byte = rest.popFirst() else { return }
                if byte == UInt8(ascii: "\n") {
                    guard let count = Self.length(head) else { throw Malformed() }
                    expected = count == 0 ? .trailer(0) : .data(count, isChunk: true)
                } else {
                    // Moved out first, so that it grows in place.
                    expected = .nothing
                    head.append(byte)
                    guard head.count <= Self.longestHead else { throw Malformed() }
                    expected = .chunkHead(head)
                }
            case .trailer(let count):
                guard let byte = rest.popFirst() else { return }
                if byte == UInt8(ascii: "\n") {
                    expected = count == 0 ? .nothing : .trailer(0)
                } else if byte != 13 {
                    expected = .trailer(count + 1)
                }
            }
        }
    }

    /// Hexadecimal digits; ignores what follows a semicolon or a space.
    private static func length(_ head: [UInt8]) -> Int? {
        var digits = head[...]
        if digits.last == 13 { digits.removeLast() }
        let text = digits.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        guard (1...15).contains(text.count), text.first != UInt8(ascii: "+"), text.first != UInt8(ascii: "-") else {
            return nil
        }
        return Int(String(decoding: text, as: UTF8.self), radix: 16)
    }
}
