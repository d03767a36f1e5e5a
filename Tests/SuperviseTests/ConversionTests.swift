import Testing

@testable import Supervise

/// supervisord's data types, compared with the results of 4.3.0.
@Suite struct ConversionTests {
    static let sizes: [(String, Int?, String?)] = [
        ("1", 1, nil),
        ("1KB", 1024, nil),
        ("1 kb", 1024, nil),
        ("10MB", 10_485_760, nil),
        ("1gB", 1_073_741_824, nil),
        (" 5 MB", 5_242_880, nil),
        ("50M", nil, "invalid literal for int() with base 10: '50m'"),
        ("KB", nil, "invalid literal for int() with base 10: ''"),
        ("1.5MB", nil, "invalid literal for int() with base 10: '1.5'"),
        ("", nil, "invalid literal for int() with base 10: ''"),
        ("-1KB", -1024, nil),
        ("1_0KB", 10240, nil),
        ("1KBKB", nil, "invalid literal for int() with base 10: '1kb'"),
        ("9999999999GB", Int.max, nil),
    ]

    @Test(arguments: Self.sizes)
    func sizesAreAsInPython(_ text: String, _ expected: Int?, _ sentence: String?) {
        expect(expected, sentence) { () throws(Complaint) in try Conversion.byteSize(Text(text)) }
    }

    static let environments: [(String, [[String]]?, String?)] = [
        ("", [], nil),
        ("A=b", [["A", "b"]], nil),
        ("A=\"b\"", [["A", "b"]], nil),
        ("A='b c',B=\"d,e\"", [["A", "b c"], ["B", "d,e"]], nil),
        ("A=b,", [["A", "b"]], nil),
        ("A=b,,", nil, "Unexpected end of key/value pairs in value 'A=b,,'"),
        ("A=hello world", [["A", "hello"]], nil),
        ("A=$HOME", [["A", "$"]], nil),
        ("A=http://h/?q=1", [["A", "http://h/"], ["q", "1"]], nil),
        ("A=1;B=2", [["A", "1"], ["B", "2"]], nil),
        ("A=b#c,D=e", [["A", "b"]], nil),
        ("A=b#c\nd", [["A", "bd"]], nil),
        ("A=b\"c d\"", [["A", "b\"c"]], nil),
        ("\"A\"=b", [["\"A\"", "b"]], nil),
        ("A==b", [["A", "="]], nil),
        ("A=é", [["A", "é"]], nil),
        ("A=\"é\"", [["A", "é"]], nil),
        ("A=a@b", nil, "Unexpected end of key/value pairs in value 'A=a@b'"),
        ("A = b , C = d", [["A", "b"], ["C", "d"]], nil),
        ("A=/.+-():", [["A", "/.+-():"]], nil),
        ("A=\"\"", [["A", ""]], nil),
        ("A='\"'", [["A", ""]], nil),
        ("A", nil, "Unexpected end of key/value pairs in value 'A'"),
        ("A=", nil, "Unexpected end of key/value pairs in value 'A='"),
        ("=", nil, "Unexpected end of key/value pairs in value '='"),
        ("A=b c=d", nil, "Unexpected end of key/value pairs in value 'A=b c=d'"),
        ("A=\"1\",A=\"2\"", [["A", "2"]], nil),
        ("A=\"b", nil, "No closing quotation"),
        ("#", [], nil),
        ("A=\\\"b", nil, "No closing quotation"),
        ("K=\"a=b;c\"", [["K", "a=b;c"]], nil),
        ("A=\"x\"y,B=z", nil, "Unexpected end of key/value pairs in value 'A=\"x\"y,B=z'"),
        ("A=it's,B=2", [["A", "it's"], ["B", "2"]], nil),
    ]

    @Test(arguments: Self.environments)
    func environmentsAreAsInPython(_ text: String, _ expected: [[String]]?, _ sentence: String?) {
        expect(expected, sentence) { () throws(Complaint) in
            try Conversion.environment(Text(text)).map { [$0.name.string, $0.value.string] }
        }
    }

