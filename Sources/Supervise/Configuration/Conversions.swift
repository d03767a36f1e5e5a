/// supervisord's data types: from a value's text to what it means.
enum Conversion {
    static func integer(_ text: Text) throws(Complaint) -> Int { try Integer(text).value }

    static func boolean(_ text: Text) throws(Complaint) -> Bool {
        guard let value = truth(text.lowercased) else {
            throw Complaint(.joined("not a valid boolean value: ", text.quoted), "Write true or false.")
        }
        return value
    }

    /// nil for a word (in lower case) that is neither true nor false.
    private static func truth(_ word: Text) -> Bool? {
        if word.is("yes") || word.is("true") || word.is("on") || word.is("1") { return true }
        if word.is("no") || word.is("false") || word.is("off") || word.is("0") { return false }
        return nil
    }

    static func autoRestart(_ text: Text) throws(Complaint) -> AutoRestart {
        let word = text.lowercased
        if let truth = truth(word) { return truth ? .always : .never }
        if word.is("unexpected") { return .unexpected }
        throw Complaint(.joined("invalid 'autorestart' value ", word.quoted), "Write true, false or unexpected.")
    }

    /// Bytes, with KB, MB or GB in powers of 1024; saturates.
    static func byteSize(_ text: Text) throws(Complaint) -> Int {
        let word = text.lowercased
        var factor = 1
        var digits = word
        if word.hasSuffix("kb") { factor = 1 << 10 }
        if word.hasSuffix("mb") { factor = 1 << 20 }
        if word.hasSuffix("gb") { factor = 1 << 30 }
        if factor > 1 { digits = Text(word.bytes.dropLast(2)) }
        do throws(Complaint) {
            let value = try Integer(digits).value
            let (product, overflow) = value.multipliedReportingOverflow(by: factor)
            return overflow ? (value < 0 ? .min : .max) : product
        } catch {
            throw Complaint(
                error.sentence, plain: .joined(text.quoted, " is no size"),
                "Write a number of bytes, or one with KB, MB or GB: 50MB.")
        }
    }

    static func octal(_ text: Text) throws(Complaint) -> UInt32 {
        do throws(Complaint) {
            return UInt32(clamping: try Integer(text, base: 8).value)
        } catch {
            throw Complaint(
                .joined(text, " can not be converted to an octal type"),
                plain: .joined(text.quoted, " is no octal number"), "Write an octal number, such as 022.")
        }
    }

    static func exitCodes(_ text: Text) throws(Complaint) -> [Int] {
        if text.isEmpty { return [] }
        var codes: [Int] = []
        for part in text.split(by: ASCII.comma) {
            guard let code = try? Integer(part).value, (0...255).contains(code) else {
                throw Complaint(
                    .joined("not a valid list of exit codes: ", text.quoted), "Write numbers from 0 to 255: 0,2.")
            }
            codes.append(code)
        }
        return codes
    }

    static func strings(_ text: Text) -> [Text] {
        if text.isEmpty { return [] }
        var strings: [Text] = []
        for part in text.split(by: ASCII.comma) { strings.append(part.stripped) }
        return strings
    }

    /// The name of a program, process or group, without white space around it.
    static func name(_ text: Text) throws(Complaint) -> Text {
        let name = text.stripped
        for byte in [ASCII.space, ASCII.colon, ASCII.slash] where name.contains(byte) {
            throw Complaint(
                .joined("Invalid name: ", text.quoted, " because of character: ", Text([byte]).quoted),
                "Use letters, digits, - and _.")
        }
        return name
    }

    static func logLevel(_ text: Text) throws(Complaint) -> LogLevel {
        let word = text.lowercased
        let levels: [LogLevel] = [.critical, .error, .warn, .info, .debug, .trace, .blather]
        for level in levels where word.is(level.name) { return level }
        throw Complaint(
            .joined("bad logging level name ", text.quoted),
            "Write critical, error, warn, info, debug, trace or blather.")
    }

