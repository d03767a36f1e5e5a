/// The output of a program on a screen: it follows what is written, until somebody scrolls up.
public struct LogPane: Sendable {
    public struct Line: Equatable, Sendable {
        public var bytes: [UInt8]
        public var isError: Bool
    }

    /// Lines that are kept, and bytes of a line.
    public static let most = 10_000
    static let longest = 16 * 1024

    public private(set) var lines: [Line] = []
    /// The beginnings of lines that are being written, of stdout and stderr.
    private var unfinished: [[UInt8]] = [[], []]
    /// The first line of the page, of those that are shown; nil: the end is followed.
    public private(set) var top: Int?
    public private(set) var wraps = false
    private var leftColumn = 0
    public private(set) var filter: TextPattern?
    public private(set) var sought: TextPattern?
    /// Positions in `lines` that match the filter.
    private var matches: [Int] = []

    public init() {}

    public var count: Int { filter == nil ? lines.count : matches.count }

    // MARK: What is written

    public mutating func take(_ bytes: some Sequence<UInt8>, isError: Bool) {
        let channel = isError ? 1 : 0
        for byte in bytes {
            if byte == ASCII.newline || unfinished[channel].count >= Self.longest {
                append(Line(bytes: unfinished[channel], isError: isError))
                unfinished[channel].removeAll(keepingCapacity: true)
                if byte == ASCII.newline { continue }
            }
            unfinished[channel].append(byte)
        }
    }

    private mutating func append(_ line: Line) {
        lines.append(line)
        if let filter, filter.matches(LogText.plain(line.bytes)) { matches.append(lines.count - 1) }
        guard lines.count >= 2 * Self.most else { return }
        // Half of them at once, so that each is moved at most once.
        let gone = lines.count - Self.most
        lines.removeFirst(gone)
        let lost = matches.prefix { $0 < gone }.count
        matches = matches.dropFirst(lost).map { $0 - gone }
        if let place = top { top = max(place - (filter == nil ? gone : lost), 0) }
    }

    private func line(_ place: Int) -> Line { lines[filter == nil ? place : matches[place]] }

    // MARK: Where it stands

    public mutating func scroll(by rows: Int, page: Int) {
        let last = max(count - page, 0)
        let place = (top ?? last) + rows
        top = place >= last ? nil : max(place, 0)
    }

    public mutating func toStart() { top = count == 0 ? nil : 0 }
    public mutating func toEnd() { top = nil }
    public mutating func shift(by columns: Int) { leftColumn = max(leftColumn + columns, 0) }

    public mutating func toggleWrap() {
        wraps.toggle()
        leftColumn = 0
    }

    public mutating func setFilter(_ pattern: TextPattern?) {
        filter = pattern
        top = nil
        matches = []
        guard let pattern else { return }
        for index in lines.indices where pattern.matches(LogText.plain(lines[index].bytes)) { matches.append(index) }
    }

    public mutating func setSought(_ pattern: TextPattern?) { sought = pattern }

    /// Goes to the next line that matches; backwards from the page's first line.
    ///
    /// - Returns: false if there is none.
    public mutating func find(isForward: Bool, page: Int) -> Bool {
        guard let sought, count > 0 else { return false }
        let start = top ?? max(count - page, 0)
        let places = isForward ? Array((start + 1)..<max(count, start + 1)) : Array((0..<start).reversed())
        for place in places where sought.matches(LogText.plain(line(place).bytes)) {
            top = place
            return true
        }
        return false
    }

    // MARK: What is shown

    /// The lines of a page, in rows.
    public func page(columns: Int, rows: Int, hasColours: Bool) -> [ScreenLine] {
        guard rows > 0, count > 0 else { return [] }
        var shown: [ScreenLine] = []
        if let top {
            for place in top..<count where shown.count < rows { shown += self.rows(place, columns, hasColours) }
            return Array(shown.prefix(rows))
        }
        var place = count - 1
        while place >= 0, shown.count < rows {
            shown = self.rows(place, columns, hasColours) + shown
            place -= 1
        }
        return Array(shown.suffix(rows))
    }

    private func rows(_ place: Int, _ columns: Int, _ hasColours: Bool) -> [ScreenLine] {
        let line = line(place)
        let mark: [UInt8] = line.isError ? (hasColours ? "\u{1B}[31m!\u{1B}[0m ".bytes : "! ".bytes) : "  ".bytes
        let room = max(columns - 2, 1)
        let width = wraps ? LogText.width(line.bytes) : 0
        var rows: [ScreenLine] = []
        var first = leftColumn
        repeat {
            rows.append(
                ScreenLine(
                    raw: mark + LogText.visible(line.bytes, from: first, columns: room, hasColours: hasColours)))
            first += room
        } while wraps && first < width
        return rows
    }

    /// Everything that is shown, as it was written: for a file or a pager.
    public var text: [UInt8] {
        var text: [UInt8] = []
        for place in 0..<count { text += line(place).bytes + [ASCII.newline] }
        return text
    }
}

/// What is looked for: a regular expression if it is a valid one, else its text; `!` in front inverts it.
public struct TextPattern: Equatable, Sendable {
    public let written: [UInt8]
    private let isInverse: Bool
    private let text: [UInt8]
    /// Whether a line has the text, by the caller's regular expressions; nil: the text is compared.
    private let expression: @Sendable (_ pattern: [UInt8], _ line: [UInt8]) -> Bool?

    public static func == (first: TextPattern, second: TextPattern) -> Bool { first.written == second.written }

    /// nil for nothing.
    public init?(_ written: [UInt8], expression: @escaping @Sendable ([UInt8], [UInt8]) -> Bool? = { _, _ in nil }) {
        let isInverse = written.first == UInt8(ascii: "!")
        let text = isInverse ? Array(written.dropFirst()) : written
        guard !text.isEmpty else { return nil }
        (self.written, self.isInverse, self.text, self.expression) = (written, isInverse, text, expression)
    }

    public func matches(_ line: [UInt8]) -> Bool { (expression(text, line) ?? contains(line)) != isInverse }

    private func contains(_ line: [UInt8]) -> Bool {
        guard line.count >= text.count else { return false }
        for start in 0...(line.count - text.count) where line[start] == text[0] {
            if line[start..<(start + text.count)].elementsEqual(text) { return true }
        }
        return false
    }
}
