/// Reads files into a `Document` by the rules of Python's `configparser.RawConfigParser` as supervisord sets it up:
/// `=` or `:` after a key, comments by `;` and `#` (also at the end of a line, after white space), continuation lines
/// that are indented deeper than their key, duplicates allowed.
final class DocumentReader {
    /// A line that stopped supervisord. The reader itself goes on, to find what else is wrong.
    struct Problem {
        var sentence: Text
        /// The same for who knows no Python.
        var plain: Text
        var origin: Origin
        var advice: String
    }

    private let document: Document
    private(set) var problems: [Problem] = []
    private let file: Int32
    private let name: Text
    private let text: Text
    private var decodingProblem: UTF8Problem?
    private let canHave: (Int) -> Bool

    /// nil is `[DEFAULT]`.
    private var section: Int?
    private var hasSection = false
    private var isSkipping = false
    private var option: Option?
    private var indent = 0
    /// Lines that are neither sections nor options: their numbers and texts.
    private var badLines: [(number: Int, line: Text)] = []
    private var badLineCount = 0
    private var firstBadOffset = 0
    private var hasMissingHeader = false

    /// The option whose value may still go on.
    private struct Option {
        /// nil: it isn't kept.
        var position: Int?
        /// The key's own line.
        var first = Text.empty
        /// The lines after it.
        var others: [Text] = []
        /// Blank lines since the last of these.
        var blank = 0
    }

    /// More bad lines than these are counted only.
    private static let mostBadLines = 100
    /// More bad lines than these are not numbered for a person.
    private static let mostShownLines = 10

    /// Lines that are read before memory is asked for again.
    private static let linesPerLook = 128

    /// Adds a file's sections to `document` and returns what is wrong with it.
    ///
    /// - Parameter canHave: whether there is memory of so many bytes.
    static func read(
        _ bytes: [UInt8], name: Text, into document: Document, canHave: @escaping (Int) -> Bool = { _ in true }
    ) -> [Problem] {
        let reader = DocumentReader(bytes, name: name, document: document, canHave)
        reader.readLines()
        return reader.problems
    }

    private init(_ bytes: [UInt8], name: Text, document: Document, _ canHave: @escaping (Int) -> Bool) {
        self.canHave = canHave
        var bytes = bytes
        if !Self.isPlain(bytes) {
            decodingProblem = UTF8Problem(in: bytes)
            if decodingProblem != nil { bytes = String(decoding: bytes, as: UTF8.self).bytes }
            if bytes.contains(ASCII.return) { bytes = Self.withPlainLineEnds(bytes) }
        }
        text = Text(bytes)
        self.name = name
        file = Int32(truncatingIfNeeded: document.sources.count)
        self.document = document
        self.document.sources.append(Source(name: name, text: text))
    }

    /// ASCII, with line ends of Unix: nearly all files.
    private static func isPlain(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { $0.allSatisfy { $0 < 0x80 && $0 != ASCII.return } }
    }