    static let commands: [(String, [String]?, String?)] = [
        ("a", ["a"], nil),
        ("a b", ["a", "b"], nil),
        ("  a\t b\n", ["a", "b"], nil),
        ("a \"b c\" d", ["a", "b c", "d"], nil),
        ("a 'b c'", ["a", "b c"], nil),
        ("a\\ b", ["a b"], nil),
        ("a\"b\"c", ["abc"], nil),
        ("\"a\\\"b\"", ["a\"b"], nil),
        ("\"a\\b\"", ["a\\b"], nil),
        ("'a\\b'", ["a\\b"], nil),
        ("'it'\\''s'", ["it's"], nil),
        ("\"\"", [""], nil),
        ("a '' b", ["a", "", "b"], nil),
        ("a#b #c", ["a#b", "#c"], nil),
        ("\"", nil, "can't parse command '\"': No closing quotation"),
        ("'a", nil, "can't parse command \"'a\": No closing quotation"),
        ("a\\", nil, "can't parse command 'a\\\\': No escaped character"),
        ("a \"b\\", nil, "can't parse command 'a \"b\\\\': No escaped character"),
        ("", nil, "command is empty"),
        ("   ", nil, "command is empty"),
        ("é \"ü x\"", ["é", "ü x"], nil),
        ("a\\\nb", ["a\nb"], nil),
        ("a;b|c&d", ["a;b|c&d"], nil),
        ("$HOME ~", ["$HOME", "~"], nil),
        ("\u{b} a", ["\u{b}", "a"], nil),
        ("\"a\nb\"", ["a\nb"], nil),
        ("\\a", ["a"], nil),
        ("\"\\$x\"", ["\\$x"], nil),
    ]

    @Test(arguments: Self.commands)
    func commandsAreAsInPython(_ text: String, _ expected: [String]?, _ sentence: String?) {
        do throws(CommandWords.SplitError) {
            #expect(try CommandWords.split(text) == expected)
        } catch {
            #expect(error.text == sentence)
        }
    }

    static let signals: [(String, Int32?, String?)] = [
        ("TERM", 15, nil),
        ("SIGTERM", 15, nil),
        ("term", 15, nil),
        (" hup ", 1, nil),
        ("9", 9, nil),
        ("0", 0, nil),
        ("+9", 9, nil),
        ("34", 34, nil),
        ("64", 64, nil),
        ("RTMIN", 34, nil),
        ("RTMAX", 64, nil),
        ("STKFLT", 16, nil),
        ("CLD", 17, nil),
        ("POLL", 29, nil),
        ("IOT", 6, nil),
        ("SIG_DFL", 0, nil),
        ("_IGN", 1, nil),
        ("SIG", nil, "value 'SIG' is not a valid signal name"),
        ("", nil, "value '' is not a valid signal name"),
        ("SIGSIGTERM", nil, "value 'SIGSIGTERM' is not a valid signal name"),
        ("32", nil, "value '32' is not a valid signal number"),
        ("33", nil, "value '33' is not a valid signal number"),
        ("65", nil, "value '65' is not a valid signal number"),
        ("-1", nil, "value '-1' is not a valid signal number"),
        ("FOO", nil, "value 'FOO' is not a valid signal name"),
        ("1_5", 15, nil),
    ]

    @Test(arguments: Self.signals)
    func signalsAreAsInPython(_ text: String, _ expected: Int32?, _ sentence: String?) {
        expect(expected, sentence) { () throws(Complaint) in try Conversion.signal(Text(text)).number }
    }

    static let addresses: [(String, String?, String?)] = [
        ("9001", "|9001", nil),
        ("*:9001", "|9001", nil),
        ("127.0.0.1:9001", "127.0.0.1|9001", nil),
        ("localhost:", nil, "no port number specified in ''"),
        ("HOST:80", "host|80", nil),
        ("0", nil, "not a valid port number: '0' "),
        ("70000", nil, "not a valid port number: '70000' "),
        ("h:70000", nil, "70000 is above upper bound (65535)"),
        ("h:0", nil, "0 is below lower bound (1)"),
        ("abc", nil, "not a valid port number: 'abc' "),
        ("h:abc", nil, "invalid literal for int() with base 10: 'abc'"),
        ("[::1]:80", "[::1]|80", nil),
        (":80", "|80", nil),
        ("", nil, "not a valid port number: '' "),
        ("h:80:90", "h:80|90", nil),
        (" 80", "|80", nil),
    ]

    @Test(arguments: Self.addresses)
    func addressesAreAsInPython(_ text: String, _ expected: String?, _ sentence: String?) {
        expect(expected, sentence) { () throws(Complaint) in
            let (host, port) = try Conversion.inetAddress(Text(text))
            return "\(host.string)|\(port)"
        }
    }

    @Test(arguments: [
        ("supervisor.dispatchers:default_handler", true), ("supervisor.dispatchers : default_handler [x] ", true),
        ("supervisor.rpcinterface:make_main_rpcinterface", true), (" supervisor.dispatchers:default_handler", false),
        ("supervisor.dispatchers", false), ("supervisor_stdout:event_handler", false), ("", false), (":", false),
    ])
    func handlersThatShipAreKnown(_ specification: String, _ isKnown: Bool) {
        #expect((PythonObject.shipped(specification) == .builtIn) == isKnown)
    }

    private func expect<Value: Equatable>(
        _ expected: Value?, _ sentence: String?, _ convert: () throws(Complaint) -> Value
    ) {
        do throws(Complaint) {
            let value = try convert()
            #expect(value == expected)
        } catch {
            #expect(error.sentence.string == sentence)
        }
    }
}
