/// `ctl probe TARGET`: asks a server once, for people and for health checks.
public struct ProbeCommand: Equatable, Sendable {
    /// As it was written: what the answer is about.
    public let written: String
    public let target: ProbeTarget
    /// Milliseconds, > 0.
    public let timeout: Int
    /// Ranges of status codes.
    public let expected: [ClosedRange<Int>]
    /// What the body has to contain.
    public let body: [UInt8]?

    /// As written, without `--expect`.
    static let usually = [200...399]
    static let usualTimeout = 5000
    static let options: [Text] = ["-t", "--timeout", "--expect", "--body"]

    public struct UsageError: Error, Equatable {
        public let sentence: String
    }

    /// What a health check asks; nil if the target is none.
    ///
    /// - Parameter seconds: > 0.
    public init?(_ target: String, seconds: Int) {
        guard case .success(let read) = ProbeTarget.read(target) else { return nil }
        (written, self.target, timeout) = (target, read, seconds * 1000)
        (expected, body) = (Self.usually, nil)
    }

    /// The host, if it is a name that has to be looked up.
    public func namedHost(isAddress: (String) -> Bool) -> String? {
        guard case .tcp(let host, _) = target.address, host != "localhost", !isAddress(host) else { return nil }
        return host
    }

    /// - Parameter words: what follows `probe`.
    public init(_ words: [[UInt8]]) throws(UsageError) {
        var target: String?
        var timeout = Self.usualTimeout
        var expected = Self.usually
        var body: [UInt8]?
        var rest = words[...]
        while let word = rest.popFirst() {
            let text = Text(word)
            guard text.bytes.first == ASCII.minus, text.count > 1 else {
                guard target == nil else {
                    throw UsageError(sentence: "probe asks one server, and \(text.quoted.string) is a second one")
                }
                target = text.string
                continue
            }
            let equals = text.hasPrefix("--") ? text.bytes.firstIndex(of: ASCII.equals) : nil
            let name = equals.map { Text(text.bytes[..<$0]) } ?? text
            guard Self.options.contains(name) else {
                let close = Suggestion.closest(to: name, among: Self.options)
                let hint = close.map { "; did you mean \($0.string)?" } ?? ""
                throw UsageError(sentence: "probe has no option \(name.string)\(hint)")
            }
            let value: Text
            if let equals {
                value = Text(text.bytes[(equals + 1)...])
            } else if let next = rest.popFirst() {
                value = Text(next)
            } else {
                throw UsageError(sentence: "option \(name.string) needs a value")
            }
            if name.is("--expect") {
                expected = try Self.ranges(value)
            } else if name.is("--body") {
                body = Array(value.bytes)
            } else {
                guard let read = Thousandths.read(value.bytes), read > 0, read <= 86_400_000 else {
                    throw UsageError(
                        sentence: "\(value.quoted.string) is no number of seconds; write one as in -t 2 or -t 0.5")
                }
                timeout = read
            }
        }
        guard let target else {
            throw UsageError(
                sentence: "probe needs a target: http://HOST:PORT/PATH, unix:/SOCKET:/PATH, unix:/SOCKET or HOST:PORT")
        }
        switch ProbeTarget.read(target) {
        case .success(let read): self.target = read
        case .failure(let error):
            throw UsageError(sentence: "\(Text(target).quoted.string) can't be probed: \(error.sentence)")
        }
        if self.target.request == nil, body != nil || expected != Self.usually {
            throw UsageError(sentence: "--expect and --body are about an HTTP answer; \(target) is only connected to")
        }
        written = target
        (self.timeout, self.expected, self.body) = (timeout, expected, body)
    }

