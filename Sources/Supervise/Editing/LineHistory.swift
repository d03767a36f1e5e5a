/// The lines that were entered, the oldest first.
public struct LineHistory: Equatable, Sendable {
    public private(set) var lines: [[UInt8]] = []
    /// True when a line was added since it was read.
    public private(set) var hasChanged = false

    /// Lines that are kept; the oldest go first. (readline under Python keeps all that ever were.)
    public static let limit = 1000
    /// Bytes of a file that are read: its end, if it is longer.
    public static let longestFile = 1 << 18

    public init() {}

    /// - Parameter file: one entry per line, as readline writes it.
    public init(file: [UInt8]) {
        var file = file[...]
        // The end of a longer file begins in the middle of a line.
        if file.count >= Self.longestFile { file = file.drop { $0 != UInt8(ascii: "\n") } }
        for line in file.split(separator: UInt8(ascii: "\n")) { append(Array(line)) }
    }

    /// What is written to the file.
    public var file: [UInt8] {
        var bytes: [UInt8] = []
        for line in lines { bytes += line + [UInt8(ascii: "\n")] }
        return bytes
    }

    /// Keeps a line, unless it is empty or the same as the one before.
    public mutating func add(_ line: [UInt8]) {
        guard !line.isEmpty, line != lines.last else { return }
        append(line)
        hasChanged = true
    }

    private mutating func append(_ line: [UInt8]) {
        lines.append(line)
        if lines.count > Self.limit { lines.removeFirst(lines.count - Self.limit) }
    }

    /// The latest line before `place` that contains `part`, and where in it.
    func latest(containing part: [UInt8], before place: Int) -> (place: Int, offset: Int)? {
        var place = min(place, lines.count)
        while place > 0 {
            place -= 1
            if let offset = Self.offset(of: part, in: lines[place]) { return (place, offset) }
        }
        return nil
    }

    /// Of the last occurrence.
    private static func offset(of part: [UInt8], in line: [UInt8]) -> Int? {
        var offset = line.count - part.count
        while offset >= 0 {
            if line[offset..<(offset + part.count)].elementsEqual(part) { return offset }
            offset -= 1
        }
        return nil
    }
}
