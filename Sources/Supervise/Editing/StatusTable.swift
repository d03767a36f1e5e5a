/// Three columns that fit a terminal: a program, its state, and a sentence about it.
///
/// Names lose their middle, since they differ at both ends; sentences lose their end.
public struct StatusTable: Sendable {
    public struct Row: Sendable {
        public var name: [UInt8]
        public var state: [UInt8]
        public var detail: [UInt8]

        public init(name: [UInt8], state: [UInt8], detail: [UInt8]) {
            self.name = name
            self.state = state
            self.detail = detail
        }
    }

    public static let header = Row(name: "PROGRAM".bytes, state: "STATE".bytes, detail: "DESCRIPTION".bytes)
    /// Columns between two columns.
    private static let gap = 2
    /// Fewer columns of a sentence say nothing: they are left to the name.
    private static let leastDetail = 8

    private let nameWidth: Int
    private let stateWidth: Int
    private let detailWidth: Int

    /// - Parameters:
    ///   - rows: all of them, without the header.
    ///   - columns: of the terminal. The last one stays free: some terminals begin a new line as soon as it is written.
    public init(_ rows: [Row], columns: Int) {
        // A terminal that was never told its size says 0.
        let columns = columns < 1 ? 80 : columns
        // `STARTING`: the columns stay where they are when a state changes.
        var (name, state, detail) = (0, 8, 0)
        for row in [Self.header] + rows {
            name = max(name, Self.width(row.name))
            state = max(state, Self.width(row.state))
            detail = max(detail, Self.width(row.detail))
        }
        let room = max(columns - 1 - state - 2 * Self.gap, 0)
        if name + detail > room {
            // A third is the name's, and what the sentence doesn't need.
            name = min(name, max(room / 3, room - detail))
            detail = room - name
            if detail < Self.leastDetail {
                detail = 0
                name = max(columns - 1 - state - Self.gap, 1)
            }
        }
        (nameWidth, stateWidth, detailWidth) = (name, state, detail)
    }

    /// The columns of a row; all but the last are padded, with the gap behind them.
    public func fitted(_ row: Row) -> Row {
        Row(
            name: Self.padded(Self.cut(row.name, nameWidth, keepsEnd: true), nameWidth + Self.gap),
            state: Self.padded(row.state, detailWidth > 0 ? stateWidth + Self.gap : 0),
            detail: detailWidth > 0 ? Self.cut(row.detail, detailWidth, keepsEnd: false) : [])
    }

    // MARK: Characters

    /// What stands at an index: its bytes, or `?` for what would move the cursor, and the columns that it takes.
    private static func character(_ text: Text, at index: Int) -> (bytes: ArraySlice<UInt8>, length: Int, width: Int) {
        let (value, length) = text.scalar(at: index)
        if value < 0x20 || value >= 0x7F && value < 0xA0 { return ([UInt8(ascii: "?")], length, 1) }
        return (text.bytes[index..<(index + length)], length, CharacterWidth.of(value))
    }

    private static func characters(_ bytes: [UInt8]) -> [(bytes: ArraySlice<UInt8>, width: Int)] {
        let text = Text(bytes)
        var characters: [(bytes: ArraySlice<UInt8>, width: Int)] = []
        var index = text.bytes.startIndex
        while index < text.bytes.endIndex {
            let (bytes, length, width) = character(text, at: index)
            characters.append((bytes, width))
            index += length
        }
        return characters
    }

    static func width(_ bytes: [UInt8]) -> Int {
        var width = 0
        for character in characters(bytes) { width += character.width }
        return width
    }

    /// At most `width` columns of a text, with `…` for what is left out.
    static func cut(_ bytes: [UInt8], _ width: Int, keepsEnd: Bool) -> [UInt8] {
        let characters = characters(bytes)
        var total = 0
        var whole: [UInt8] = []
        for character in characters {
            total += character.width
            whole += character.bytes
        }
        if total <= width { return whole }
        guard width > 1 else { return width == 1 ? "…".bytes : [] }
        let tailWidth = keepsEnd ? (width - 1) / 2 : 0
        let headWidth = width - 1 - tailWidth
        var head: [UInt8] = []
        var used = 0
        for character in characters {
            used += character.width
            if used > headWidth { break }
            head += character.bytes
        }
        var tail: [ArraySlice<UInt8>] = []
        used = 0
        for character in characters.reversed() {
            used += character.width
            if used > tailWidth { break }
            tail.append(character.bytes)
        }
        var cut = head + "…".bytes
        for piece in tail.reversed() { cut += piece }
        return cut
    }

    private static func padded(_ bytes: [UInt8], _ wanted: Int) -> [UInt8] {
        bytes + [UInt8](repeating: ASCII.space, count: max(0, wanted - width(bytes)))
    }
}
