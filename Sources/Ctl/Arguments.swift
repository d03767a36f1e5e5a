/// The arguments of an action that has options, which may be anywhere among its names.
struct Arguments {
    struct Option: Sendable {
        /// `-n`; empty if there is only the long form.
        let short: StaticString
        /// `--lines`.
        let long: StaticString
        let takesValue: Bool
        /// `--watch` and `--watch=5`, but not `--watch 5`.
        let mayHaveValue: Bool

        init(_ short: StaticString, _ long: StaticString, takesValue: Bool = false, mayHaveValue: Bool = false) {
            self.short = short
            self.long = long
            self.takesValue = takesValue
            self.mayHaveValue = mayHaveValue
        }
    }

    /// The error in the arguments.
    struct UsageError: Error {
        var sentence: OutputText
    }

    /// The arguments that are not options.
    private(set) var names: [[UInt8]] = []
    private var given: [(option: Option, value: [UInt8])] = []

    init(names: [[UInt8]]) { self.names = names }

    /// `-n 5`, `-n5`, `--lines 5` and `--lines=5` are the same; after `--` everything is a name.
    init(_ words: [[UInt8]], _ options: [Option]) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word.equals("--") {
                names += rest
                return
            }
            guard word.count > 1, word.first == UInt8(ascii: "-") else {
                names.append(word)
                continue
            }
            var (name, value): ([UInt8], [UInt8]?) = (word, nil)
            if word.starts(with: "--"), let equals = word.firstIndex(of: UInt8(ascii: "=")) {
                (name, value) = (Array(word[..<equals]), Array(word[(equals + 1)...]))
            } else if !word.starts(with: "--"), word.count > 2 {
                (name, value) = (Array(word[..<2]), Array(word[2...]))
            }
            let known = options.first { name.equals($0.long) || name.equals($0.short) }
            guard let option = known, option.takesValue || option.mayHaveValue || value == nil else {
                var names: [[UInt8]] = []
                for option in options { names.append(OutputText("\(option.long)").bytes) }
                throw UsageError(sentence: "Error: unknown option \(word)\(Session.hint(for: name, among: names))")
            }
            if option.takesValue, value == nil { value = rest.popFirst() }
            guard let value = option.takesValue ? value : value ?? [] else {
                throw UsageError(sentence: "Error: \(option.long) needs a value")
            }
            given.append((option, value))
        }
    }

    func has(_ long: StaticString) -> Bool { value(of: long) != nil }

    /// The last value of a repeated option counts; empty for one without a value.
    func value(of long: StaticString) -> [UInt8]? {
        let long: OutputText = "\(long)"
        return given.last { long.bytes.equals($0.option.long) }?.value
    }

    /// A number without a sign; nil for anything else.
    ///
    /// - Parameter most: where it saturates; at most 2^58.
    static func number(_ digits: some Collection<UInt8>, most: Int = 1_000_000_000) -> Int? {
        guard !digits.isEmpty else { return nil }
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = min(value * 10 + Int(digit - UInt8(ascii: "0")), most)
        }
        return value
    }
}
