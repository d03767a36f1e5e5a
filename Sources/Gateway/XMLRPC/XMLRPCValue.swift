/// A parameter as the client wrote it: everything that an XML-RPC document can say to supervisord.
indirect enum XMLRPCValue: Equatable, Sendable {
    /// Python's `None`: what an element without text that isn't known comes to, `<nil/>` for one.
    case null
    case bool(Bool)
    /// Numbers beyond 64 bits stand at the end of the range.
    case int(Int)
    case double(Double)
    case string(String)
    /// `dateTime.iso8601`, as it was written. No method takes one.
    case dateTime(String)
    case array([XMLRPCValue])
    /// A name that comes twice has its last value.
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

/// What Python makes of a value where supervisord is glad to take any.
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

    /// `int(value)`; nil where that fails.
    var number: Int? {
        switch self {
        case .bool(let flag): flag ? 1 : 0
        case .int(let number): number
        case .double(let number): number.isFinite ? Int(clamping: number) : nil
        case .string(let text): PythonNumber.int(text)
        case .null, .dateTime, .array, .structure: nil
        }
    }

    /// `str(value)` of what stands for a name: nil for what can't be one.
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
    /// Towards zero, and to the end of the range where it doesn't fit.
    init(clamping number: Double) {
        self = Int(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max)
    }
}
