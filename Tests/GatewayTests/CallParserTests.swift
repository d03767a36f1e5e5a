import Testing

@testable import Gateway

/// The value of a `<value>` that is the only parameter of a call; nil if the call is rejected.
private func parameter(_ value: String) -> XMLRPCValue? {
    let body = "<methodCall><methodName>m</methodName><params><param>\(value)</param></params></methodCall>"
    return try? CallParser.parse(Array(body.utf8)).parameters.first
}

@Suite struct CallParserTests {
    @Test(arguments: [
        ("<value>a b</value>", XMLRPCValue.string("a b")), ("<value/>", .string("")),
        ("<value><string> x </string></value>", .string(" x ")), ("<value> <string>x</string> </value>", .string("x")),
        ("<value><int> -3 </int></value>", .int(-3)), ("<value><i4>1_000</i4></value>", .int(1000)),
        ("<value><int>99999999999999999999</int></value>", .int(.max)),
        ("<value><boolean>1</boolean></value>", .bool(true)),
        ("<value><boolean>true</boolean></value>", .bool(false)),
        ("<value><double>1e3</double></value>", .double(1000)),
        ("<value><base64>aGkK</base64></value>", .string("hi\n")), ("<value><nil/></value>", .null),
        ("<value><i8>5</i8></value>", .string("5")),
        (
            "<value><array><data><value>1</value><value><int>2</int></value></data></array></value>",
            .array([.string("1"), .int(2)])
        ),
        (
            "<value><struct><member><name>a</name><value>1</value></member></struct></value>",
            .structure([.init(name: "a", value: .string("1"))])
        ),
        ("<value>a<![CDATA[<]]>&amp;&#98;</value>", .string("a<&b")), ("<value>v\u{e4}r</value>", .string("v\u{e4}r")),
        ("<value><dateTime.iso8601>19980717T14:08:55</dateTime.iso8601></value>", .dateTime("19980717T14:08:55")),
    ])
    func value(_ xml: String, _ expected: XMLRPCValue) {
        #expect(parameter(xml) == expected)
    }

    @Test(arguments: [
        "<value><int>x</int></value>", "<value><int/></value>", "<value><double/></value>", "<value><array/></value>",
        "<value><struct><member/></struct></value>", "<value><base64>A</base64></value>",
        "<value><base64>/w==</base64></value>", "<value><dateTime.iso8601>today</dateTime.iso8601></value>", "",
        "<value>",
        "<value>&unknown;</value>", "<value>\u{1}</value>",
    ])
    func refused(_ xml: String) {
        #expect(parameter(xml) == nil)
    }

    @Test func theDocumentMayBeShapedAnyhow() throws {
        #expect(
            try CallParser.parse(Array("<a><methodName>x.y</methodName></a>".utf8))
                == MethodCall(method: "x.y", parameters: []))
    }

    @Test func entitiesAreRefused() {
        let body = """
            <!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
            <methodCall><methodName>&b;</methodName></methodCall>
            """
        #expect(throws: CallError.documentType) { try CallParser.parse(Array(body.utf8)) }
    }

    @Test func depthIsLimited() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
        }
        #expect(throws: CallError.noMethodName) { try CallParser.parse(nested(CallParser.deepest)) }
        #expect(throws: CallError.tooDeep) { try CallParser.parse(nested(CallParser.deepest + 1)) }
        #expect(throws: CallError.tooDeep) { try CallParser.parse(nested(100_000)) }
    }

    @Test func anyBytesGiveACallOrAProblem() {
        var state: UInt64 = 1
        let whole = Array(
            "<methodCall><methodName>m</methodName><params><param><value><int>1</int></value></param></params></methodCall>"
                .utf8)
        for _ in 0..<20_000 {
            var body = whole
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                body[Int(state >> 33) % body.count] = UInt8(truncatingIfNeeded: state >> 56)
            }
            _ = try? CallParser.parse(body)
        }
    }
}

@Suite struct PythonNumberTests {
    @Test(
        arguments: [
            ("5", 5), (" +5\n", 5), ("-0", 0), ("1_0", 10), ("007", 7),
        ] as [(String, Int)])
    func int(_ text: String, _ expected: Int) {
        #expect(PythonNumber.int(text) == expected)
    }

    @Test(arguments: ["", "-", "1__0", "_1", "1_", "0x10", "1.0", "٣x", "--1", "1 0"])
    func noInt(_ text: String) {
        #expect(PythonNumber.int(text) == nil)
    }

    @Test(
        arguments: [("1.5", 1.5), (" -2e-1 ", -0.2), (".5", 0.5), ("1_0.0", 10), ("inf", .infinity)]
            as [(String, Double)])
    func double(_ text: String, _ expected: Double) {
        #expect(PythonNumber.double(text) == expected)
    }

    @Test(arguments: ["", "x", "0x1p3", "1e", "1__0"])
    func noDouble(_ text: String) {
        #expect(PythonNumber.double(text) == nil)
    }
}
