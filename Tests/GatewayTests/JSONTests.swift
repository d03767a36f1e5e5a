import Testing

@testable import Gateway

@Suite struct JSONTests {
    @Test(arguments: [
        ("{}", "{}"), (" [ ] ", "[]"),
        ("\n{\"a\" : [1, -2.5e1, true,false ,null]}\t", "{\"a\":[1,-25.0,true,false,null]}"),
        ("\"\\u0041\\n\\t\\\"\\\\\\/\\b\\r\"", "\"A\\n\\t\\\"\\\\/\\u0008\\u000d\""),
        ("\"\\ud83d\\ude00\"", "\"\u{1F600}\""), ("\"\\ud83dx\"", "\"\u{FFFD}x\""),
        ("\"\\ud83d\\u0041\"", "\"\u{FFFD}A\""),
        ("0", "0"), ("-0", "0"), ("9223372036854775807", "9223372036854775807"), ("1e400", "null"),
        ("\"v\u{E4}r\u{7f}\"", "\"v\u{E4}r\\u007f\""), ("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"),
    ])
    func whatIsReadIsWritten(_ given: String, _ expected: String) {
        let text = JSONParser.parse(Array(given.utf8))?.text
        #expect(text.map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "[1 2]", "01", "+1", ".5", "1.", "1e", "-", "tru", "nul",
        "'a'",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\\u+123\"", "\"\n\"", "[] []", "{\"a\"}", "NaN", "Infinity", "// x\n1",
        "\u{FEFF}1",
    ])
    func refused(_ given: String) {
        #expect(JSONParser.parse(Array(given.utf8)) == nil)
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(JSONParser.parse([0x22, 0xFF, 0x22]) == nil)
    }

    @Test func depthIsLimited() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(JSONParser.parse(nested(JSONParser.deepest)) != nil)
        #expect(JSONParser.parse(nested(JSONParser.deepest + 1)) == nil)
        #expect(JSONParser.parse([UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)) == nil)
    }

    @Test func theLastOfANameCounts() {
        #expect(JSONParser.parse(Array("{\"a\":1,\"a\":2}".utf8))?["a"] == .int(2))
    }

    /// Any bytes give a value or nil, never a trap; a value that is written reads the same.
    @Test func anyBytes() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("[]{}\",:\\u0123456789abcdefnrtlse.-+ \u{1}\u{E4}".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in alphabet.randomElement(using: &random)!
            }
            guard let value = JSONParser.parse(bytes) else { continue }
            let again = JSONParser.parse(value.text)
            if case .double(let number) = value, !number.isFinite { continue }
            #expect(again?.text == value.text)
        }
    }
}
