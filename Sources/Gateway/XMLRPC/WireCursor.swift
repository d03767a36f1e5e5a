/// Walks over an encoded value (see `Encoder`). Invalid bytes return nil, and never trap.
struct WireCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() -> UInt8? { load(UInt8.self) }

    mutating func number() -> Int? { load(UInt64.self).map { Int(Int64(bitPattern: $0)) } }

    /// The number of values or members that follow. Each takes at least one byte.
    mutating func count() -> Int? {
        guard let count = load(UInt32.self), Int(count) <= bytes.count - position else { return nil }
        return Int(count)
    }

    mutating func text() -> UnsafeRawBufferPointer? {
        guard let count = count() else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    private mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> Number? {
        guard bytes.count - position >= Number.bitWidth / 8 else { return nil }
        defer { position += Number.bitWidth / 8 }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
    }
}
