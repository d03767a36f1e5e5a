/// A parameter as the client wrote it: everything that an XML-RPC document can express to supervisord.
indirect enum XMLRPCValue: Equatable, Sendable {
    /// Python's `None`: the value of an unknown element without text, such as `<nil/>`.
    case null
    case bool(Bool)
    /// Numbers beyond 64 bits become the end of the range.
    case int(Int)
    case double(Double)
    case string(String)
    /// `dateTime.iso8601`, as it was written. No method accepts one.
    case dateTime(String)
    case array([XMLRPCValue])
    /// A repeated name has its last value.
    case structure([Member])

    struct Member: Equatable, Sendable {
        var name: String
        var value: XMLRPCValue
    }

    subscript(name: String) -> XMLRPCValue? {
        guard case .structure(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }
}

/// Python's conversions, where supervisord accepts any value.
extension XMLRPCValue {
    /// `bool(value)`
    var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .dateTime: true
        case .array(let values): !values.isEmpty
        case .structure(let members): !members.isEmpty
        }
    }

    /// `int(value)`; nil if that fails.
    var number: Int? {
        switch self {
        case .bool(let flag): flag ? 1 : 0
        case .int(let number): number
        case .double(let number): number.isFinite ? Int(clamping: number) : nil
        case .string(let text): PythonNumber.int(text)
        case .null, .dateTime, .array, .structure: nil
        }
    }

    /// `str(value)` for a name: nil for what can't be one.
    var text: String? {
        switch self {
        case .string(let text): text
        case .int(let number): "\(number)"
        case .bool(let flag): flag ? "True" : "False"
        case .null, .double, .dateTime, .array, .structure: nil
        }
    }
}

extension Int {
    /// Truncates towards zero, and clamps to the range.
    init(clamping number: Double) {
        self = Int(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max)
    }
}
