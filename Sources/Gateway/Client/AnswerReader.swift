import NIOCore
import NIOEmbedded
import NIOHTTP1

/// Writes requests of HTTP and takes the answers apart, as their bytes come in.
///
/// SwiftNIO's encoder and decoder live in a channel. This one has no socket: whoever uses it waits for bytes himself, since a client that
/// does one thing at a time needs no loop.
final class AnswerReader {
    /// Of the answer that comes in; nil until all of its head is there. Interim answers (1xx) are left out.
    private(set) var head: HTTPResponseHead?
    /// The server's own words for the status; SwiftNIO has its own for every status that it knows.
    private(set) var reason = ""
    /// The answer is there as a whole.
    private(set) var isComplete = false
    private var body: [UInt8] = []
    private let channel: EmbeddedChannel
    /// What came before the head, for a sentence about it.
    private var opening: [UInt8] = []

    /// The end of a line of the head, until it is known whether the next one continues it.
    private var lineBreak: [UInt8] = []

    /// Bytes of a status line and headers together.
    private static let longestHead = 64 << 10

    enum AnswerError: Error, Equatable {
        /// The first line is none of HTTP, or what follows is no header. With the first line.
        case head(String)
        /// More than anybody has a use for.
        case tooLong
        /// The body is not as the head announced it.
        case body
    }

    init() {
        channel = EmbeddedChannel(handlers: [
            HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)),
        ])
    }

    deinit { _ = try? channel.finish() }

    /// The bytes of a request, whose answer comes next.
    func request(_ head: HTTPRequestHead, _ content: [UInt8] = []) -> [UInt8] {
        self.head = nil
        (isComplete, body, opening, lineBreak) = (false, [], [], [])
        var bytes: [UInt8] = []
        do {
            try channel.writeOutbound(HTTPClientRequestPart.head(head))
            if !content.isEmpty {
                try channel.writeOutbound(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: content))))
            }
            try channel.writeOutbound(HTTPClientRequestPart.end(nil))
            while let part = try channel.readOutbound(as: ByteBuffer.self) { bytes += part.readableBytesView }
        } catch {
            // The encoder takes whatever it is given; a channel that failed before gives no answer either.
            return []
        }
        return bytes
    }

    /// - Parameter bytes: what was read; what follows the end of the answer is left out.
    func take(_ bytes: some Collection<UInt8>) throws(AnswerError) {
        var rest = Array(bytes)[...]
        while !isComplete, !rest.isEmpty {
            if head == nil {
                let part = unfolded(&rest)
                opening += part
                try decode(part)
                if head == nil, opening.count >= Self.longestHead { throw .tooLong }
            } else {
                try decode(Array(rest))
                rest = []
            }
        }
    }

    private func decode(_ bytes: [UInt8]) throws(AnswerError) {
        guard !bytes.isEmpty else { return }
        var isAcceptable = true
        do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch { isAcceptable = false }
        collect()
        // An error behind the end doesn't concern this answer.
        if !isAcceptable, !isComplete { throw failure }
    }

    /// The next bytes of a head, up to an empty line, as the decoder requires them: without line breaks inside a header, which a client
    /// reads as spaces (RFC 9112, section 5.2), and with a carriage return at the end of each line, which servers leave out (section 2.2).
    private func unfolded(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 13 || byte == 10 {
                lineBreak.append(byte)
                guard lineBreak.count(where: { $0 == 10 }) == 2 else { continue }
                lineBreak = []
                return bytes + [13, 10, 13, 10]
            }
            let continues = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            let isLineEnd = lineBreak.last == 10
            bytes += isLineEnd ? (continues ? [UInt8(ascii: " ")] : [13, 10]) : lineBreak
            lineBreak = []
            bytes.append(byte)
        }
        return bytes
    }

    /// The server has closed the connection, which may be the end of the body.
    func end() throws(AnswerError) {
        guard !isComplete else { return }
        var isWhole = true
        do { _ = try channel.finish() } catch { isWhole = false }
        collect()
        guard isComplete, isWhole else { throw failure }
    }

    /// What of the body has come since the last call.
    func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    private var failure: AnswerError {
        guard head == nil else { return .body }
        let line = opening.drop { $0 == 13 || $0 == 10 }.prefix { $0 != 13 && $0 != 10 }
        return .head(String(decoding: line, as: UTF8.self))
    }

    /// What follows the status in its line; interim answers may come before it, and some of the body behind it.
    private static func reason(for status: UInt, in opening: [UInt8]) -> String {
        for line in opening.split(whereSeparator: { $0 == 13 || $0 == 10 }) where line.starts(with: "HTTP/".utf8) {
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard words.count > 1, words[1].elementsEqual("\(status)".utf8) else { continue }
            return words.count > 2 ? String(decoding: words[2], as: UTF8.self) : ""
        }
        return ""
    }

    private func collect() {
        while !isComplete, let part = try? channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head):
                self.head = head
                reason = Self.reason(for: head.status.code, in: opening)
                opening = []
            case .body(let bytes): body += bytes.readableBytesView
            case .end: isComplete = true
            }
        }
    }
}
