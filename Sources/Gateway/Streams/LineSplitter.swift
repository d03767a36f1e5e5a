/// Lines of a log as text: JSON and streams of events are UTF-8, and programs write arbitrary bytes.
struct LineSplitter {
    /// The number of bytes after which a line without an end is cut.
    static let longest = 16 << 10

    private var line: [UInt8] = []
    /// The first line is not whole.
    var skipsFirst = false

    /// The lines that end in `bytes`; the beginning of another one waits for its end.
    mutating func lines(with bytes: ArraySlice<UInt8>) -> [String] {
        var lines: [String] = []
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            line += rest[..<end]
            // Programs that write for terminals end their lines with both.
            if line.last == 0x0D { line.removeLast() }
            flush(line.count, into: &lines)
            rest = rest[(end + 1)...]
        }
        line += rest
        while line.count > Self.longest { flush(Self.longest, into: &lines) }
        return lines
    }

    /// The unfinished line, if there is one.
    mutating func rest() -> [String] {
        var lines: [String] = []
        if !line.isEmpty { flush(line.count, into: &lines) }
        return lines
    }

    private mutating func flush(_ count: Int, into lines: inout [String]) {
        if skipsFirst { skipsFirst = false } else { lines.append(String(decoding: line.prefix(count), as: UTF8.self)) }
        line.removeFirst(count)
    }
}
