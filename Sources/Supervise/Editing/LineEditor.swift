/// A line while it is being typed, with the keys of readline's Emacs mode. Nothing here reads or writes anything.
public struct LineEditor: Sendable {
    /// What the caller does about a key.
    public enum Reaction: Equatable, Sendable {
        /// Show the line as it is now.
        case show
        /// Nothing happened; a bell.
        case refuse
        /// The line is complete.
        case enter([UInt8])
        /// Ctrl-D on an empty line.
        case end
        /// Find completions of `word`, and call `complete`.
        case findCompletions
        /// Clear the screen, then show the line.
        case clear
        /// Esc waits for its companion, or a key has no meaning.
        case nothing
    }

    public private(set) var text: [UInt8] = []
    /// Bytes from the beginning, at a character's boundary.
    public private(set) var cursor = 0
    public private(set) var history: LineHistory
    public private(set) var search: Search?

    /// Ctrl-R in progress.
    public struct Search: Equatable, Sendable {
        public internal(set) var wanted: [UInt8] = []
        public internal(set) var hasFailed = false
        var place: Int
        /// What was there before: Ctrl-G brings it back.
        let text: [UInt8]
        let cursor: Int
    }

    /// Bytes of a line. Far more than any action needs.
    static let longest = 1 << 14

    private var decoder = KeyDecoder()
    private var killed: [UInt8] = []
    private var hasJustKilled = false
    /// Of the history's line that is shown; the number of its lines for the new one.
    private var place: Int
    /// The new line, while another is shown.
    private var kept: [UInt8] = []
    /// The key before was a Tab that found several completions and nothing to add.
    private var isAskedAgain = false

    public init(history: LineHistory = LineHistory()) {
        self.history = history
        place = history.lines.count
    }

    /// Begins a new line.
    public mutating func begin() {
        set([])
        (kept, search, hasJustKilled, isAskedAgain) = ([], nil, false, false)
        decoder = KeyDecoder()
        place = history.lines.count
    }

    /// Keeps a line that was entered.
    public mutating func remember(_ line: [UInt8]) {
        history.add(line)
        place = history.lines.count
    }

    /// A byte from the terminal.
    public mutating func take(_ byte: UInt8) -> Reaction {
        guard let key = decoder.take(byte) else { return .nothing }
        return press(key)
    }

    public mutating func press(_ key: KeyPress) -> Reaction {
        if search != nil, let reaction = pressInSearch(key) { return reaction }
        let (wasKilling, wasAsked) = (hasJustKilled, isAskedAgain)
        (hasJustKilled, isAskedAgain) = (false, false)
        switch key {
        case .character(let bytes): return insert(bytes)
        case .backspace: return remove(before(cursor)..<cursor)
        case .delete: return remove(cursor..<after(cursor))
        case .left: return move(to: before(cursor))
        case .right: return move(to: after(cursor))
        case .home: return move(to: 0)
        case .end: return move(to: text.count)
        case .up: return recall(place - 1)
        case .down: return recall(place + 1)
        case .wordLeft: return move(to: wordStart())
        case .wordRight: return move(to: wordEnd())
        case .control(let letter): return control(letter, wasKilling, wasAsked)
        case .meta(let character): return meta(character, wasKilling)
        case .pageUp, .pageDown, .click, .wheelUp, .wheelDown, .other: return .nothing
        }
    }

    private mutating func control(_ letter: UInt8, _ wasKilling: Bool, _ wasAsked: Bool) -> Reaction {
        switch letter {
        case UInt8(ascii: "a"): return move(to: 0)
        case UInt8(ascii: "b"): return move(to: before(cursor))
        case UInt8(ascii: "d"): return text.isEmpty ? .end : remove(cursor..<after(cursor))
        case UInt8(ascii: "e"): return move(to: text.count)
        case UInt8(ascii: "f"): return move(to: after(cursor))
        case UInt8(ascii: "i"):
            isAskedAgain = wasAsked
            return .findCompletions
        case UInt8(ascii: "j"), UInt8(ascii: "m"): return .enter(text)
        case UInt8(ascii: "k"): return kill(cursor..<text.count, wasKilling)
        case UInt8(ascii: "l"): return .clear
        case UInt8(ascii: "n"): return recall(place + 1)
        case UInt8(ascii: "p"): return recall(place - 1)
        case UInt8(ascii: "r"):
            search = Search(place: place, text: text, cursor: cursor)
            return .show
        case UInt8(ascii: "t"): return swap()
        case UInt8(ascii: "u"): return kill(0..<cursor, wasKilling)
        case UInt8(ascii: "w"): return kill(blankWordStart()..<cursor, wasKilling)
        case UInt8(ascii: "y"): return killed.isEmpty ? .nothing : insert(killed)
        default: return .refuse
        }
    }

    private mutating func meta(_ character: UInt8, _ wasKilling: Bool) -> Reaction {
        switch character {
        case UInt8(ascii: "b"): return move(to: wordStart())
        case UInt8(ascii: "f"): return move(to: wordEnd())
        case UInt8(ascii: "d"): return kill(cursor..<wordEnd(), wasKilling)
        case 127: return kill(wordStart()..<cursor, wasKilling)
        case UInt8(ascii: "<"): return recall(0)
        case UInt8(ascii: ">"): return recall(history.lines.count)
        default: return .refuse
        }
    }

    // MARK: changing the line

    private mutating func set(_ line: [UInt8]) {
        text = line
        cursor = line.count
    }

    private mutating func insert(_ bytes: [UInt8]) -> Reaction {
        guard text.count + bytes.count <= Self.longest else { return .refuse }
        text.insert(contentsOf: bytes, at: cursor)
        cursor += bytes.count
        return .show
    }

