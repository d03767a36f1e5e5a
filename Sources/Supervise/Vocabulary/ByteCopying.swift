// Bytes are copied in one piece. Embedded Swift copies arrays element by element, which the optimizer for size leaves as it
// is: a tenth of init's time for a list of a hundred programs went into one such loop. The compiler prefers these functions
// to the standard library's, which take any sequence.

extension [UInt8] {
    public init(copying bytes: UnsafeRawBufferPointer) {
        self.init(unsafeUninitializedCapacity: bytes.count) { room, count in
            UnsafeMutableRawBufferPointer(room).copyMemory(from: bytes)
            count = bytes.count
        }
    }

    @inline(never)
    public mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
        let needed = count + bytes.count
        if needed > capacity {
            // The standard library would move what is here byte by byte.
            let old = self
            self = [UInt8](unsafeUninitializedCapacity: Swift.max(needed, 2 * old.capacity)) { room, count in
                let room = UnsafeMutableRawBufferPointer(room)
                old.withUnsafeBytes { room.copyMemory(from: $0) }
                UnsafeMutableRawBufferPointer(rebasing: room[old.count...]).copyMemory(from: bytes)
                count = needed
            }
            return
        }
        append(addingCapacity: bytes.count) { $0.append(copying: bytes) }
    }

    public mutating func append(contentsOf bytes: UnsafeBufferPointer<UInt8>) {
        append(contentsOf: UnsafeRawBufferPointer(bytes))
    }

    public mutating func append(contentsOf bytes: [UInt8]) {
        bytes.withUnsafeBytes { append(contentsOf: $0) }
    }

    public mutating func append(contentsOf bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { append(contentsOf: $0) }
    }

    public static func += (bytes: inout [UInt8], more: [UInt8]) { bytes.append(contentsOf: more) }

    public static func += (bytes: inout [UInt8], more: ArraySlice<UInt8>) { bytes.append(contentsOf: more) }
}

extension OutputSpan<UInt8> {
    mutating func append(copying bytes: UnsafeRawBufferPointer) {
        withUnsafeMutableBufferPointer { room, count in
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(room)[count...]).copyMemory(
                from: bytes)
            count += bytes.count
        }
    }

    mutating func append(littleEndian number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { append(copying: $0) }
    }
}
