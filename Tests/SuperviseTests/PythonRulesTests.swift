import Testing

@testable import Supervise

/// Python's rules for text, compared with the results of CPython 3.11.
@Suite struct PythonRulesTests {
    enum Outcome: Equatable {
        case text(String)
        case unknown(String)
        case malformed(String)
    }

    static let formats: [(String, Outcome)] = [
        ("a", .text("a")),
        ("%%", .text("%")),
        ("%%%(here)s", .text("%/etc")),
        ("%(process_num)02d", .text("05")),
        ("%(process_num)s%%", .text("5%")),
        ("%(program_name)5.2s|", .text("   xy|")),
        ("%(program_name)-5s|", .text("xyz  |")),
        ("%(program_name)05s|", .text("  xyz|")),
        ("%(process_num)05d|", .text("00005|")),
        ("%(process_num)-5d|", .text("5    |")),
        ("%(process_num)+d", .text("+5")),
        ("% d", .malformed("%d format: a real number is required, not dict")),
        ("%(process_num) d", .text(" 5")),
        ("%(process_num)#x", .text("0x5")),
        ("%(process_num)#o", .text("0o5")),
        ("%(process_num).3d", .text("005")),
        ("%(process_num)08.3d", .text("00000005")),
        ("%(numprocs)x", .text("c")),
        ("%(numprocs)X", .text("C")),
        ("%(numprocs)#X", .text("0XC")),
        ("%(numprocs)o", .text("14")),
        ("%(process_num)f", .text("5.000000")),
        ("%(process_num).2f", .text("5.00")),
        ("%(process_num)08.1f", .text("000005.0")),
        ("%(numprocs)c", .text("\u{c}")),
        ("%(program_name)r", .text("'xyz'")),
        ("%(ENV_E)s", .text("é")),
        ("%(ENV_E)3s|", .text("  é|")),
        ("%(ENV_E)c", .text("é")),
        ("%(program_name)c", .malformed("%c requires int or char")),
        ("%(program_name)d", .malformed("%d format: a real number is required, not str")),
        ("%(program_name)x", .malformed("%x format: an integer is required, not str")),
        ("%(program_name)f", .malformed("must be real number, not str")),
        ("%(here)s%5%", .malformed("not enough arguments for format string")),
        ("%(here)g", .malformed("must be real number, not str")),
        ("%(program_name)%", .malformed("unsupported format character '%' (0x25) at index 15")),
        ("%5%", .malformed("unsupported format character '%' (0x25) at index 2")),
        ("%", .malformed("incomplete format")),
        ("x%", .malformed("incomplete format")),
        ("%(", .malformed("incomplete format key")),
        ("%(here", .malformed("incomplete format key")),
        ("%(here)", .malformed("incomplete format")),
        ("%(here)5", .malformed("incomplete format")),
        ("%(here)5.", .malformed("incomplete format")),
        ("%(nope)s", .unknown("nope")),
        ("%(a(b)c)s", .unknown("a(b)c")),
        ("%()s", .unknown("")),
        ("%(here)s%s", .malformed("not enough arguments for format string")),
        ("%*s", .malformed("* wants int")),
        ("%(here)*s", .malformed("* wants int")),
        ("%(here).*s", .malformed("* wants int")),
        ("%é", .malformed("unsupported format character '?' (0xe9) at index 1")),
        ("%z", .malformed("unsupported format character 'z' (0x7a) at index 1")),
        ("%(here)99999999999999999999s", .malformed("width too big")),
        ("%(here).99999999999s", .malformed("precision too big")),
        ("%(here)ls", .text("/etc")),
        ("%(here)lls", .malformed("unsupported format character 'l' (0x6c) at index 8")),
    ]

    /// Without an environment.
    private static var machine: FakeMachine {
        let machine = FakeMachine()
        machine.environment = []
        return machine
    }

