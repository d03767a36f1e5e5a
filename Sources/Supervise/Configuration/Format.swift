/// Python's `%` formatting of a text with a dictionary, which expands every value of the configuration.
final class Format {
    enum Failure: Error {
        /// A name that isn't there, and where its `%` stands.
        case unknownName(Text, at: Int)
        /// Python's words for what is wrong.
        case malformed(Text, at: Int)
    }

    /// A value that expands to more than this is refused: nothing that is passed to a program can be larger.
    static let largestResult = 1 << 20

    private let text: Text
    private let scope: Scope
    private let globalsFirst: Bool
    private var index: Int
    private var result: [UInt8] = []
    /// Whether an argument is left for a conversion without a name of its own.
    private var argument: Argument = .dictionary

    private enum Argument {
        case dictionary
        case value(Scope.Substitute)
        case used
    }

    /// One `%` and what stands between it and the letter.
    private struct Directive {
        var start: Int
        var isLeft = false
        var hasSign = false
        var hasBlank = false
        var isAlternate = false
        var isZeroFilled = false
        var width = -1
        var precision = -1
        var letter: UInt32 = 0
        var letterIndex = 0
    }

    /// - Parameter globalsFirst: the order of the dictionary that a bare `%s` shows.
    static func expand(_ text: Text, _ scope: Scope, globalsFirst: Bool = true) throws(Failure) -> Text {
        guard text.contains(ASCII.percent) else { return text }
        let format = Format(text: text, scope: scope, globalsFirst: globalsFirst)
        return try format.run()
    }

    private init(text: Text, scope: Scope, globalsFirst: Bool) {
        self.text = text
        self.scope = scope
        self.globalsFirst = globalsFirst
        index = text.bytes.startIndex
    }

    private func run() throws(Failure) -> Text {
        while index < text.bytes.endIndex {
            let rest = text.bytes[index...]
            guard let percent = rest.firstIndex(of: ASCII.percent) else {
                result += rest
                break
            }
            result += text.bytes[index..<percent]
            index = percent + 1
            if index < text.bytes.endIndex, text.bytes[index] == ASCII.percent {
                result.append(ASCII.percent)
                index += 1
            } else {
                let conversion = try parse(from: percent)
                try convert(conversion)
            }
            if result.count > Self.largestResult { throw .malformed("the result is too long", at: percent) }
        }
        return Text(result)
    }

    private func parse(from percent: Int) throws(Failure) -> Directive {
        var conversion = Directive(start: percent)
        if index < text.bytes.endIndex, text.bytes[index] == ASCII.open {
            try parseName(percent)
        }
        var current = next()
        flags: while let letter = current {
            switch letter {
            case 0x2D: conversion.isLeft = true
            case 0x2B: conversion.hasSign = true
            case 0x20: conversion.hasBlank = true
            case 0x23: conversion.isAlternate = true
            case 0x30: conversion.isZeroFilled = true
            default: break flags
            }
            current = next()
        }
        if current == 0x2A { try takeStar(percent) }
        conversion.width = try number(&current, or: -1, limit: Int.max, "width too big", percent)
        if current == 0x2E {
            current = next()
            if current == 0x2A { try takeStar(percent) }
            conversion.precision = try number(&current, or: 0, limit: Int(Int32.max), "precision too big", percent)
        }
        if current == 0x68 || current == 0x6C || current == 0x4C { current = next() }
        guard let letter = current else { throw .malformed("incomplete format", at: percent) }
        conversion.letter = letter
        conversion.letterIndex = index - Self.length(letter)
        return conversion
    }

    /// The scalar at the cursor, which moves behind it.
    private func next() -> UInt32? {
        guard index < text.bytes.endIndex else { return nil }
        let (value, length) = text.scalar(at: index)
        index += length
        return value
    }

    private static func length(_ scalar: UInt32) -> Int {
        scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
    }

