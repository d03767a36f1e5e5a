import Kernel

/// A connection to an HTTP server, for one exchange at a time. It blocks: its user has nothing else to do.
final class ClientConnection {
    struct Head: Equatable {
        var status: Int
        var reason: String
        var framing: BodyReader.Framing
        /// Another request may follow on the connection.
        var isLasting: Bool
    }

    private var socket: Descriptor
    /// Read, but not consumed.
    private var buffer: [UInt8] = []

    /// Bytes that are read at a time.
    private static let piece = 64 << 10
    /// The limit of a status line and headers together, in bytes.
    private static let longestHead = 64 << 10
    /// The limit of an answer in bytes: the longest that `ctl` accepts over the control protocol.
    private static let longestBody = 256 << 20

    init(_ socket: consuming Descriptor) { self.socket = socket }

    /// For a caller that continues on its own.
    var number: Int32 { socket.number }

    /// The server hasn't closed it since the last exchange.
    var isAlive: Bool {
        guard let ready = try? File.waitReadable([socket.number], milliseconds: 0) else { return false }
        return buffer.isEmpty && !ready.contains(true)
    }

    func send(_ bytes: [UInt8]) throws(ClientTrouble) {
        var done = 0
        while done < bytes.count {
            var failure: Errno?
            bytes.withUnsafeBytes { all in
                do throws(Errno) {
                    done += try File.write(socket.number, UnsafeRawBufferPointer(rebasing: all[done...])) ?? 0
                } catch {
                    failure = error
                }
            }
            if let failure { throw .broken(failure) }
        }
    }

    /// The status line and the headers of the answer; skips interim answers.
    func head() throws(ClientTrouble) -> Head {
        while true {
            let head = try Self.parse(try lines())
            if !(100..<200).contains(head.status) { return head }
        }
    }

    func body(_ head: Head) throws(ClientTrouble) -> [UInt8] {
        var reader = BodyReader(head.framing)
        var body: [UInt8] = []
        while true {
            let bytes = buffer
            buffer = []
            try take(bytes, &reader, &body)
            if reader.isComplete { return body }
            guard body.count <= Self.longestBody else { throw .tooLong }
            guard try fill() else {
                if reader.mayEnd { return body }
                throw .exception("http.client.IncompleteRead", "IncompleteRead(\(body.count) bytes read)")
            }
        }
    }

    /// Gives up the connection, and the part of the body that was read with the head.
    func stream(_ head: Head) throws(ClientTrouble) -> (reader: BodyReader, body: [UInt8]) {
        var reader = BodyReader(head.framing)
        var body: [UInt8] = []
        try take(buffer, &reader, &body)
        buffer = []
        return (reader, body)
    }

    private func take(_ bytes: [UInt8], _ reader: inout BodyReader, _ body: inout [UInt8]) throws(ClientTrouble) {
        do throws(BodyReader.Malformed) {
            try reader.take(bytes[...], into: &body)
        } catch {
            throw .exception("http.client.IncompleteRead", "IncompleteRead(\(body.count) bytes read)")
        }
    }

    // MARK: Reading

    /// False at the end.
    private func fill() throws(ClientTrouble) -> Bool {
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.piece))
        var result: Result<Int, Errno> = .success(0)
        buffer.withUnsafeMutableBytes { all in
            do throws(Errno) {
                let room = UnsafeMutableRawBufferPointer(rebasing: all[start...])
                result = .success(try File.read(socket.number, into: room) ?? 0)
            } catch {
                result = .failure(error)
            }
        }
        let count = (try? result.get()) ?? 0
        buffer.removeLast(Self.piece - count)
        if case .failure(let errno) = result { throw .broken(errno) }
        return count > 0
    }

    /// Up to an empty line.
    private func lines() throws(ClientTrouble) -> [String] {
        var lines: [String] = []
        var start = 0
        while true {
            if let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
                var line = buffer[start..<end]
                if line.last == 13 { line.removeLast() }
                start = end + 1
                // Skip empty lines before the first line.
                if !line.isEmpty { lines.append(String(decoding: line, as: UTF8.self)) }
                if line.isEmpty, !lines.isEmpty {
                    buffer.removeFirst(start)
                    return lines
                }
                continue
            }
            guard buffer.count < Self.longestHead else { throw .tooLong }
            let hasBegun = !buffer.isEmpty
            guard try fill() else {
                throw hasBegun ? .exception("http.client.BadStatusLine", lines.first ?? "") : .hungUp
            }
        }
    }

    private static func parse(_ lines: [String]) throws(ClientTrouble) -> Head {
        let first = lines.first ?? ""
        let parts = first.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, parts[0].hasPrefix("HTTP/"), parts[1].count == 3, let status = Int(parts[1]) else {
            throw .exception("http.client.BadStatusLine", first)
        }
        var head = Head(
            status: status, reason: parts.count > 2 ? String(parts[2]) : "", framing: .untilTheEnd,
            isLasting: parts[0] == "HTTP/1.1")
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let words = line[line.index(after: colon)...].lowercased()
                .split { $0 == " " || $0 == "\t" || $0 == "," }
            switch line[..<colon].lowercased() {
            case "transfer-encoding": if words.last == "chunked" { head.framing = .chunked }
            case "content-length":
                if head.framing == .untilTheEnd, let count = words.first.flatMap({ Int($0) }), count >= 0 {
                    head.framing = .length(count)
                }
            case "connection": if words.contains("close") { head.isLasting = false }
            default: break
            }
        }
        if status == 204 || status == 304 { head.framing = .length(0) }
        if head.framing == .untilTheEnd { head.isLasting = false }
        return head
    }
}
