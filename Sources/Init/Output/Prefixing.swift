import Kernel

/// Lines with a prefix.
enum Prefixing {
    /// `bytes` with `prefix` in front of each line.
    ///
    /// - Parameter continuing: the first bytes continue a line that has its prefix already.
    static func lines(_ bytes: UnsafeRawBufferPointer, prefix: [UInt8], continuing: Bool) -> Bytes {
        var count = 0
        forEachLine(bytes) { _ in count += 1 }
        let lines = Bytes(capacity: bytes.count + count * prefix.count)
        var isFirst = true
        forEachLine(bytes) { line in
            if !(isFirst && continuing) { prefix.withUnsafeBytes { _ = lines.append($0) } }
            isFirst = false
            lines.append(line)
        }
        return lines
    }

    /// Whether there is memory for it. Only many short lines at once need hundreds of kilobytes.
    static func canBeDone(_ bytes: UnsafeRawBufferPointer, prefix: [UInt8]) -> Bool {
        let most = bytes.count * (prefix.count + 1)
        return most <= 65536 || Heap.canTake(most)
    }

    /// Each line with its newline, which the last one may lack.
    private static func forEachLine(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            let end = File.firstIndex(of: UInt8(ascii: "\n"), in: rest).map { $0 + 1 } ?? rest.count
            body(UnsafeRawBufferPointer(rebasing: rest[..<end]))
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
    }
}
