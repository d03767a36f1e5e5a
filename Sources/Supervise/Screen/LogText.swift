/// Lines that programs write, as a screen may show them: their colours stay, every other escape sequence goes, and so does
/// everything else that would move the cursor. Brackets and whatever else is text stays as it is.
public enum LogText {
    private static let escape: UInt8 = 0x1B

    /// What stands at `index`: the end of the sequence that begins there, and whether it is a colour.
    private static func sequence(_ line: [UInt8], at index: Int) -> (end: Int, isRendition: Bool) {
        var place = index + 1
        guard place < line.count else { return (place, false) }
        if line[place] == UInt8(ascii: "]") {
            // A title, say, until BEL or ESC \.
            while place < line.count, line[place] != 7, line[place] != escape { place += 1 }
            return (min(place + (place < line.count && line[place] == escape ? 2 : 1), line.count), false)
        }
        guard line[place] == UInt8(ascii: "[") else {
            // ESC ( B, say.
            while place < line.count, 0x20...0x2F ~= line[place] { place += 1 }
            return (min(place + 1, line.count), false)
        }
        place += 1
        var isPlain = true
        while place < line.count, line[place] >= 0x20, line[place] < 0x40 {
            if line[place] > 0x3B { isPlain = false }
            place += 1
        }
        guard place < line.count else { return (place, false) }
        return (place + 1, isPlain && line[place] == UInt8(ascii: "m"))
    }

    /// Without any escape sequence: for searches.
    public static func plain(_ line: [UInt8]) -> [UInt8] {
        guard line.contains(escape) else { return line }
        var plain: [UInt8] = []
        var index = 0
        while index < line.count {
            if line[index] == escape {
                index = sequence(line, at: index).end
            } else {
                plain.append(line[index])
                index += 1
            }
        }
        return plain
    }

    /// The columns that a line takes.
    public static func width(_ line: [UInt8]) -> Int { StatusTable.width(expanded(plain(line))) }

    /// At most `columns` of a line, from column `first` on; it ends with the standard rendition if it has any other.
    public static func visible(_ line: [UInt8], from first: Int = 0, columns: Int, hasColours: Bool) -> [UInt8] {
        let line = expanded(line)
        let text = Text(line)
        var bytes: [UInt8] = []
        var column = 0
        var isRendered = false
        var index = text.bytes.startIndex
        while index < text.bytes.endIndex {
            if text.bytes[index] == escape {
                let (next, isRendition) = sequence(line, at: index)
                if isRendition, hasColours {
                    bytes += text.bytes[index..<next]
                    isRendered = true
                }
                index = next
                continue
            }
            let (scalar, length) = text.scalar(at: index)
            let isControl = scalar < 0x20 || scalar >= 0x7F && scalar < 0xA0
            let width = isControl ? 1 : CharacterWidth.of(scalar)
            if column + width > first + columns { break }
            if column >= first {
                if isControl { bytes.append(UInt8(ascii: "?")) } else { bytes += text.bytes[index..<(index + length)] }
            }
            column += width
            index += length
        }
        if isRendered { bytes += [escape] + "[0m".bytes }
        return bytes
    }

    /// Tabs become spaces, and what a carriage return would overwrite goes.
    private static func expanded(_ line: [UInt8]) -> [UInt8] {
        var line = line
        while line.last == 0x0D { line.removeLast() }
        if let start = line.lastIndex(of: 0x0D) { line.removeFirst(start + 1) }
        guard line.contains(ASCII.tab) else { return line }
        var expanded: [UInt8] = []
        var column = 0
        for byte in line {
            if byte == ASCII.tab {
                let count = 8 - column % 8
                expanded += [UInt8](repeating: ASCII.space, count: count)
                column += count
            } else {
                expanded.append(byte)
                if byte & 0xC0 != 0x80 { column += 1 }
            }
        }
        return expanded
    }
}
