/// A place in a configuration file.
public struct SourcePlace: Equatable, Sendable {
    public var file: String
    /// From 1.
    public var line: Int
    /// In characters, from 1.
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`.
    public var description: String { "\(file):\(line):\(column)" }
}

/// Everything that is wrong with a configuration, in the order in which supervisord would meet it.
public struct ConfigurationError: Error, Equatable, Sendable {
    public struct Problem: Equatable, Sendable {
        /// supervisord's sentence, to the letter.
        public var sentence: String
        /// nil where the problem is with the file as a whole.
        public var place: SourcePlace?
        /// The line at `place`, at most 200 characters of it.
        public var sourceLine: String
        /// What to do about it, in one line.
        public var advice: String

        public init(sentence: String, place: SourcePlace?, sourceLine: String, advice: String) {
            self.sentence = sentence
            self.place = place
            self.sourceLine = sourceLine
            self.advice = advice
        }
    }

    /// At least one, at most `mostProblems`.
    public var problems: [Problem]
    /// Problems beyond `mostProblems`.
    public var omitted: Int

    /// Enough for a person; a file that isn't a configuration at all has one per line.
    public static let mostProblems = 100

    public init(problems: [Problem], omitted: Int = 0) {
        self.problems = problems
        self.omitted = omitted
    }

    /// There is no memory to run so many processes.
    public static func memory(_ processes: Int) -> ConfigurationError {
        let sentence = "there is not enough memory to run \(processes) processes"
        return ConfigurationError(
            problems: [Problem(sentence: sentence, place: nil, sourceLine: "", advice: Interpreter.memoryAdvice)])
    }

    /// The first problem's sentence: what supervisord prints after `Error: `.
    public var text: String { problems.first?.sentence ?? "" }

    /// All problems for a person, without control characters of names and lines: for each the sentence, `file:line:column`, the line, a caret and what to do.
    public var report: String {
        var report = ""
        for problem in problems {
            report += "Error: \(problem.sentence.sentenceLines)\n"
            if let place = problem.place {
                report += "  \(place.description.oneLine)\n"
                if !problem.sourceLine.isEmpty {
                    report += "    \(problem.sourceLine.oneLine)\n    \(Self.caret(under: problem))\n"
                }
            }
            if !problem.advice.isEmpty { report += "  \(problem.advice.oneLine)\n" }
        }
        if omitted > 0 { report += "... and \(omitted) more\n" }
        return report
    }

    /// The report as the text of a fault: it begins with supervisord's sentence, which clients look for, and goes on
    /// with the place and the advice.
    public var faultText: String {
        let report = report.bytes.dropFirst("Error: ".utf8.count)
        return String(decoding: report.last == ASCII.newline ? report.dropLast() : report, as: UTF8.self)
    }

    /// Spaces, and tabs where the line has tabs, so that the caret stands under its character.
    private static func caret(under problem: Problem) -> String {
        var padding: [UInt8] = []
        let wanted = (problem.place?.column ?? 1) - 1
        for byte in problem.sourceLine.bytes where byte & 0xC0 != 0x80 {
            if padding.count >= wanted { break }
            padding.append(byte == ASCII.tab ? ASCII.tab : ASCII.space)
        }
        padding.append(UInt8(ascii: "^"))
        return String(decoding: padding, as: UTF8.self)
    }
}

/// Something that is worth saying to who asks for a check, and not at each start.
public struct Finding: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case warning
        /// Nothing is wrong.
        case note
    }

    public var kind: Kind
    /// One line, with the place.
    public var text: String

    public init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    /// `warning: text`.
    public var line: String {
        switch kind {
        case .warning: "warning: \(text)"
        case .note: "note: \(text)"
        }
    }
}

/// Something that supervisord says nothing about and that is probably a mistake: an unknown key, an unknown section.
public struct Remark: Equatable, Sendable {
    public var place: SourcePlace
    /// One line, without the place.
    public var text: String

    public init(place: SourcePlace, text: String) {
        self.place = place
        self.text = text
    }

    /// `file:line:column: text`.
    public var description: String { "\(place.description): \(text)" }
}