    @Test(arguments: Self.formats)
    func formatsAreAsInPython(_ format: String, _ expected: Outcome) {
        let globals = Scope.Globals(Self.machine)
        globals.texts.set("ENV_E", "é")
        var scope = Scope(globals)
        scope.here = "/etc"
        scope.programName = "xyz"
        scope.processNumber = 5
        scope.processCount = 12
        let outcome: Outcome
        do throws(Format.Failure) {
            outcome = .text(try Format.expand(Text(format), scope).string)
        } catch {
            switch error {
            case .unknownName(let name, _): outcome = .unknown(name.string)
            case .malformed(let why, _): outcome = .malformed(why.string)
            }
        }
        #expect(outcome == expected)
    }

    @Test func formatsDoNotGrowWithoutBound() {
        var scope = Scope(Scope.Globals(Self.machine))
        scope.processNumber = 5
        for format in ["%(process_num)999999999s", "%(process_num).2000000000d", "%(process_num).2000000000f"] {
            #expect(throws: Format.Failure.self) { try Format.expand(Text(format), scope) }
        }
    }

    static let integers: [(String, String?, String?)] = [
        ("0", "0", nil),
        ("1", "1", nil),
        ("+5", "5", nil),
        ("-5", "-5", nil),
        (" 7 ", "7", nil),
        ("1_000", "1000", nil),
        ("007", "7", nil),
        ("0_0", "0", nil),
        ("", nil, "invalid literal for int() with base 10: ''"),
        ("-", nil, "invalid literal for int() with base 10: '-'"),
        ("+", nil, "invalid literal for int() with base 10: '+'"),
        ("1__0", nil, "invalid literal for int() with base 10: '1__0'"),
        ("_1", nil, "invalid literal for int() with base 10: '_1'"),
        ("1_", nil, "invalid literal for int() with base 10: '1_'"),
        ("1.5", nil, "invalid literal for int() with base 10: '1.5'"),
        ("0x10", nil, "invalid literal for int() with base 10: '0x10'"),
        ("abc", nil, "invalid literal for int() with base 10: 'abc'"),
        ("٣", "3", nil),
        ("９１", "91", nil),
        ("\u{a0}7\u{3000}", "7", nil),
        ("7\u{1c}", nil, "invalid literal for int() with base 10: '7\\x1c'"),
        ("é7", nil, "invalid literal for int() with base 10: 'é7'"),
        ("- 5", nil, "invalid literal for int() with base 10: '- 5'"),
        ("9223372036854775807", "9223372036854775807", nil),
        ("-9223372036854775808", "-9223372036854775808", nil),
        ("99999999999999999999", "99999999999999999999", nil),
        ("-99999999999999999999", "-99999999999999999999", nil),
        ("0000000000000000000000000000008", "8", nil),
    ]

    @Test(arguments: Self.integers)
    func integersAreAsInPython(_ text: String, _ expected: String?, _ sentence: String?) {
        do throws(Complaint) {
            let integer = try Integer(Text(text))
            #expect(integer.text.string == expected)
            let digits = expected ?? ""
            #expect(integer.value == Int(digits) ?? (digits.hasPrefix("-") ? .min : .max))
        } catch {
            #expect(error.sentence.string == sentence)
        }
    }

    @Test func integersOfTooManyDigitsAreRefused() {
        let digits = String(repeating: "1", count: 4301)
        #expect(throws: Complaint.self) { try Integer(Text(digits)) }
        #expect((try? Integer(Text(digits), base: 8).value) == .max)
    }

    static let octals: [(String, Int?)] = [
        ("022", 18),
        ("22", 18),
        ("0o22", 18),
        ("0O22", 18),
        ("0o_22", 18),
        ("0_22", 18),
        ("8", nil),
        ("0x1", nil),
        ("", nil),
        ("0o", nil),
        (" 7 ", 7),
        ("0b1", nil),
        ("777", 511),
        ("_7", nil),
        ("+7", 7),
    ]

    @Test(arguments: Self.octals)
    func octalsAreAsInPython(_ text: String, _ expected: Int?) {
        #expect((try? Integer(Text(text), base: 8).value) == expected)
    }