    /// A number or a name, with or without `SIG`; Python's constants for handlers and masks are numbers too.
    static func signal(_ text: Text) throws(Complaint) -> Signal {
        let advice = "Write a signal's name, such as TERM, or its number."
        if let number = try? Integer(text).value {
            guard (0...31).contains(number) || number == 34 || number == 64 else {
                throw Complaint(.joined("value ", text.quoted, " is not a valid signal number"), advice)
            }
            return Signal(number: Int32(truncatingIfNeeded: number))
        }
        let word = text.stripped.uppercased
        let name = word.hasPrefix("SIG") ? word.dropFirst(3) : word
        if name.is("_DFL") || name.is("_BLOCK") { return Signal(number: 0) }
        if name.is("_IGN") || name.is("_UNBLOCK") { return Signal(number: 1) }
        if name.is("_SETMASK") { return Signal(number: 2) }
        guard let signal = Signal(name: "SIG\(name.string)") else {
            throw Complaint(.joined("value ", text.quoted, " is not a valid signal name"), advice)
        }
        return signal
    }

    /// More than anybody needs: a program that ignores three won't heed a ninth.
    static let mostSignals = 8

    /// One signal, or several that are sent one after the other.
    static func signals(_ text: Text, _ name: StaticString) throws(Complaint) -> KeyValue {
        let words = text.words
        guard words.count > 1 else { return .signal(try signal(text)) }
        guard words.count <= mostSignals else {
            throw Complaint(
                .joined("too many signals in ", Text(stringLiteral: name)), "Write at most \(mostSignals) signals.")
        }
        var signals: [Signal] = []
        for word in words {
            let signal = try signal(word)
            guard signal != .kill, signal.number != 0 else {
                throw Complaint(
                    .joined(word.quoted, " can't be one of several signals in ", Text(stringLiteral: name)),
                    signal == .kill ? "Leave it out: SIGKILL comes last anyway." : "Name signals that end the program.")
            }
            signals.append(signal)
        }
        return .signals(signals)
    }

    static func mildSignal(_ text: Text, _ name: StaticString) throws(Complaint) -> Signal {
        let signal = try signal(text)
        if signal != .kill, signal.number != 0 { return signal }
        throw Complaint(
            .joined("not a valid ", Text(stringLiteral: name), " value: ", text.quoted),
            "Name a signal that the program handles, such as HUP.")
    }

    static func port(_ text: Text) throws(Complaint) -> Int {
        let advice = "Write a port from 1 to 65535."
        let number: Integer
        do throws(Complaint) {
            number = try Integer(text)
        } catch {
            throw Complaint(error.sentence, plain: .joined(text.quoted, " is no port"), advice)
        }
        if number.value < 1 { throw Complaint(.joined(number.text, " is below lower bound (1)"), advice) }
        if number.value > 65535 { throw Complaint(.joined(number.text, " is above upper bound (65535)"), advice) }
        return number.value
    }

    /// `host:port`, `*:port` or `port`; an empty host is every interface.
    static func inetAddress(_ text: Text) throws(Complaint) -> (host: Text, port: Int) {
        guard let colon = text.bytes.lastIndex(of: ASCII.colon) else {
            guard let port = try? port(text) else {
                throw Complaint(
                    .joined("not a valid port number: ", text.quoted, " "), plain: .joined(text.quoted, " is no port"),
                    "Write host:port, or a port.")
            }
            return (.empty, port)
        }
        let number = Text(text.bytes[(colon + 1)...])
        if number.isEmpty {
            throw Complaint(
                "no port number specified in ''", plain: .joined(text.quoted, " has no port"),
                "Write host:port, such as 127.0.0.1:9001.")
        }
        let port = try port(number)
        let host = Text(text.bytes[..<colon]).lowercased
        return (host.is("*") ? .empty : host, port)
    }

    /// Values of a program's `environment=`: `KEY=value,KEY2="other value"`.
    static func environment(_ text: Text) throws(Complaint) -> [(name: Text, value: Text)] {
        let tokens = try EnvironmentLexer.tokens(of: text)
        var variables = NamedTexts()
        var index = 0
        while index < tokens.count {
            guard index + 2 < tokens.count, tokens[index + 1].is("=") else {
                throw Complaint(
                    .joined("Unexpected end of key/value pairs in value '", text, "'"),
                    "Write KEY=\"value\",KEY2=\"value\", with quotes around values.")
            }
            variables.set(tokens[index], EnvironmentLexer.withoutQuotes(tokens[index + 2]))
            // The fourth token is the comma, whatever it is.
            index += 4
        }
        return variables.pairs
    }
}
