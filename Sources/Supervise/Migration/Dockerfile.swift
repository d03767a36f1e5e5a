/// An instruction of a Dockerfile.
final class DockerInstruction {
    /// In upper case.
    let keyword: [UInt8]
    /// With the lines of a here-document.
    fileprivate(set) var lines: ClosedRange<Int>
    /// What follows the keyword: its lines without continuation marks, each followed by a space.
    fileprivate(set) var text: [UInt8] = []
    /// Where each byte of `text` stands; line -1 for the spaces in between.
    fileprivate(set) var places: [(line: Int, column: Int)] = []
    fileprivate(set) var hasHeredoc = false
    fileprivate(set) var hasComments = false
    /// From 0; counts FROM.
    let stage: Int

    init(_ keyword: [UInt8], line: Int, stage: Int) {
        (self.keyword, lines, self.stage) = (keyword, line...line, stage)
    }

    func `is`(_ keyword: StaticString) -> Bool { self.keyword.isSame(keyword) }

    /// The words of either form, if no shell is needed for them.
    var words: [[UInt8]]? {
        @inline(never) get {
            let text = text.stripped
            if text.first == ASCII.openBracket { return Self.strings(text) }
            if ShellWord.needsShell(text) { return nil }
            let words = ShellWord.texts(text)
            return words.first?.isSame("exec") ?? false ? Array(words.dropFirst()) : words
        }
    }

    /// The words that aren't options, whatever a shell would do with them.
    var plainWords: [[UInt8]] {
        @inline(never) get {
            let all = Self.strings(text.stripped) ?? ShellWord.texts(text)
            return all.filter { !$0.hasStart("--") }
        }
    }

    /// The words of `["a", "b"]`; nil if it isn't in this form.
    @inline(never)
    static func strings(_ text: [UInt8]) -> [[UInt8]]? {
        guard text.first == ASCII.openBracket, text.last == ASCII.closeBracket, text.count > 1 else { return nil }
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var (isInside, isEscaped) = (false, false)
        for byte in text[1..<(text.count - 1)] {
            if isEscaped {
                word.append(byte)
                isEscaped = false
            } else if byte == ASCII.doubleQuote {
                if isInside { words.append(word) }
                word = []
                isInside.toggle()
            } else if isInside, byte == ASCII.backslash {
                isEscaped = true
            } else if isInside {
                word.append(byte)
            } else if !byte.isBlank, byte != ASCII.comma {
                return nil
            }
        }
        return isInside ? nil : words
    }

    /// `["a", "b"]`.
    @inline(never)
    static func json(_ words: [[UInt8]]) -> [UInt8] {
        var text: [UInt8] = [ASCII.openBracket]
        for word in words {
            if text.count > 1 { text += ", ".bytes }
            text.append(ASCII.doubleQuote)
            for byte in word {
                if byte == ASCII.doubleQuote || byte == ASCII.backslash { text.append(ASCII.backslash) }
                text.append(byte)
            }
            text.append(ASCII.doubleQuote)
        }
        return text + [ASCII.closeBracket]
    }

    /// Whether a program is named: as a word, or at the end of a path.
    func names(_ program: StaticString) -> Bool {
        for part in text.parts({ !$0.isOfFileName }) where part.fileName.isSame(program) { return true }
        return false
    }
}

/// The instructions of a Dockerfile, and where they stand in its lines.
///
/// - Source: the Dockerfile reference: continuation lines, comments between them, here-documents, `# escape=`.
struct Dockerfile {
    private(set) var instructions: [DockerInstruction] = []
    private(set) var escape = ASCII.backslash

    init(_ lines: [[UInt8]]) {
        var number = 0
        var stage = -1
        while number < lines.count {
            let content = lines[number].stripped
            if content.isEmpty || content.first == ASCII.hash {
                if instructions.isEmpty, content.hasText("escape=`") { escape = UInt8(ascii: "`") }
                number += 1
                continue
            }
            let keyword = content.prefix { !$0.isBlank }.map { $0 >= 97 && $0 <= 122 ? $0 - 32 : $0 }
            if keyword.isSame("FROM") { stage += 1 }
            let one = DockerInstruction(keyword, line: number, stage: max(stage, 0))
            number = read(one, lines)
            instructions.append(one)
        }
    }

    /// - Returns: the line behind it.
    private func read(_ one: DockerInstruction, _ lines: [[UInt8]]) -> Int {
        let first = one.lines.lowerBound
        var number = first
        var isContinued = true
        while isContinued, number < lines.count {
            let line = lines[number]
            let range = line.strippedRange(0..<line.count)
            if number > first, range.isEmpty || line[range.lowerBound] == ASCII.hash {
                if !range.isEmpty { one.hasComments = true }
                number += 1
                continue
            }
            isContinued = !range.isEmpty && line[range.upperBound - 1] == escape
            let end = range.upperBound - (isContinued ? 1 : 0)
            for column in min(range.lowerBound + (number == first ? one.keyword.count : 0), end)..<end {
                one.text.append(line[column])
                one.places.append((number, column))
            }
            one.text.append(ASCII.space)
            one.places.append((-1, 0))
            one.lines = first...number
            number += 1
        }
        guard one.keyword.isOne(of: "RUN COPY ADD") else { return number }
        for word in one.text.parts({ $0.isBlank }) where word.hasStart("<<") {
            let end = word.filter { $0.isOfName }
            if end.isEmpty { continue }
            one.hasHeredoc = true
            while number < lines.count, lines[number].stripped != end { number += 1 }
            one.lines = first...min(number, lines.count - 1)
            number = min(number + 1, lines.count)
        }
        return number
    }

    /// By its name, or by beginning with FROM or ARG.
    static func isOne(_ name: [UInt8], _ text: [UInt8]) -> Bool {
        let name = name.fileName
        if name.hasStart("Dockerfile") || name.hasStart("Containerfile") || name.lowercased.hasSuffix(".dockerfile") {
            return true
        }
        for line in text.parts({ $0 == ASCII.newline }) {
            let content = line.stripped
            if content.isEmpty || content.first == ASCII.hash { continue }
            return content.hasStart("FROM ") || content.hasStart("ARG ")
        }
        return false
    }
}
