import Testing

@testable import Supervise

/// The file format: how Python's configparser reads lines.
@Suite struct DocumentTests {
    private func read(_ text: String) -> (document: Document, problems: [String]) {
        read(bytes: Array(text.utf8))
    }

    private func read(bytes: [UInt8]) -> (document: Document, problems: [String]) {
        let document = Document([])
        let problems = DocumentReader.read(bytes, name: "f", into: document)
        return (document, problems.map { $0.sentence.string })
    }

    private func value(_ text: String, _ key: String = "k", in section: String = "s") -> String? {
        let (document, _) = read(text)
        guard let position = document.section(Text(section)) else { return nil }
        let number = document.number(of: Text(key))
        return document.entry(position, number)?.value.string
    }

    static let values: [(String, String?)] = [
        ("[s]\nk=v", "v"), ("[s]\nk = v ", "v"), ("[s]\nk: v", "v"), ("[s]\nK=v", "v"), ("[s]\nk=", ""),
        ("[s]\nk=a=b:c", "a=b:c"), ("[s]\nk:a=b", "a=b"), ("[s]\nk\u{a0}=\u{a0}v\u{3000}", "v"),
        // Comments at the end of a line must follow white space; the n-th `;` is checked together with the n-th `#`.
        ("[s]\nk=a ;b", "a"), ("[s]\nk=a;b", "a;b"), ("[s]\nk=a #b", "a"), ("[s]\nk=a#b #c ;d", "a#b #c"),
        ("[s]\nk=a;b ;c", "a;b"), ("[s]\nk=\"a ; b\"", "\"a"), ("[s]\nk=a\u{3000};b", "a"), ("[s]\nk=;a", ";a"),
        ("[s]\nk= ;a", ""), ("[s]\n;k=a", nil), ("[s]\n  # k=a", nil), ("[s] ; c\nk=v", "v"),
        // Continuation lines are indented deeper than their key, and may follow blank lines and comments.
        ("[s]\nk=a\n b", "a\nb"), ("[s]\nk=a\n\n b", "a\n\nb"), ("[s]\nk=a\n;c\n b", "a\nb"),
        ("[s]\nk=a\n ;c\n\tb", "a\nb"),
        ("[s]\n k=a\n b=c", "a"), ("[s]\n k=a\n  b=c", "a\nb=c"), ("[s]\nk=\n a", "\na"), ("[s]\nk=a\n\n\n", "a"),
        ("[s]\nk=a\n [t]", "a\n[t]"), ("[s]\nk=a\n \u{a0}b\n", "a\nb"),
        // The last value wins; sections merge; text after the last bracket is ignored.
        ("[s]\nk=a\nk=b", "b"), ("[s]\nk=a\n[t]\n[s]\nk=b", "b"), ("[s]x\nk=a", "a"), ("[DEFAULT]\nk=a\n[s]", "a"),
        ("[DEFAULT]\nk=a\n[s]\nk=b", "b"), ("[s]\r\nk=a\r\n b\r\n", "a\nb"), ("[s]\rk=a\r", "a"),
    ]

    @Test(arguments: Self.values)
    func valuesAreAsInPython(_ text: String, _ expected: String?) {
        #expect(value(text) == expected)
    }

    static let refusals: [(String, [String])] = [
        ("k=v\n", ["File contains no section headers.\nfile: 'f', line: 1\n'k=v\\n'"]),
        ("\u{feff}[s]\nk=v", ["File contains no section headers.\nfile: 'f', line: 1\n'\\ufeff[s]\\n'"]),
        ("[]\n", ["File contains no section headers.\nfile: 'f', line: 1\n'[]\\n'"]),
        (
            "[s]\nfoo\nk=v\n=x\n",
            ["Source contains parsing errors: 'f'\n\t[line  2]: 'foo\\n'\n\t[line  4]: '=x\\n'"]
        ),
    ]

    @Test(arguments: Self.refusals)
    func refusalsAreAsInPython(_ text: String, _ expected: [String]) {
        #expect(read(text).problems == expected)
    }

    static let undecodable: [([UInt8], String)] = [
        ([0xFF], "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ([0x5B, 0xC3], "'utf-8' codec can't decode byte 0xc3 in position 1: unexpected end of data"),
        ([0xC3, 0x28], "'utf-8' codec can't decode byte 0xc3 in position 0: invalid continuation byte"),
        ([0xE2, 0x82], "'utf-8' codec can't decode bytes in position 0-1: unexpected end of data"),
        ([0xE2, 0x82, 0x20], "'utf-8' codec can't decode bytes in position 0-1: invalid continuation byte"),
        ([0xED, 0xA0, 0x80], "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte"),
    ]

    @Test(arguments: Self.undecodable)
    func undecodableAreAsInPython(_ bytes: [UInt8], _ sentence: String) {
        #expect(read(bytes: bytes).problems.first == sentence)
    }

    /// A skipped section has no entries; its lines have the same problems, and those of others the same values.
    @Test(
        arguments: Self.values.map(\.0) + Self.refusals.map(\.0).filter { $0.utf8.first != 0xEF } + [
            "[s]\nk ;=v\nk#=v\nk;x=v\nk\t;=v\n", "[s]\nk=a\n\n  b\n[t]\nx=1\n", "[s]\n:\n[t]\nx=1",
            "[s]\nk=a\n foo\nbar\n",
        ])
    func skippedSectionsAreCheckedAllTheSame(_ text: String) throws {
        for text in ["\(text)\n[other]\na=b\n c\n", "[other]\na=b\n c\n\(text)"] {
            let all = read(text)
            let skipping = Document([])
            skipping.skipped = [.program]
            let written = text.split(separator: "[s]", omittingEmptySubsequences: false).joined(
                separator: "[program:s]")
            let problems = DocumentReader.read(Array(written.utf8), name: "f", into: skipping)
            // Sections have the same lengths of lines but for their headers.
            #expect(problems.count == all.problems.count)
            #expect(skipping.section("program:s") == nil)
            for section in all.document.sections where !section.name.is("s") {
                let position = try #require(skipping.section(section.name))
                for entry in section.entries {
                    let key = skipping.number(of: all.document.name(of: entry.key))
                    #expect(skipping.entry(position, key)?.value == entry.value)
                }
            }
        }
    }

    @Test func valuesKeepTheirPlaces() throws {
        let (document, _) = read("; é\n[s]\nké = ü = x\r\n\n[t]\n")
        let position = try #require(document.section("s"))
        let entry = try #require(document.entry(position, document.number(of: "ké")))
        let found = try #require(document.place(entry.origin))
        #expect(found.place == SourcePlace(file: "f", line: 3, column: 6))
        #expect(found.line.string == "ké = ü = x")
        let header = try #require(document.section("t"))
        #expect(document.place(document.sections[header].header)?.place.line == 5)
    }

    @Test func manyKeysAreFoundByIndex() {
        var text = "[s]\n"
        for number in 0..<1000 { text += "k\(number)=\(number)\n" }
        for number in [0, 31, 32, 33, 500, 999] { #expect(value(text, "k\(number)") == "\(number)") }
    }
}
