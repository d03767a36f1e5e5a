/// A value of the control protocol: what XML-RPC can express, with bytes for strings.
public enum Value: Equatable, Sendable {
    case bool(Bool)
    case int(Int)
    /// Bytes; names and texts are UTF-8, log data is whatever the program wrote.
    case string([UInt8])
    case array([Value])
    /// Members in the order they were written.
    case structure([Member])

    public struct Member: Equatable, Sendable {
        public var name: String
        public var value: Value

        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    public static func text(_ string: String) -> Value { .string(string.bytes) }

    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    public var int: Int? {
        if case .int(let value) = self { return value }
        return nil
    }

    public var bytes: [UInt8]? {
        if case .string(let bytes) = self { return bytes }
        return nil
    }

    /// A string, with bytes that are not UTF-8 replaced.
    public var text: String? {
        if case .string(let bytes) = self { return String(decoding: bytes, as: UTF8.self) }
        return nil
    }

    public var array: [Value]? {
        if case .array(let values) = self { return values }
        return nil
    }

    /// A member of a structure by name.
    public subscript(name: String) -> Value? {
        guard case .structure(let members) = self else { return nil }
        for member in members where member.name == name { return member.value }
        return nil
    }
}
