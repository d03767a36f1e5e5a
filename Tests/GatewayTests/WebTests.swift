import Testing

@testable import Gateway

@Suite struct WebTests {
    @Test func textIsEscapedAndMarkupIsNot() {
        let name = "<b>&\"'\u{1}\r"
        let inner: Markup = "<i>\(name)</i>"
        let outer: Markup = "<p title=\"\(name)\">\(inner)\(7)</p>"
        #expect(
            String(decoding: outer.bytes, as: UTF8.self)
                == "<p title=\"&lt;b&gt;&amp;&quot;&#39;␁&#13;\"><i>&lt;b&gt;&amp;&quot;&#39;␁&#13;</i>7</p>")
        #expect(String(decoding: Markup.text([0xff, 0x3c]).bytes, as: UTF8.self) == "\u{fffd}&lt;")
    }

    @Test(arguments: [
        ("/", "", "processname", nil), ("/?processname=a%3Ab+c", "", "processname", "a:b c"),
        ("/?processname=", "", "processname", nil), ("/?processname", "", "processname", nil),
        ("/?a=1&a=2", "", "a", "1"), ("/", "a=1&a=2", "a", "2"), ("/?a=1", "a=2", "a", "2"),
        ("/?a=%zz%4", "", "a", "%zz%4"), ("/?a=1#b=2", "", "b", nil), ("/?a=b=c", "", "a", "b=c"),
        ("/?a=%C3%A4%FF", "", "a", "ä\u{fffd}"),
    ])
    func fieldsAreReadAsSupervisordReadsThem(uri: String, body: String, name: String, value: String?) {
        #expect(FormFields(uri: uri, body: Array(body.utf8))[name] == value)
    }

    @Test func quotingIsPythons() {
        #expect(FormFields.quoted("a:b c/ä&%~") == "a%3Ab%20c/%C3%A4%26%25~")
    }

    @Test(arguments: [
        ("one\ntwo\n", "one\ntwo"), ("\u{1b}[1;31mred\u{1b}[0m\r\n", "red"), ("a\na\na\n", "a"), ("  \n\n", nil),
        ("1\n2\n3\n4\n5\n6\n", "3\n4\n5\n6"), ("\u{1b}[", nil),
    ])
    func lastLines(log: String, seen: String?) {
        #expect(LastLines.of(Array(log.utf8)).map { String(decoding: $0, as: UTF8.self) } == seen)
    }

    @Test func theFirstLineOfALongLogIsCut() {
        let log = String(repeating: "x", count: LastLines.read - 4) + "\nend"
        #expect(LastLines.of(Array(log.utf8)).map { String(decoding: $0, as: UTF8.self) } == "end")
    }

    @Test(arguments: [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3661, "1 h 1 min"), (90_000, "1 d 1 h")])
    func ages(seconds: Int, text: String) { #expect(Age.text(seconds) == text) }
}
