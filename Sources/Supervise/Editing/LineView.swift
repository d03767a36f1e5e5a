/// What a terminal is sent to show a line that is being typed, over as many rows as it takes.
public struct LineView: Sendable {
    /// Rows between the row where the prompt begins and the cursor's.
    private var cursorRow = 0
    /// What is shown; nil: nothing yet.
    private var shown: (prompt: [UInt8], text: [UInt8], column: Int)?

    public init() {}

    /// - Parameter columns: the terminal's width; taken as 80 when it is below 1.
    /// - Parameter cursor: bytes of `text` before the cursor.
    public mutating func draw(prompt: [UInt8], text: [UInt8], cursor: Int, columns: Int) -> [UInt8] {
        let columns = columns < 1 ? 80 : columns
        if let quick = append(prompt, text, cursor, columns) { return quick }
        var bytes: [UInt8] = []
        if cursorRow > 0 { bytes += Self.escape(cursorRow, "A") }
        bytes += [13] + Self.escape(nil, "J")

        var place = Place(columns: columns)
        Self.put(prompt[...], &place, &bytes)
        Self.put(text[..<min(cursor, text.count)], &place, &bytes)
        let goal = place.settled
        Self.put(text[min(cursor, text.count)...], &place, &bytes)
        let end = place.settled
        // Behind the last column a terminal waits for the next character before it goes to the next row.
        if end.row > place.row { bytes += [13, 10] }
        if end.row > goal.row { bytes += Self.escape(end.row - goal.row, "A") }
        if end.row != goal.row || end.column != goal.column {
            bytes.append(13)
            if goal.column > 0 { bytes += Self.escape(goal.column, "C") }
        }
        cursorRow = goal.row
        shown = (prompt, text, cursor == text.count ? goal.column : 0)
        return bytes
    }

    /// The new characters alone, when they are at the end and stay in the row.
    private mutating func append(_ prompt: [UInt8], _ text: [UInt8], _ cursor: Int, _ columns: Int) -> [UInt8]? {
        guard let old = shown, old.column > 0, cursor == text.count, text.count > old.text.count,
            old.prompt == prompt, text.starts(with: old.text)
        else { return nil }
        var bytes: [UInt8] = []
        var place = Place(columns: columns)
        place.column = old.column
        Self.put(text[old.text.count...], &place, &bytes)
        guard place.row == 0, place.column < columns else { return nil }
        shown = (prompt, text, place.column)
        return bytes
    }

    /// Leaves the line as it is shown, with the cursor on the row below; the next `draw` begins there.
    public mutating func leave(prompt: [UInt8], text: [UInt8], columns: Int) -> [UInt8] {
        let bytes = draw(prompt: prompt, text: text, cursor: text.count, columns: columns)
        let isAtStart = shown?.column == 0 && !(prompt.isEmpty && text.isEmpty)
        reset()
        // A line that fills its last row has the cursor below it already.
        return isAtStart ? bytes : bytes + [13, 10]
    }

    /// The next `draw` begins where the cursor is.
    public mutating func reset() { (cursorRow, shown) = (0, nil) }

    /// Clears the screen; the next `draw` begins at its top.
    public mutating func clear() -> [UInt8] {
        reset()
        return Self.escape(nil, "H") + Self.escape(2, "J")
    }

    private static func escape(_ number: Int?, _ letter: StaticString) -> [UInt8] {
        var bytes: [UInt8] = [27, UInt8(ascii: "[")]
        if let number { bytes.append(contentsOf: String(number).utf8) }
        letter.withUTF8Buffer { bytes.append(contentsOf: $0) }
        return bytes
    }

    // MARK: columns

    private struct Place {
        let columns: Int
        var row = 0
        var column = 0

        init(columns: Int) { self.columns = columns }

        mutating func advance(_ width: Int) {
            if column + width > columns, column > 0 { (row, column) = (row + 1, 0) }
            column += width
        }

        /// Where the next character goes.
        var settled: (row: Int, column: Int) { column >= columns ? (row + 1, 0) : (row, column) }
    }

    private static func put(_ text: ArraySlice<UInt8>, _ place: inout Place, _ bytes: inout [UInt8]) {
        var rest = text
        while let (piece, width) = next(&rest) {
            place.advance(width)
            bytes += piece
        }
    }

    /// One character as it is shown, and its columns. What no terminal should get is shown otherwise.
    private static func next(_ rest: inout ArraySlice<UInt8>) -> (bytes: [UInt8], width: Int)? {
        guard let first = rest.first else { return nil }
        if first < 32 || first == 127 {
            rest.removeFirst()
            return ([UInt8(ascii: "^"), first ^ 64], 2)
        }
        if first < 127 {
            rest.removeFirst()
            return ([first], 1)
        }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        let piece = Array(rest.prefix(length))
        guard let scalar = scalar(piece, length), scalar >= 0xA0 else {
            rest.removeFirst()
            return ([UInt8(ascii: "?")], 1)
        }
        rest = rest.dropFirst(length)
        return (piece, CharacterWidth.of(scalar))
    }

    private static func scalar(_ bytes: [UInt8], _ length: Int) -> UInt32? {
        guard bytes.count == length, bytes[0] >= 0xC2, bytes[0] <= 0xF4 else { return nil }
        var value = UInt32(bytes[0]) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
        for byte in bytes[1...] {
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        return value >= least && value < 0x110000 && !(0xD800..<0xE000).contains(value) ? value : nil
    }
}
