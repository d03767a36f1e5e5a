/// Splits arguments into options and the rest, like getopt: at the first word that isn't an option, or after `--`.
///
/// - Source: Python's `getopt.getopt`, whose error texts supervisord shows.
struct OptionScanner {
    struct Option: Equatable {
        /// With its dashes, in full: `-c`, `--configuration`.
        var name: String
        var value: Text?
    }

    struct Scan {
        var options: [Option] = []
        /// What follows the options, without `--`.
        var rest: ArraySlice<Text> = []
        /// `--` ended the options.
        var sawSeparator = false
    }

    /// getopt's sentence about the error.
    struct ScanError: Error {
        var sentence: String
        /// The option that was probably meant: `--check`.
        var suggestion: String?
    }

    /// Letters, each followed by `:` when it takes a value.
    var short: String
    /// Names, each followed by `=` when it takes a value.
    var long: [String]
    /// Names without a value that can't be abbreviated, so that abbreviations of others stay unique.
    var exact: [String] = []
    /// The same, with a value that may be left out.
    var optional: [String] = []

    func scan(_ arguments: [Text]) throws(ScanError) -> Scan {
        var result = Scan()
        var next = arguments[...]
        while let word = next.first, word.count > 1, word.bytes.first == ASCII.minus {
            next = next.dropFirst()
            if word == "--" {
                result.sawSeparator = true
                break
            }
            if word.hasPrefix("--") {
                try scanLong(word.dropFirst(2), &next, &result)
            } else {
                try scanShort(word.dropFirst(1), &next, &result)
            }
        }
        result.rest = next
        return result
    }

    private func scanLong(
        _ word: Text, _ next: inout ArraySlice<Text>, _ result: inout Scan
    ) throws(ScanError) {
        var name = word
        var value: Text?
        if let equals = word.bytes.firstIndex(of: ASCII.equals) {
            name = Text(word.bytes[..<equals])
            value = Text(word.bytes[(equals + 1)...])
        }
        if optional.contains(where: { Text($0) == name }) {
            result.options.append(Option(name: "--\(name.string)", value: value))
            return
        }
        let (full, takesValue) = try complete(name)
        if takesValue {
            if value == nil {
                guard let following = next.first else {
                    throw ScanError(sentence: "option --\(full) requires argument")
                }
                value = following
                next = next.dropFirst()
            }
        } else if value != nil {
            throw ScanError(sentence: "option --\(full) must not have an argument")
        }
        result.options.append(Option(name: "--\(full)", value: value))
    }

    /// A unique prefix of a name is enough.
    private func complete(_ name: Text) throws(ScanError) -> (name: String, takesValue: Bool) {
        for candidate in exact where Text(candidate) == name { return (candidate, false) }
        var candidates: [String] = []
        for candidate in long {
            let bytes = Text(candidate)
            if bytes == name { return (candidate, false) }
            if bytes == Text(name.bytes + [ASCII.equals]) { return (name.string, true) }
            if bytes.bytes.starts(with: name.bytes) { candidates.append(candidate) }
        }
        guard let first = candidates.first else {
            throw ScanError(sentence: "option --\(name.string) not recognized", suggestion: closest(to: name))
        }
        if candidates.count > 1 { throw ScanError(sentence: "option --\(name.string) not a unique prefix") }
        let bytes = first.bytes
        return bytes.last == ASCII.equals ? (Text(bytes.dropLast()).string, true) : (first, false)
    }

    private func closest(to name: Text) -> String? {
        var names: [Text] = []
        for candidate in exact + optional { names.append(Text(candidate)) }
        for candidate in long {
            let bytes = candidate.bytes
            names.append(Text(bytes.last == ASCII.equals ? bytes.dropLast() : bytes[...]))
        }
        // `--dump_config` for `--dump-config`.
        return Suggestion.closest(to: name, among: names).map { "--\($0.string)" }
    }

    private func scanShort(
        _ letters: Text, _ next: inout ArraySlice<Text>, _ result: inout Scan
    ) throws(ScanError) {
        var rest = letters
        while !rest.isEmpty {
            let (_, length) = rest.scalar(at: rest.bytes.startIndex)
            let letter = Text(rest.bytes.prefix(length))
            rest = rest.dropFirst(length)
            guard let takesValue = shortTakesValue(letter) else {
                throw ScanError(sentence: "option -\(letter.string) not recognized")
            }
            if !takesValue {
                result.options.append(Option(name: "-\(letter.string)", value: nil))
                continue
            }
            if !rest.isEmpty {
                result.options.append(Option(name: "-\(letter.string)", value: rest))
                return
            }
            guard let following = next.first else {
                throw ScanError(sentence: "option -\(letter.string) requires argument")
            }
            next = next.dropFirst()
            result.options.append(Option(name: "-\(letter.string)", value: following))
        }
    }

    /// nil: there is no such option.
    private func shortTakesValue(_ letter: Text) -> Bool? {
        guard letter.count == 1, letter.bytes.first != ASCII.colon else { return nil }
        let known = short.bytes
        guard let index = known.firstIndex(of: letter.bytes.first ?? 0) else { return nil }
        return index + 1 < known.count && known[index + 1] == ASCII.colon
    }
}