    private static func withPlainLineEnds(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == ASCII.return {
                result.append(ASCII.newline)
            } else if byte != ASCII.newline || previous != ASCII.return {
                result.append(byte)
            }
            previous = byte
        }
        return result
    }

    private func readLines() {
        var start = text.bytes.startIndex
        var number = 0
        while start < text.bytes.endIndex {
            if isSkipping, decodingProblem == nil {
                let (end, count) = plainOptions(from: start)
                if count > 0 {
                    indent = 0
                    option = Option(position: nil)
                    number += count
                    start = end
                    continue
                }
            }
            // Lists of a section's keys grow by becoming twice as large.
            if number % Self.linesPerLook == 0, !canHave(Interpreter.memoryPerLook + 256 * number) {
                problems.append(
                    Problem(
                        sentence: Interpreter.memorySentence, plain: Interpreter.memorySentence,
                        origin: Origin(file: file, offset: start),
                        advice: Interpreter.memoryAdvice))
                return
            }
            let (end, hasMark) = lineEnd(from: start)
            number += 1
            if let problem = decodingProblem, end > problem.chunkStart { reportDecoding(problem) }
            readLine(Text(text.bytes[start..<end]), number, hasMark: hasMark)
            start = end
        }
        if let problem = decodingProblem { reportDecoding(problem) }
        finishOption()
        reportBadLines()
    }

    /// Where the line ends that begins at `start`, and whether it has a mark that may begin a comment.
    private func lineEnd(from start: Int) -> (end: Int, hasMark: Bool) {
        text.bytes.withUnsafeBufferPointer { bytes in
            var hasMark = false
            var index = start
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == ASCII.newline { break }
                if byte == ASCII.semicolon || byte == ASCII.hash { hasMark = true }
            }
            return (index, hasMark)
        }
    }

    private func readLine(_ line: Text, _ number: Int, hasMark: Bool) {
        let comment = hasMark ? commentStart(line) : nil
        let content = Text(line.bytes[..<(comment ?? line.bytes.endIndex)]).stripped
        if content.isEmpty {
            if comment == nil { option?.blank += 1 }
            return
        }
        let start = line.strippedLeft.bytes.startIndex
        let column = Text(line.bytes[line.bytes.startIndex..<start]).scalarCount
        if let option, column > indent, option.position == nil { return }
        if option != nil, column > indent {
            if let blank = option?.blank, blank > 0 {
                option?.others.append(contentsOf: repeatElement(.empty, count: blank))
                option?.blank = 0
            }
            option?.others.append(content)
            return
        }
        indent = column
        if let header = sectionName(content) {
            finishOption()
            enter(header, at: content.bytes.startIndex)
        } else if !hasSection {
            reportMissingHeader(line, number, at: content.bytes.startIndex)
        } else {
            readOption(content, line, number)
        }
    }

    /// Lines from `start` on that need no closer look: a letter, and a delimiter before anything that could begin a
    /// comment. Nearly all are such.
    private func plainOptions(from start: Int) -> (end: Int, count: Int) {
        text.bytes.withUnsafeBufferPointer { bytes in
            var (end, count) = (start, 0)
            while end < bytes.count, 0x61...0x7A ~= bytes[end] | 0x20 {
                var index = end + 1
                var hasDelimiter = false
                while index < bytes.count, bytes[index] != ASCII.newline {
                    switch bytes[index] {
                    case ASCII.equals, ASCII.colon: hasDelimiter = true
                    case ASCII.semicolon, ASCII.hash: if !hasDelimiter { return (end, count) }
                    default: break
                    }
                    index += 1
                }
                guard hasDelimiter else { break }
                end = min(index + 1, bytes.count)
                count += 1
            }
            return (end, count)
        }
    }

    /// Where the line's comment begins. The prefixes are looked for side by side, the n-th `;` with the n-th `#`: the first
    /// round in which one of the two follows white space decides, so `a#b #c ;d` is `a#b #c`.
    private func commentStart(_ line: Text) -> Int? {
        let bytes = line.bytes
        let first = line.strippedLeft.bytes.first
        if first == ASCII.hash || first == ASCII.semicolon { return bytes.startIndex }
        var semicolon = line.index(of: ASCII.semicolon)
        var hash = line.index(of: ASCII.hash)
        while semicolon != nil || hash != nil {
            var found: Int?
            if let index = semicolon {
                if Text.isSpace(line.scalar(before: index).value) { found = index }
                semicolon = line.index(of: ASCII.semicolon, from: index + 1)
            }
            if let index = hash {
                if Text.isSpace(line.scalar(before: index).value) { found = min(found ?? index, index) }
                hash = line.index(of: ASCII.hash, from: index + 1)
            }
            if let found { return found }
        }
        return nil
    }

    /// `[name]`, and whatever follows the last bracket.
    private func sectionName(_ content: Text) -> Text? {
        let bytes = content.bytes
        guard bytes.first == ASCII.openBracket, let close = bytes.lastIndex(of: ASCII.closeBracket) else { return nil }
        let start = bytes.startIndex + 1
        return close > start ? Text(bytes[start..<close]) : nil
    }

    private func enter(_ header: Text, at offset: Int) {
        hasSection = true
        let origin = Origin(file: file, offset: offset)
        isSkipping = document.skips(header)
        if isSkipping { return }
        if document.section(header) != nil { document.repetitions.append((header, origin)) }
        section = header.is("DEFAULT") ? nil : document.addSection(header, header: origin)
    }

    private func readOption(_ content: Text, _ line: Text, _ number: Int) {
        let bytes = content.bytes
        guard let delimiter = bytes.firstIndex(where: { $0 == ASCII.equals || $0 == ASCII.colon }) else {
            addBadLine(line, number, at: bytes.startIndex)
            return
        }
        finishOption()
        let key = Text(bytes[..<delimiter]).strippedRight
        if key.isEmpty {
            addBadLine(line, number, at: bytes.startIndex)
            return
        }
        if isSkipping {
            option = Option(position: nil)
            return
        }
        let value = Text(bytes[(delimiter + 1)...]).stripped
        let entry = DocumentEntry(
            key: document.number(of: key.lowercased), value: value,
            origin: Origin(file: file, offset: value.bytes.startIndex),
            keyOffset: Int32(clamping: bytes.startIndex), isVerbatim: true)
        option = Option(position: document.set(entry, in: section), first: value)
    }

    private func finishOption() {
        guard let done = option else { return }
        option = nil
        guard let position = done.position else { return }
        if done.others.isEmpty {
            document.finishValue(done.first, isVerbatim: true, in: section, at: position)
            return
        }
        var value = [UInt8](done.first.bytes)
        for line in done.others {
            value.append(ASCII.newline)
            value += line.bytes
        }
        document.finishValue(Text(value).strippedRight, isVerbatim: false, in: section, at: position)
    }
}

