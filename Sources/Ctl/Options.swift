import Kernel
import Supervise

/// The command line, as supervisorctl's getopt reads it: options first, then the action.
struct Options {
    var configuration: [UInt8]?
    var isInteractive = false
    var serverURL: [UInt8]?
    var username: [UInt8]?
    var password: [UInt8]?
    var historyFile: [UInt8]?
    var wantsHelp = false
    var wantsVersion = false
    /// The action and its arguments.
    var words: [[UInt8]] = []

    /// The error in the command line.
    struct UsageError: Error {
        var text: OutputText
        /// The option that was probably meant: `--serverurl`.
        var suggestion: OutputText?
    }

    struct Option: Sendable {
        let short: UInt8
        let long: StaticString
        /// The name of its value in the help; nil for a flag.
        let value: StaticString?
        let text: StaticString
    }

    static let all: [Option] = [
        Option(
            short: UInt8(ascii: "c"), long: "configuration", value: "FILE", text: "read [supervisorctl] from this file"),
        Option(short: UInt8(ascii: "h"), long: "help", value: nil, text: "print this and exit"),
        Option(short: UInt8(ascii: "i"), long: "interactive", value: nil, text: "confirm shutdown and reload"),
        Option(
            short: UInt8(ascii: "s"), long: "serverurl", value: "URL",
            text: "the server to control: unix:///path/of/socket or http://host:port"),
        Option(
            short: UInt8(ascii: "u"), long: "username", value: "NAME", text: "for a server that asks for a password"),
        Option(
            short: UInt8(ascii: "p"), long: "password", value: "WORD", text: "for a server that asks for a password"),
        Option(short: UInt8(ascii: "r"), long: "history_file", value: "FILE", text: "keep the shell's history here"),
        Option(
            short: UInt8(ascii: "v"), long: "version", value: nil,
            text: "print the version, the commit and the features, and exit"),
    ]

    init(_ arguments: [[UInt8]]) throws(UsageError) {
        var rest = arguments[...]
        while let word = rest.first, word.count > 1, word.first == UInt8(ascii: "-") {
            rest.removeFirst()
            if word.equals("--") { break }
            if word.starts(with: "--") {
                try long(word.dropFirst(2), &rest)
            } else {
                try short(word.dropFirst(), &rest)
            }
        }
        words = Array(rest)
    }

    private mutating func short(_ letters: ArraySlice<UInt8>, _ rest: inout ArraySlice<[UInt8]>) throws(UsageError) {
        var letters = letters
        while let letter = letters.popFirst() {
            if letter == UInt8(ascii: "?") {
                wantsHelp = true
                continue
            }
            guard let option = Self.all.first(where: { $0.short == letter }) else {
                throw UsageError(text: "option -\([letter]) not recognized")
            }
            var value: [UInt8]?
            if option.value != nil {
                value = letters.isEmpty ? rest.popFirst() : Array(letters)
                letters = []
                if value == nil { throw UsageError(text: "option -\([letter]) requires argument") }
            }
            try set(option, value, spelt: OutputText([UInt8(ascii: "-"), letter]))
        }
    }

    private mutating func long(_ word: ArraySlice<UInt8>, _ rest: inout ArraySlice<[UInt8]>) throws(UsageError) {
        let parts = word.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        // supervisorctl's help says --history-file, its parser --history_file.
        let name = (parts.first ?? []).map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
        let spelt = OutputText(Array(parts.first ?? []))
        var candidates = Self.all.filter { $0.long.withUTF8Buffer { $0.starts(with: name) } }
        if let exact = candidates.first(where: { name.equals($0.long) }) { candidates = [exact] }
        guard let option = candidates.first else {
            throw UsageError(text: "option --\(spelt) not recognized", suggestion: Self.closest(to: name))
        }
        guard candidates.count == 1 else { throw UsageError(text: "option --\(spelt) not a unique prefix") }
        var value = parts.count > 1 ? Array(parts[1]) : nil
        if option.value == nil {
            if value != nil { throw UsageError(text: "option --\(option.long) must not have an argument") }
        } else if value == nil {
            value = rest.popFirst()
            if value == nil { throw UsageError(text: "option --\(option.long) requires argument") }
        }
        try set(option, value, spelt: "--\(option.long)")
    }

    /// - Parameter name: with underscores instead of dashes.
    private static func closest(to name: [UInt8]) -> OutputText? {
        var names: [[UInt8]] = []
        for option in all { names.append(OutputText("\(option.long)").bytes) }
        return Suggestion.closest(to: name, among: names).map { "--\($0)" }
    }

    private mutating func set(_ option: Option, _ value: [UInt8]?, spelt: OutputText) throws(UsageError) {
        let conflict = UsageError(text: "conflicting command line option \(spelt.quoted)")
        switch option.short {
        case UInt8(ascii: "c"):
            guard configuration == nil else { throw conflict }
            configuration = value
        case UInt8(ascii: "h"): wantsHelp = true
        case UInt8(ascii: "i"):
            guard !isInteractive else { throw conflict }
            isInteractive = true
        case UInt8(ascii: "s"):
            guard serverURL == nil else { throw conflict }
            guard let value, Self.isURL(value) else {
                let shown = OutputText(value ?? []).quoted
                throw UsageError(text: "invalid value for \(spelt) \(shown): value \(shown) is not a URL")
            }
            serverURL = value
        case UInt8(ascii: "u"):
            guard username == nil else { throw conflict }
            username = value
        case UInt8(ascii: "p"):
            guard password == nil else { throw conflict }
            password = value
        case UInt8(ascii: "r"):
            guard historyFile == nil else { throw conflict }
            historyFile = value
        case UInt8(ascii: "v"): wantsVersion = true
        default: break
        }
    }

    /// A scheme, a colon and something after it.
    static func isURL(_ value: [UInt8]) -> Bool {
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return false }
        for (index, byte) in value[..<colon].enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                if index == 0 { return false }
            default: return false
            }
        }
        let rest = value[(colon + 1)...]
        return rest.starts(with: "//".utf8) ? rest.count > 2 : !rest.isEmpty
    }
}
