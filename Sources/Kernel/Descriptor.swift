import CLinux

/// An owned file descriptor: closed when it goes out of scope; the close is never retried.
///
/// Descriptors 0 to 2 are borrowed by number and never wrapped in this type.
@frozen
public struct Descriptor: ~Copyable {
    public let number: Int32

    /// Takes ownership of `number`, which must be open and have no other owner.
    public init(owning number: Int32) {
        self.number = number
    }

    deinit {
        _ = CLinux.close(number)
    }

    /// Gives up ownership without closing the descriptor: the caller now owns it.
    public consuming func take() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    /// Closes a number that `take` returned; does nothing for -1.
    public static func close(_ number: Int32) {
        if number >= 0 { _ = CLinux.close(number) }
    }

    /// The corresponding C function is `open`, always with O_CLOEXEC and O_NOCTTY.
    public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o666) throws(Errno) -> Descriptor {
        let number = try valueOrErrno { linux_open(path, flags | O_CLOEXEC | O_NOCTTY, mode) }
        return Descriptor(owning: number)
    }

    /// Fills at most `buffer.count` bytes; 0 at the end of the file; nil when it would block.
    public borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int? {
        try File.read(number, into: buffer)
    }

    /// Returns the number of bytes written; nil when it would block.
    public borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int? {
        try File.write(number, bytes)
    }
}

/// Calls on a descriptor that the caller owns or borrows by number.
public enum File {
    /// 0 at the end of the file; nil when it would block.
    public static func read(_ number: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int? {
        do throws(Errno) {
            return try valueOrErrno { CLinux.read(number, buffer.baseAddress, buffer.count) }
        } catch Errno.again {
            return nil
        }
    }

    /// The same, where a broken descriptor is the end of the file.
    public static func readUntilEnd(_ number: Int32, into buffer: inout [UInt8]) -> Int? {
        buffer.withUnsafeMutableBytes { bytes -> Int? in
            do throws(Errno) {
                return try read(number, into: bytes)
            } catch {
                return 0
            }
        }
    }

    /// Returns the number of bytes written; nil when it would block.
    public static func write(_ number: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int? {
        do throws(Errno) {
            return try valueOrErrno { CLinux.write(number, bytes.baseAddress, bytes.count) }
        } catch Errno.again {
            return nil
        }
    }

    /// The content of a file, at most its first `limit` bytes.
    public static func contents(of path: String, limit: Int = 16 << 20) throws(Errno) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY)
        return try contents(of: file.number, limit: limit)
    }

    /// The content from the current position to the end, at most `limit` bytes.
    ///
    /// - Throws: ENOMEM if there is not enough memory for a large file.
    public static func contents(of number: Int32, limit: Int = 16 << 20) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let start = bytes.count
            let room = min(max(4096, start), limit - start)
            if start >= 65536, !Heap.canHave(4 * start) { throw .noMemory }
            bytes.append(contentsOf: repeatElement(0, count: room))
            var failure: Errno?
            let count = bytes.withUnsafeMutableBytes { buffer -> Int in
                do throws(Errno) {
                    return try read(number, into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...])) ?? 0
                } catch {
                    failure = error
                    return 0
                }
            }
            bytes.removeLast(room - count)
            if let failure { throw failure }
            if count == 0 { break }
        }
        return bytes
    }

    /// Writes all of `text` to a descriptor that may block, such as a terminal or a pipe. Ignores errors.
    public static func print(_ text: String, to number: Int32 = 1) {
        var text = text
        text.withUTF8 { printAll(UnsafeRawBufferPointer($0), to: number) }
    }

    public static func print(bytes: [UInt8], to number: Int32 = 1) {
        bytes.withUnsafeBytes { printAll($0, to: number) }
    }

    private static func printAll(_ bytes: UnsafeRawBufferPointer, to number: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = try? write(number, UnsafeRawBufferPointer(rebasing: rest)), count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
