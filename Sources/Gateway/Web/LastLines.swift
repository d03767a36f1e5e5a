/// The last lines of a log, as they stand beside a program that is ill: most often they say why.
enum LastLines {
    /// Bytes that are read from the end.
    static let read = 1200
    private static let lines = 4
    /// Bytes of a line.
    private static let width = 300

    /// Without what paints a terminal and without empty lines; nil when there is nothing to see.
    static func of(_ log: [UInt8]) -> [UInt8]? {
        let plain = plain(log)
        var lines = plain.split(separator: UInt8(ascii: "\n"))
        // The first one is most likely a part of one.
        if log.count >= read, lines.count > 1 { lines.removeFirst() }
        var seen: [ArraySlice<UInt8>] = []
        // One that says the same at each attempt says it once.
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