    /// `200,204,300-399`.
    private static func ranges(_ text: Text) throws(UsageError) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(by: ASCII.comma) {
            let ends = part.stripped.split(by: ASCII.minus)
            guard let first = ends.first.flatMap({ code($0) }), let last = ends.last.flatMap({ code($0) }),
                ends.count <= 2, first <= last
            else {
                throw UsageError(
                    sentence:
                        "\(text.quoted.string) is no list of status codes; write one as in --expect=200,204 or --expect=200-299"
                )
            }
            ranges.append(first...last)
        }
        return ranges
    }

    private static func code(_ text: Text) -> Int? {
        guard let number = Int(text.stripped.string), (100...599).contains(number) else { return nil }
        return number
    }

    /// What is said when time is up.
    public var late: String {
        "\(written): no answer within \(Thousandths.text(timeout)) second\(timeout == 1000 ? "" : "s")"
    }

    // MARK: The conversation

    /// The request; empty if only a connection is wanted.
    public var request: [UInt8] {
        guard let request = target.request else { return [] }
        let lines = [
            "GET \(request.path) HTTP/1.1", "Host: \(request.host)", "User-Agent: reeve-probe/\(Version.number)",
            "Accept: */*", "Connection: close", "", "",
        ]
        var bytes: [UInt8] = []
        for line in lines { bytes += line.bytes + [0x0d, 0x0a] }
        return Array(bytes.dropLast(2))
    }

    /// The limit of an answer that is looked at, in bytes.
    public static let mostBytes = 1 << 20

    /// What an answer says, or its beginning.
    public enum Verdict: Equatable, Sendable {
        /// Nothing yet; the rest may.
        case incomplete
        case good(String)
        case bad(String)
    }

    /// - Parameter isComplete: nothing follows.
    public func verdict(_ answer: [UInt8], isComplete: Bool) -> Verdict {
        guard let end = answer.firstIndex(of: ASCII.newline) else {
            if !isComplete, answer.count < 4096 { return .incomplete }
            return .bad(answer.isEmpty ? "closed the connection without an answer" : Self.noHTTP)
        }
        let line = Text(answer[..<end]).strippedRight
        let words = line.words
        guard line.hasPrefix("HTTP/"), words.count >= 2, let code = Self.code(words[1]) else {
            return .bad(Self.noHTTP)
        }
        let reason = String(decoding: line.bytes.drop { $0 != ASCII.space }.dropFirst(), as: UTF8.self).oneLine
        guard expected.contains(where: { $0.contains(code) }) else {
            return .bad("status \(reason), and not \(expectation)")
        }
        guard let body else { return .good(reason) }
        if HTTPBody(answer).contains(body) { return .good(reason) }
        guard isComplete || answer.count >= Self.mostBytes else { return .incomplete }
        return .bad("status \(reason), but its body doesn't contain \(Text(body).quoted.string)")
    }

    private static let noHTTP = "its answer isn't HTTP"

    private var expectation: String {
        var text = ""
        for range in expected {
            let (first, last) = (range.lowerBound, range.upperBound)
            text += "\(text.isEmpty ? "" : ",")\(first)\(first == last ? "" : "-\(last)")"
        }
        return text
    }
}

/// The body of an answer, as far as it has arrived, without the lengths of its chunks.
private struct HTTPBody {
    private var bytes: ArraySlice<UInt8>

    init(_ answer: [UInt8]) {
        let end = Self.endOfHead(answer)
        bytes = answer[end...]
        let head = Text(answer[..<end]).lowercased
        if head.contains("transfer-encoding: chunked") { bytes = Self.unchunked(bytes) }
    }

    func contains(_ wanted: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        if wanted.isEmpty { return true }
        for start in bytes.startIndex...(bytes.endIndex - wanted.count) where bytes[start] == wanted[0] {
            if bytes[start..<(start + wanted.count)].elementsEqual(wanted) { return true }
        }
        return false
    }

    private static func endOfHead(_ answer: [UInt8]) -> Int {
        var index = 0
        while index < answer.count {
            guard let end = answer[index...].firstIndex(of: ASCII.newline) else { break }
            let line = answer[index..<end]
            if line.isEmpty || line.elementsEqual([0x0d]) { return end + 1 }
            index = end + 1
        }
        return answer.count
    }

    private static func unchunked(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = bytes
        var body: [UInt8] = []
        while let end = rest.firstIndex(of: ASCII.newline) {
            var size = 0
            for byte in rest[..<end] {
                guard let digit = Hexadecimal.value(of: byte), size < 1 << 32 else { break }
                size = size * 16 + Int(digit)
            }
            rest = rest[(end + 1)...]
            guard size > 0 else { break }
            body += rest.prefix(size)
            rest = rest.dropFirst(size)
            // The line break behind the chunk.
            if let next = rest.firstIndex(of: ASCII.newline) { rest = rest[(next + 1)...] } else { break }
        }
        return body[...]
    }
}