    private func parseName(_ percent: Int) throws(Failure) {
        index += 1
        let start = index
        var depth = 1
        while index < text.bytes.endIndex, depth > 0 {
            if text.bytes[index] == ASCII.close { depth -= 1 }
            if text.bytes[index] == ASCII.open { depth += 1 }
            index += 1
        }
        if depth > 0 { throw .malformed("incomplete format key", at: percent) }
        let name = Text(text.bytes[start..<(index - 1)])
        guard let value = scope[name] ?? scope.fallback(name) else { throw .unknownName(name, at: percent) }
        argument = .value(value)
    }

    /// `*` takes an argument, and none of those here is one that it wants.
    private func takeStar(_ percent: Int) throws(Failure) {
        switch argument {
        case .used: throw .malformed("not enough arguments for format string", at: percent)
        case .value(.number): throw .malformed("not enough arguments for format string", at: percent)
        case .dictionary, .value(.text): throw .malformed("* wants int", at: percent)
        }
    }

    private func number(
        _ current: inout UInt32?, or absent: Int, limit: Int, _ complaint: Text, _ percent: Int
    ) throws(Failure) -> Int {
        guard let first = current, (0x30...0x39).contains(first) else { return absent }
        var number = 0
        while let digit = current, (0x30...0x39).contains(digit) {
            let value = Int(digit - 0x30)
            if number > (limit - value) / 10 { throw .malformed(complaint, at: percent) }
            number = number * 10 + value
            current = next()
        }
        return number
    }

