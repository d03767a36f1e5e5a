import NIOHTTP1
import Supervise

/// A part of a log, and what the answer contains besides it.
struct LogExcerpt {
    let file: SharedDescriptor
    let range: Range<Int>
    /// The value of the answer, around the bytes of the log.
    let write: (inout WireEncoder, [UInt8]) -> Void

    /// nil if it can't be read.
    var whole: EncodedValue? {
        LogReading.bytes(of: file.number, range).map { bytes in EncodedValue { write(&$0, bytes) } }
    }
}

/// Answers a call with a log of any length: piece by piece, each read when the client has taken the previous one.
struct LogAnswer {
    private let excerpt: LogExcerpt
    private let stream: AnswerStream
    /// What follows the text.
    private let ending: [UInt8]

    /// The bytes of the log in one piece. As XML they may be five times as many.
    private static let piece = 64 << 10

    /// Begins the answer, if there is a client that takes it.
    static func give(_ excerpt: LogExcerpt, to exchange: Exchange) {
        // The answer around an empty text, cut at the place of the text.
        let around = AnswerWriter.answer(EncodedValue { excerpt.write(&$0, []) }, limit: .max) ?? []
        let mark = Array("<string></string>".utf8)
        guard let start = around.indices.first(where: { around[$0...].starts(with: mark) }) else {
            return exchange.respond(.error(.internalServerError))
        }
        guard let stream = exchange.stream(headers: [("Content-Type", "text/xml")], isEndless: false) else { return }
        let middle = start + "<string>".utf8.count
        let answer = LogAnswer(excerpt: excerpt, stream: stream, ending: Array(around[middle...]))
        guard stream.write(Array(around[..<middle])) else { return stream.end() }
        stream.whenDrained { answer.pass(excerpt.range) }
    }

    private func pass(_ range: Range<Int>) {
        let part = range.prefix(Self.piece)
        guard let bytes = LogReading.bytes(of: excerpt.file.number, part) else { return stream.end() }
        // Less than it had when it was opened: it has been emptied meanwhile.
        let isLast = part.endIndex == range.endIndex || bytes.count < part.count
        let taken = isLast ? bytes[...] : bytes.dropLast(UTF8Length.unfinished(bytes))
        guard stream.write(AnswerWriter.escaped(taken) + (isLast ? ending : [])) else { return stream.end() }
        if isLast { return stream.end() }
        stream.whenDrained { pass(range.lowerBound + taken.count..<range.upperBound) }
    }
}

extension UTF8Length {
    /// How many of the last bytes begin a non-ASCII character whose rest may follow; at most three.
    static func unfinished(_ bytes: [UInt8]) -> Int {
        for (count, byte) in bytes.suffix(3).reversed().enumerated() {
            switch byte {
            case 0x80...0xbf: continue
            case 0xc2...0xdf: return count < 1 ? count + 1 : 0
            case 0xe0...0xef: return count < 2 ? count + 1 : 0
            case 0xf0...0xf4: return count + 1
            default: return 0
            }
        }
        return 0
    }
}
