import Foundation
import Testing

@testable import Supervise

/// docs/keys.md has a table for each section, which must name exactly the keys that the parser knows.
@Suite struct KeyDocumentationTests {
    /// Keys by section, `program:` for `[program:x]`.
    static func documented() throws -> [String: Set<String>] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/keys.md"), encoding: .utf8)
        var sections: [String: Set<String>] = [:]
        var section = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: "`")
            if line.hasPrefix("## "), words.count > 1 {
                section = words[1].filter { $0 != "[" && $0 != "]" }
                if section.hasSuffix(":x") { section.removeLast() }
            } else if line.hasPrefix("| `"), words.count > 1 {
                sections[section, default: []].insert(String(words[1]))
            }
        }
        return sections
    }

    @Test(arguments: SectionKind.allCases)
    func everyKeyIsDocumented(_ kind: SectionKind) throws {
        guard !kind.takesEveryKey else { return }
        let documented = try Self.documented()
        var named = documented["\(kind.prefix)"] ?? []
        switch kind {
        case .eventListener, .fcgiProgram:
            named.formUnion(documented["program:"] ?? [])
            named.remove("type")
        case .supervisord, .supervisorctl, .include, .inetServer, .unixServer, .program, .group, .rpcInterface,
            .ctlPlugin, .hook:
            break
        }
        #expect(named == Set(KeyTable().names(in: kind).map(\.string)))
    }
}