    static let quotes: [(String, String)] = [
        ("a", "'a'"),
        ("it's", "\"it's\""),
        ("\"", "'\"'"),
        ("'\"", "'\\'\"'"),
        ("\\", "'\\\\'"),
        ("\n\t\r", "'\\n\\t\\r'"),
        ("\u{0}\u{1f}\u{7f}", "'\\x00\\x1f\\x7f'"),
        ("é", "'é'"),
        ("\u{a0}­", "'\\xa0\\xad'"),
        ("\u{200b} ", "'\\u200b\\u2028'"),
        ("\u{feff}", "'\\ufeff'"),
        ("😀", "'😀'"),
        ("", "'\\ue000'"),
        ("󠀁", "'\\U000e0001'"),
        ("a\\n", "'a\\\\n'"),
    ]

    @Test(arguments: Self.quotes)
    func quotesAreAsInPython(_ text: String, _ expected: String) {
        #expect(Text(text).quoted.string == expected)
    }

    static let paths: [(String, String, String)] = [
        ("", ".", ""),
        (".", ".", ""),
        ("/", "/", "/"),
        ("//", "//", "//"),
        ("///", "/", "///"),
        ("//a", "//a", "//"),
        ("///a", "/a", "///"),
        ("a/", "a", "a"),
        ("a//b", "a/b", "a"),
        ("a/./b", "a/b", "a/."),
        ("a/../b", "b", "a/.."),
        ("../a", "../a", ".."),
        ("/../a", "/a", "/.."),
        ("a/..", ".", "a"),
        ("a/../..", "..", "a/.."),
        ("/a/b/../../..", "/", "/a/b/../.."),
        ("./", ".", "."),
        ("a/../../b", "../b", "a/../.."),
        ("/.", "/", "/"),
        ("//..", "//", "//"),
    ]

    @Test(arguments: Self.paths)
    func pathsAreAsInPython(_ path: String, _ normalized: String, _ directory: String) {
        #expect(Path.normalized(Text(path)).string == normalized)
        #expect(Path.directory(of: Text(path)).string == directory)
    }

    static let joins: [(String, String, String)] = [
        ("", "a", "a"),
        ("/a", "b", "/a/b"),
        ("/a/", "b", "/a/b"),
        ("/a", "/b", "/b"),
        ("a", "", "a/"),
        ("", "", ""),
    ]

    @Test(arguments: Self.joins)
    func joinsAreAsInPython(_ base: String, _ path: String, _ expected: String) {
        #expect(Path.join(Text(base), Text(path)).string == expected)
    }

    @Test(arguments: [
        ("~", "/home/me"), ("~/x", "/home/me/x"), ("~root/x", "/root/x"), ("~www/x", "/var/www/x"),
        ("~nobody/x", "~nobody/x"), ("a~", "a~"), ("", ""),
    ])
    func homes(_ path: String, _ expected: String) {
        #expect(Path.expandingHome(Text(path), FakeMachine()).string == expected)
    }

    static let names: [(String, String, Bool)] = [
        ("a.conf", "*.conf", true),
        ("a.conf", "*.con", false),
        ("a", "?", true),
        ("é", "?", true),
        ("ab", "?", false),
        ("a", "[abc]", true),
        ("d", "[abc]", false),
        ("d", "[!abc]", true),
        ("b", "[a-c]", true),
        ("-", "[a-]", true),
        ("-", "[-a]", true),
        ("]", "[]]", true),
        ("a", "[]a]", true),
        ("a", "[!]]", true),
        ("[", "[", true),
        ("[a", "[a", true),
        ("a", "[a", false),
        ("ab", "a*b", true),
        ("aXbXb", "a*b", true),
        ("", "*", true),
        ("", "?", false),
        ("abc", "*b*", true),
        ("a*", "a[*]", true),
        ("x", "**", true),
        ("a", "[b-a]", false),
        ("!", "[a!]", true),
        ("a.b", "a.b", true),
        ("aab", "a*ab", true),
        ("mississippi", "m*iss*ip*i", true),
        ("A", "[a-z]", false),
        ("b", "[a-b-c]", true),
        ("-", "[a-b-c]", true),
        ("z", "[!a-c]*", true),
    ]

    @Test(arguments: Self.names)
    func namesAreAsInPython(_ name: String, _ pattern: String, _ expected: Bool) {
        #expect(PathPattern.matches(name, pattern) == expected)
    }
}
