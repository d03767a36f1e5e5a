/// Writes values of the control protocol straight into bytes, so that a long answer needs no tree.
///
/// A value is a tag and its data, little-endian: `0` false, `1` true, `2` int (8 bytes), `3` string
/// (4 bytes of length, the bytes), `4` array (4 bytes of count, the values), `5` structure (4 bytes of
/// count, then name as 4 bytes of length and bytes, and value).
///
/// What may become long goes to `pieces` bit by bit, so that no answer needs memory for all of it.
///
/// Nothing of it is inlined: answers consist of many small calls, and each would duplicate the code that grows an
/// array.
public struct WireEncoder {
    /// What hasn't gone to `pieces` yet; without `pieces`, everything.
    public private(set) var bytes: [UInt8] = []
    private let pieces: (any EncodedPieces)?

    /// The number of bytes at which a piece is passed on.
    public static let piece = 16 * 1024

    public init(pieces: (any EncodedPieces)? = nil) {
        self.pieces = pieces
        // Room for a piece and for the structure that makes it one.
        if pieces != nil { bytes.reserveCapacity(Self.piece + 1024) }
    }

    @inline(never) public mutating func bool(_ value: Bool) { bytes.append(value ? 1 : 0) }

    @inline(never) public mutating func int(_ value: Int) {
        bytes.append(2)
        fixed(UInt64(bitPattern: Int64(value)))
    }

    @inline(never) public mutating func string(_ value: String) {
        bytes.append(3)
        raw(value)
    }

    public mutating func string(bytes value: some Collection<UInt8>) {
        bytes.append(3)
        fixed(UInt32(truncatingIfNeeded: value.count))
        bytes.append(contentsOf: value)
    }

    /// `count` values must follow.
    @inline(never) public mutating func array(count: Int) {
        bytes.append(4)
        fixed(UInt32(truncatingIfNeeded: count))
    }

    @inline(never) public mutating func strings(_ values: [String]) {
        array(count: values.count)
        for value in values { string(value) }
    }

    /// `count` pairs of `key` and a value must follow.
    @inline(never) public mutating func structure(count: Int) {
        if let pieces, bytes.count >= Self.piece {
            pieces.take(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        bytes.append(5)
        fixed(UInt32(truncatingIfNeeded: count))
    }

    @inline(never) public mutating func key(_ name: String) { raw(name) }

    public mutating func value(_ value: Value) {
        switch value {
        case .bool(let flag): bool(flag)
        case .int(let number): int(number)
        case .string(let bytes): string(bytes: bytes)
        case .array(let values):
            array(count: values.count)
            for element in values { self.value(element) }
        case .structure(let members):
            structure(count: members.count)
            for member in members {
                key(member.name)
                self.value(member.value)
            }
        }
    }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func fixed(_ value: some FixedWidthInteger) {
        bytes.append(addingCapacity: MemoryLayout.size(ofValue: value)) { $0.append(littleEndian: value) }
    }

    mutating func raw(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            bytes.append(addingCapacity: 4 + utf8.count) { room in
                room.append(littleEndian: UInt32(truncatingIfNeeded: utf8.count))
                room.append(copying: UnsafeRawBufferPointer(utf8))
            }
        }
    }
}

/// Receives an answer that may be long.
public protocol EncodedPieces: AnyObject {
    func take(_ piece: [UInt8])
}

/// Members of a structure.
extension WireEncoder {
    @inline(never) public mutating func pair(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    @inline(never) mutating func pair(_ name: String, _ value: [UInt8]) {
        key(name)
        string(bytes: value)
    }

    @inline(never) public mutating func pair(_ name: String, _ value: Int) {
        key(name)
        int(value)
    }

    @inline(never) public mutating func pair(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }
}
