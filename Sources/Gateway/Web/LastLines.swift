/// The last lines of a log, which the page shows beside a failed program: most often they say why.
enum LastLines {
    /// Bytes to read from the end.
    static let read = 1200
    private static let lines = 4
    /// Bytes of a line.
    private static let width = 300

    /// Without terminal escape sequences and empty lines; nil if nothing is left.
    static func of(_ log: [UInt8]) -> [UInt8]? {
        let plain = plain(log)
        var lines = plain.split(separator: UInt8(ascii: "\n"))
        // The first one is most likely incomplete.
        if log.count >= read, lines.count > 1 { lines.removeFirst() }
        var seen: [ArraySlice<UInt8>] = []
        // A program that prints the same at each attempt is shown once.
        for line in lines where line.contains(where: { $0 > 0x20 }) && !seen.contains(line) { seen.append(line) }
        guard !seen.isEmpty else { return nil }
        return Array(seen.suffix(Self.lines).map { $0.prefix(width) }.joined(separator: [UInt8(ascii: "\n")]))
    }

    /// A log without escape sequences and carriage returns.
    static func plain(_ log: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(log.count)
        var rest = log[...]
        while let byte = rest.popFirst() {
            if byte == 0x1b, rest.first == UInt8(ascii: "[") {
                // Parameters, then one byte that ends it (ECMA-48, section 5.4).
                rest = rest.dropFirst().drop { (0x20...0x3f).contains($0) }.dropFirst()
            } else if byte != 0x0d {
                plain.append(byte)
            }
        }
        return plain
    }
}