    private func convert(_ conversion: Directive) throws(Failure) {
        let percent = conversion.start
        let value: Scope.Substitute?
        switch argument {
        case .used: throw .malformed("not enough arguments for format string", at: percent)
        case .dictionary: value = nil
        case .value(let substitute): value = substitute
        }
        guard let letter = UInt8(exactly: conversion.letter), letter != ASCII.percent else {
            throw unsupported(conversion)
        }
        switch letter {
        case UInt8(ascii: "s"), UInt8(ascii: "r"), UInt8(ascii: "a"):
            let shown: Text
            switch value {
            case nil: shown = scope.dictionary(globalsFirst: globalsFirst)
            case .text(let text): shown = letter == UInt8(ascii: "s") ? text : text.quoted
            case .number(let number): shown = Text(number)
            }
            try pad(cut(shown, to: conversion.precision), conversion, percent)
        case UInt8(ascii: "d"), UInt8(ascii: "i"), UInt8(ascii: "u"), UInt8(ascii: "o"), UInt8(ascii: "x"),
            UInt8(ascii: "X"):
            guard case .number(let number) = value else {
                let isDecimal = letter != UInt8(ascii: "o") && letter | 0x20 != UInt8(ascii: "x")
                throw .malformed(
                    .joined(
                        "%", Text([letter]), " format: ", isDecimal ? "a real number" : "an integer",
                        " is required, not ", value == nil ? "dict" : "str"), at: percent)
            }
            try padNumber(number, letter, conversion, percent)
        case UInt8(ascii: "f"), UInt8(ascii: "F"):
            guard case .number(let number) = value else {
                throw .malformed(.joined("must be real number, not ", value == nil ? "dict" : "str"), at: percent)
            }
            try padFixed(number, conversion, percent)
        case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "g"), UInt8(ascii: "G"):
            // Exponents make no name of a process: only what can't be a number is told apart.
            if case .number = value { throw unsupported(conversion) }
            throw .malformed(.joined("must be real number, not ", value == nil ? "dict" : "str"), at: percent)
        case UInt8(ascii: "c"):
            try pad(try character(value, percent), conversion, percent)
        default:
            throw unsupported(conversion)
        }
        argument = .used
    }

    private func unsupported(_ conversion: Directive) -> Failure {
        let letter = conversion.letter
        let shown = (31..<127).contains(letter) ? UInt8(truncatingIfNeeded: letter) : UInt8(ascii: "?")
        var digits: [UInt8] = []
        var rest = letter
        repeat {
            digits.insert(Hexadecimal.digit(UInt8(truncatingIfNeeded: rest)), at: 0)
            rest >>= 4
        } while rest > 0
        let position = Text(text.bytes[..<max(conversion.letterIndex, text.bytes.startIndex)]).scalarCount
        return .malformed(
            .joined(
                "unsupported format character '", Text([shown]), "' (0x", Text(digits), ") at index ", Text(position)),
            at: conversion.start)
    }

    private func character(_ value: Scope.Substitute?, _ percent: Int) throws(Failure) -> Text {
        switch value {
        case .number(let number):
            guard (0..<0x110000).contains(number) else {
                throw .malformed("%c arg not in range(0x110000)", at: percent)
            }
            var bytes: [UInt8] = []
            Text.append((0xD800..<0xE000).contains(number) ? 0xFFFD : UInt32(number), to: &bytes)
            return Text(bytes)
        case .text(let text) where text.scalarCount == 1: return text
        case .text, nil: throw .malformed("%c requires int or char", at: percent)
        }
    }

    private func cut(_ text: Text, to precision: Int) -> Text {
        guard precision >= 0, text.count > precision else { return text }
        var end = text.bytes.startIndex
        var left = precision
        while left > 0, end < text.bytes.endIndex {
            end += text.scalar(at: end).length
            left -= 1
        }
        return Text(text.bytes[..<end])
    }

    private func pad(_ shown: Text, _ conversion: Directive, _ percent: Int) throws(Failure) {
        let missing = conversion.width - shown.scalarCount
        if missing > Self.largestResult { throw .malformed("the result is too long", at: percent) }
        if missing > 0, !conversion.isLeft { result.append(contentsOf: repeatElement(ASCII.space, count: missing)) }
        result += shown.bytes
        if missing > 0, conversion.isLeft { result.append(contentsOf: repeatElement(ASCII.space, count: missing)) }
    }

    private func padNumber(
        _ number: Int, _ letter: UInt8, _ conversion: Directive, _ percent: Int
    ) throws(Failure) {
        let radix = letter == UInt8(ascii: "o") ? 8 : letter | 0x20 == UInt8(ascii: "x") ? 16 : 10
        var digits = String(number.magnitude, radix: radix, uppercase: letter == UInt8(ascii: "X")).bytes
        var prefix: [UInt8] = []
        if number < 0 {
            prefix = [ASCII.minus]
        } else if conversion.hasSign {
            prefix = [ASCII.plus]
        } else if conversion.hasBlank {
            prefix = [ASCII.space]
        }
        if conversion.isAlternate, radix != 10 { prefix += [ASCII.zero, letter] }
        var zeros = conversion.precision - digits.count
        if conversion.isZeroFilled, !conversion.isLeft {
            zeros = max(zeros, conversion.width - digits.count - prefix.count)
        }
        if zeros > Self.largestResult { throw .malformed("the result is too long", at: percent) }
        if zeros > 0 { digits.insert(contentsOf: repeatElement(ASCII.zero, count: zeros), at: 0) }
        try pad(Text(prefix + digits), conversion, percent)
    }

    private func padFixed(_ number: Int, _ conversion: Directive, _ percent: Int) throws(Failure) {
        var plain = conversion
        plain.precision = -1
        plain.isAlternate = false
        let decimals = conversion.precision < 0 ? 6 : conversion.precision
        if decimals > Self.largestResult { throw .malformed("the result is too long", at: percent) }
        var tail: [UInt8] = decimals > 0 || conversion.isAlternate ? [ASCII.dot] : []
        tail.append(contentsOf: repeatElement(ASCII.zero, count: decimals))
        let format = Format(text: text, scope: scope, globalsFirst: globalsFirst)
        plain.width = max(-1, conversion.width - tail.count)
        plain.isLeft = conversion.isLeft
        if conversion.isLeft { plain.width = -1 }
        try format.padNumber(number, UInt8(ascii: "d"), plain, percent)
        try pad(Text(format.result + tail), conversion, percent)
    }
}
