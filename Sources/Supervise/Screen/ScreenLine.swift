/// How a piece of text looks. The shape of the text carries what it means: colour only helps.
public enum Look: UInt8, Equatable, Sendable {
    case plain, bold, grey, green, yellow, red, reverse

    /// The parameters of "select graphic rendition" (ECMA-48): eight colours suffice.
    var rendition: StaticString {
        switch self {
        case .plain: "0"
        case .bold: "0;1"
        case .grey: "0;2"
        case .green: "0;32"
        case .yellow: "0;33"
        case .red: "0;31"
        case .reverse: "0;7"
        }
    }

    /// Reverse and bold are no colours.
    var isColour: Bool {
        switch self {
        case .green, .yellow, .red: true
        case .plain, .bold, .grey, .reverse: false
        }
    }
}

/// A line of a screen, made of pieces from left to right.
public struct ScreenLine: Equatable, Sendable {
    private struct Piece: Equatable, Sendable {
        var bytes: [UInt8]
        var look: Look
    }

    private var pieces: [Piece] = []
    /// The bytes contain renditions of their own, and end with the standard one.
    private var raw: [UInt8]?
    /// Columns so far.
    public private(set) var width = 0
    /// All of it is shown in reverse.
    public var isSelected = false

    public init(_ text: String = "", _ look: Look = .plain) {
        if !text.utf8.isEmpty { add(text.bytes, look) }
    }

    /// A line of a log, as `LogText.visible` returns it.
    public init(raw: [UInt8]) { self.raw = raw }

    public mutating func add(_ text: [UInt8], _ look: Look = .plain) {
        pieces.append(Piece(bytes: StatusTable.cut(text, Int.max, keepsEnd: false), look: look))
        width += StatusTable.width(text)
    }

    public mutating func add(_ text: String, _ look: Look = .plain) { add(text.bytes, look) }

    /// A column: cut or padded to `columns`, with a space behind it.
    public mutating func column(_ text: [UInt8], _ columns: Int, _ look: Look = .plain, isRight: Bool = false) {
        let cut = StatusTable.cut(text, columns, keepsEnd: false)
        let room = [UInt8](repeating: ASCII.space, count: max(0, columns - StatusTable.width(cut)))
        pieces.append(Piece(bytes: isRight ? room + cut : cut + room, look: look))
        pieces.append(Piece(bytes: [ASCII.space], look: .plain))
        width += columns + 1
    }

    /// The bytes for a terminal, at most `columns` wide.
    public func bytes(columns: Int, hasColours: Bool) -> [UInt8] {
        if let raw { return raw }
        var bytes: [UInt8] = []
        var left = columns
        var current = Look.plain
        for piece in pieces where left > 0 {
            var look = piece.look
            if look.isColour, !hasColours { look = .plain }
            if isSelected { look = .reverse }
            if look != current { bytes += Self.rendition(look) }
            current = look
            let cut = StatusTable.cut(piece.bytes, left, keepsEnd: false)
            bytes += cut
            left -= StatusTable.width(cut)
        }
        if isSelected, left > 0 {
            if current != .reverse { bytes += Self.rendition(.reverse) }
            current = .reverse
            bytes += [UInt8](repeating: ASCII.space, count: left)
        }
        if current != .plain { bytes += Self.rendition(.plain) }
        return bytes
    }

    /// The text alone, at most `columns` wide.
    public func text(columns: Int) -> [UInt8] {
        var text: [UInt8] = []
        for piece in pieces { text += piece.bytes }
        text = StatusTable.cut(text, columns, keepsEnd: false)
        while text.last == ASCII.space { text.removeLast() }
        return text
    }

    private static func rendition(_ look: Look) -> [UInt8] { [0x1B] + "[\(look.rendition)m".bytes }
}

/// Draws lines on a terminal, and of each screen only the lines that differ from the last one.
public struct ScreenPainter: Sendable {
    private var shown: [[UInt8]] = []
    private var size = (columns: 0, rows: 0)
    public var hasColours: Bool

    /// The alternate screen, without a cursor.
    public static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[H\u{1B}[2J".bytes
    /// Back to what was there before; the mouse is the terminal's again.
    public static let leave = "\u{1B}[?1006l\u{1B}[?1000l\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l".bytes
    public static let mouseOn = "\u{1B}[?1000h\u{1B}[?1006h".bytes
    public static let mouseOff = "\u{1B}[?1006l\u{1B}[?1000l".bytes

    public init(hasColours: Bool) { self.hasColours = hasColours }

    /// The next screen is drawn completely.
    public mutating func forget() { size = (0, 0) }

    /// - Returns: nothing if nothing has changed.
    public mutating func draw(_ lines: [ScreenLine], columns: Int, rows: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        if size != (columns, rows) {
            size = (columns, rows)
            shown = [[UInt8]](repeating: [], count: rows)
            bytes += "\u{1B}[0m\u{1B}[H\u{1B}[2J".bytes
        }
        for row in 0..<rows {
            let line = row < lines.count ? lines[row].bytes(columns: columns, hasColours: hasColours) : []
            if line == shown[row] { continue }
            shown[row] = line
            bytes += "\u{1B}[\(row + 1);1H".bytes + line
            // Behind a full last column this would erase that column on some terminals.
            if row >= lines.count || lines[row].isShort(columns) { bytes += "\u{1B}[K".bytes }
        }
        return bytes
    }
}

extension ScreenLine {
    fileprivate func isShort(_ columns: Int) -> Bool {
        if let raw { return LogText.width(raw) < columns }
        return !isSelected && width < columns
    }
}
