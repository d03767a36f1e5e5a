/// Reads values of the control protocol. Any bytes result in a value or nil, never a trap.
public struct WireDecoder {
    private let bytes: [UInt8]
    private var position = 0
    /// The deepest nesting that is accepted: no answer or request needs more than five levels.
    static let deepest = 16

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public var isAtEnd: Bool { position == bytes.count }

    /// The bytes that haven't been read yet.
    var rest: ArraySlice<UInt8> { bytes[position...] }

    public mutating func value() -> Value? { value(depth: 0) }

    private mutating func value(depth: Int) -> Value? {
        guard depth < Self.deepest, let tag = byte() else { return nil }
        switch tag {
        case 0: return .bool(false)
        case 1: return .bool(true)
        case 2:
            guard let bits = fixed(UInt64.self) else { return nil }
            return .int(Int(Int64(bitPattern: bits)))
        case 3:
            guard let data = data() else { return nil }
            return .string(data)
        case 4:
            // Every value takes at least one byte, so a false count cannot reserve more than was sent.
            guard let count = count(atLeast: 1) else { return nil }
            var values: [Value] = []
            values.reserveCapacity(count)
            for _ in 0..<count {
                guard let element = value(depth: depth + 1) else { return nil }
                values.append(element)
            }
            return .array(values)
        case 5:
            guard let count = count(atLeast: 5) else { return nil }
            var members: [Value.Member] = []
            members.reserveCapacity(count)
            for _ in 0..<count {
                guard let name = text(), let element = value(depth: depth + 1) else { return nil }
                members.append(Value.Member(name, element))
            }
            return .structure(members)
        default: return nil
        }
    }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func fixed<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
        let size = Integer.bitWidth / 8
        guard bytes.count - position >= size else { return nil }
        defer { position += size }
        return bytes.withUnsafeBytes {
            Integer(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Integer.self))
        }
    }

    mutating func data() -> [UInt8]? { piece { Array($0) } }

    private mutating func text() -> String? { piece { String(decoding: $0, as: UTF8.self) } }

    /// A piece of memory rather than of the array: copying that takes far less time.
    private mutating func piece<Piece>(_ make: (UnsafeBufferPointer<UInt8>) -> Piece) -> Piece? {
        guard let count = count(atLeast: 1) else { return nil }
        defer { position += count }
        return bytes.withUnsafeBufferPointer { make(UnsafeBufferPointer(rebasing: $0[position..<position + count])) }
    }

    private mutating func count(atLeast size: Int) -> Int? {
        guard let count = fixed(UInt32.self), Int(count) * size <= bytes.count - position else { return nil }
        return Int(count)
    }
}