extension DocumentReader {
    private func addBadLine(_ line: Text, _ number: Int, at offset: Int) {
        if badLineCount == 0 { firstBadOffset = offset }
        badLineCount += 1
        if badLines.count < Self.mostBadLines { badLines.append((number, line)) }
    }

    private func reportBadLines() {
        guard badLineCount > 0 else { return }
        var sentence: [UInt8] = []
        sentence += Text.joined("Source contains parsing errors: ", name.quoted).bytes
        for (number, line) in badLines {
            let padding: Text = number < 10 ? " " : ""
            sentence += Text.joined("\n\t[line ", padding, Text(number), "]: ", line.quoted).bytes
        }
        var lines = Text(badLines.first?.number ?? 0)
        for (number, _) in badLines.dropFirst().prefix(Self.mostShownLines - 1) {
            lines = .joined(lines, ", ", Text(number))
        }
        if badLineCount > Self.mostShownLines { lines = .joined(lines, ", ...") }
        problems.append(
            Problem(
                sentence: Text(sentence),
                plain: badLineCount == 1
                    ? .joined("line ", lines, " of ", name.quoted, " is neither [section] nor key=value")
                    : .joined("lines ", lines, " of ", name.quoted, " are neither [section] nor key=value"),
                origin: Origin(file: file, offset: firstBadOffset),
                advice: "Write key=value; indent a line to continue the value before it; begin a comment with ; or #."))
    }

    private func reportMissingHeader(_ line: Text, _ number: Int, at offset: Int) {
        guard !hasMissingHeader else { return }
        hasMissingHeader = true
        let sentence = Text.joined(
            "File contains no section headers.\nfile: ", name.quoted, ", line: ", Text(number), "\n", line.quoted)
        let isMark = line.hasPrefix("\u{FEFF}")
        problems.append(
            Problem(
                sentence: sentence,
                plain: .joined("line ", Text(number), " of ", name.quoted, " stands before the first [section]"),
                origin: Origin(file: file, offset: offset),
                advice: isMark
                    ? "Save the file without a byte order mark."
                    : "Put a section such as [program:web] above this line."))
        // What follows a byte order mark is still worth reading.
        if isMark, let header = sectionName(line.dropFirst(3).stripped) { enter(header, at: offset + 3) }
    }

    private func reportDecoding(_ problem: UTF8Problem) {
        decodingProblem = nil
        problems.append(
            Problem(
                sentence: problem.sentence, plain: .joined(name.quoted, " is not UTF-8"),
                origin: Origin(file: file, offset: problem.offset),
                advice: "Save the file as UTF-8."))
    }
}