    private mutating func remove(_ range: Range<Int>) -> Reaction {
        guard !range.isEmpty else { return .refuse }
        text.removeSubrange(range)
        cursor = range.lowerBound
        return .show
    }

    /// What is killed in a row is brought back together.
    private mutating func kill(_ range: Range<Int>, _ wasKilling: Bool) -> Reaction {
        hasJustKilled = true
        guard !range.isEmpty else { return .refuse }
        let piece = Array(text[range])
        if !wasKilling {
            killed = piece
        } else if range.upperBound == cursor {
            killed = piece + killed
        } else {
            killed += piece
        }
        return remove(range)
    }

    private mutating func move(to place: Int) -> Reaction {
        guard place != cursor else { return .refuse }
        cursor = place
        return .show
    }

    /// Exchanges the two characters around the cursor, at the end the last two.
    private mutating func swap() -> Reaction {
        let middle = cursor == text.count ? before(cursor) : cursor
        let (start, end) = (before(middle), after(middle))
        guard start < middle, middle < end else { return .refuse }
        let swapped = Array(text[middle..<end]) + Array(text[start..<middle])
        text.replaceSubrange(start..<end, with: swapped)
        cursor = end
        return .show
    }

    private mutating func recall(_ wanted: Int) -> Reaction {
        guard wanted >= 0, wanted <= history.lines.count, wanted != place else { return .refuse }
        if place == history.lines.count { kept = text }
        place = wanted
        set(wanted == history.lines.count ? kept : history.lines[wanted])
        return .show
    }

    // MARK: places in the line

    private func before(_ place: Int) -> Int {
        guard place > 0 else { return 0 }
        var place = place - 1
        while place > 0, text[place] & 0xC0 == 0x80 { place -= 1 }
        return place
    }

    private func after(_ place: Int) -> Int {
        guard place < text.count else { return text.count }
        var place = place + 1
        while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
        return place
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xFF:
            true
        default: false
        }
    }

    private func wordStart() -> Int {
        var place = cursor
        while place > 0, !Self.isWordByte(text[place - 1]) { place -= 1 }
        while place > 0, Self.isWordByte(text[place - 1]) { place -= 1 }
        return place
    }

    private func wordEnd() -> Int {
        var place = cursor
        while place < text.count, !Self.isWordByte(text[place]) { place += 1 }
        while place < text.count, Self.isWordByte(text[place]) { place += 1 }
        return place
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == 9 }

    private func blankWordStart() -> Int {
        var place = cursor
        while place > 0, Self.isBlank(text[place - 1]) { place -= 1 }
        while place > 0, !Self.isBlank(text[place - 1]) { place -= 1 }
        return place
    }

    // MARK: completion

    /// What completions begin with: from the last of readline's delimiters on, of which supervisorctl takes `:*-` out.
    public var word: [UInt8] { Array(text[completionStart..<cursor]) }

    private var completionStart: Int {
        let delimiters: StaticString = " \t\n`~!@#$%^&()=+[{]}\\|;'\",<>/?"
        var place = cursor
        while place > 0, !delimiters.withUTF8Buffer({ $0.contains(text[place - 1]) }) { place -= 1 }
        return place
    }

    /// Puts in what all of `matches` begin with.
    ///
    /// - Parameter matches: each whole, beginning with `word`; what follows a complete one (a space) is its end.
    /// - Returns: the matches to list; empty when they are not asked for.
    public mutating func complete(_ matches: [[UInt8]]) -> (reaction: Reaction, list: [[UInt8]]) {
        let wasAsked = isAskedAgain
        isAskedAgain = false
        guard var common = matches.first else { return (.refuse, []) }
        var isOne = true
        for match in matches where match != common {
            isOne = false
            while !match.starts(with: common) { common.removeLast() }
        }
        if wasAsked, !isOne { return (.show, matches) }
        let start = completionStart
        let isNew = !text[start..<cursor].elementsEqual(common)
        isAskedAgain = !isOne && !isNew
        guard isNew, start + common.count + text.count - cursor <= Self.longest else { return (.refuse, []) }
        text.replaceSubrange(start..<cursor, with: common)
        cursor = start + common.count
        return (.show, [])
    }
}

// MARK: Ctrl-R

extension LineEditor {
    /// - Returns: nil for a key that ends the search and then means what it always means.
    private mutating func pressInSearch(_ key: KeyPress) -> Reaction? {
        guard var search else { return nil }
        switch key {
        case .character(let bytes):
            guard search.wanted.count < 256 else { return .refuse }
            search.wanted += bytes
            return find(search, before: search.place + 1)
        case .backspace:
            while let last = search.wanted.popLast(), last & 0xC0 == 0x80 { continue }
            return find(search, before: history.lines.count)
        case .control(UInt8(ascii: "r")):
            return find(search, before: search.place)
        case .control(UInt8(ascii: "g")):
            (text, cursor, self.search) = (search.text, search.cursor, nil)
            return .show
        case .control, .meta, .delete, .left, .right, .up, .down, .home, .end, .wordLeft, .wordRight,
            .pageUp, .pageDown, .click, .wheelUp, .wheelDown, .other:
            self.search = nil
            // The line is shown without the search's prompt, also where the key does nothing more.
            let reaction = press(key)
            return reaction == .refuse || reaction == .nothing ? .show : reaction
        }
    }

    private mutating func find(_ search: Search, before place: Int) -> Reaction {
        var search = search
        defer { self.search = search }
        guard !search.wanted.isEmpty else {
            search.hasFailed = false
            return .show
        }
        guard let found = history.latest(containing: search.wanted, before: place) else {
            search.hasFailed = true
            return .show
        }
        search.hasFailed = false
        search.place = found.place
        self.place = found.place
        (text, cursor) = (history.lines[found.place], found.offset)
        return .show
    }
}
