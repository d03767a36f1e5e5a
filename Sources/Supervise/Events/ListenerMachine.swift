// One listener's side of the protocol, as its stdout tells it.
//
//   ACKNOWLEDGED --"READY\n"--> READY --(an event is sent)--> BUSY --"RESULT n\n" and n bytes--> ACKNOWLEDGED
//
// Any other output means UNKNOWN, for as long as this child lives. Reads may split the words anywhere. The machine
// never stores the words: only a few bytes of a line, and how much of the result is "OK".

/// supervisord's state of a listener.
///
/// - Source: `PEventListenerDispatcher` and `default_handler` of supervisord 4.3.0.
public struct ListenerMachine: Equatable, Sendable {
    public enum State: UInt8, Equatable, Sendable {
        case acknowledged, ready, busy, unknown

        public var name: StaticString {
            switch self {
            case .acknowledged: "ACKNOWLEDGED"
            case .ready: "READY"
            case .busy: "BUSY"
            case .unknown: "UNKNOWN"
            }
        }
    }

    /// What the listener's output means for the event that it has.
    public enum Outcome: Equatable, Sendable {
        /// A change of state; it doesn't concern an event.
        case changed(from: State, to: State)
        /// The result was `OK`.
        case processed
        /// The result was something else.
        case rejected
        /// Not a result line: the event is rejected, and the listener is UNKNOWN.
        case badResult(line: [UInt8])
    }

    private enum Expecting: Equatable, Sendable {
        /// In ACKNOWLEDGED: `READY\n`; in BUSY: a result line.
        case line([UInt8])
        /// The rest of a result; so far it is the beginning of `OK`, or it is not.
        case result(remaining: Int, length: Int, isOK: Bool)
    }

    public private(set) var state = State.acknowledged
    private var expecting = Expecting.line([])

    private static let ready = "READY\n".bytes
    private static let ok = "OK".bytes
    /// Skips `RESULT ` without checking it, as supervisord does.
    private static let resultWord = 7

    public init() {}

    /// An event is on its way to the listener.
    public mutating func sent() {
        switch state {
        case .ready:
            state = .busy
            expecting = .line([])
        case .acknowledged, .busy, .unknown: break
        }
    }

    /// Consumes bytes of the listener's stdout until they mean something.
    ///
    /// - Parameter bytes: the next bytes; consumed ones are removed.
    /// - Returns: nil when all of them have been consumed.
    public mutating func hear(_ bytes: inout ArraySlice<UInt8>) -> Outcome? {
        while !bytes.isEmpty {
            switch state {
            case .unknown:
                bytes = []
            case .ready:
                // It was not asked for output.
                bytes = []
                return change(to: .unknown)
            case .acknowledged:
                guard let outcome = hearReady(&bytes) else { continue }
                return outcome
            case .busy:
                guard let outcome = hearResult(&bytes) else { continue }
                return outcome
            }
        }
        return nil
    }

    private mutating func hearReady(_ bytes: inout ArraySlice<UInt8>) -> Outcome? {
        guard case .line(var line) = expecting else { return nil }
        let taken = bytes.prefix(Self.ready.count - line.count)
        line += taken
        bytes = bytes.dropFirst(taken.count)
        guard line.count == Self.ready.count else {
            expecting = .line(line)
            return nil
        }
        if line == Self.ready { return change(to: .ready) }
        bytes = []
        return change(to: .unknown)
    }

    private mutating func hearResult(_ bytes: inout ArraySlice<UInt8>) -> Outcome? {
        switch expecting {
        case .line(var line):
            let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
            let taken = bytes[..<(end ?? bytes.endIndex)].prefix(EventLimits.resultLine - line.count)
            line += taken
            guard end != nil || line.count >= EventLimits.resultLine else {
                bytes = []
                expecting = .line(line)
                return nil
            }
            guard let end, end == taken.endIndex, let length = Self.length(line) else {
                bytes = []
                state = .unknown
                return .badResult(line: line)
            }
            bytes = bytes[(end + 1)...]
            expecting = .result(remaining: length, length: length, isOK: length == Self.ok.count)
            return length == 0 ? finish(isOK: false) : nil
        case .result(let remaining, let length, var isOK):
            let taken = bytes.prefix(remaining)
            bytes = bytes.dropFirst(taken.count)
            let rest = remaining - taken.count
            if isOK { isOK = taken.elementsEqual(Self.ok[(length - remaining)..<(length - rest)]) }
            guard rest == 0 else {
                expecting = .result(remaining: rest, length: length, isOK: isOK)
                return nil
            }
            return finish(isOK: isOK)
        }
    }

    private mutating func finish(isOK: Bool) -> Outcome {
        state = .acknowledged
        expecting = .line([])
        return isOK ? .processed : .rejected
    }

    private mutating func change(to next: State) -> Outcome {
        defer {
            state = next
            expecting = .line([])
        }
        return .changed(from: state, to: next)
    }

    /// The number in a result line, parsed like Python's `int`; a length beyond any result counts as endless.
    private static func length(_ line: [UInt8]) -> Int? {
        guard let number = try? Integer(Text(Array(line.dropFirst(resultWord)))), number.value >= 0 else { return nil }
        return number.value
    }
}
