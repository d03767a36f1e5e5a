/// `init --schema`: the keys of all sections as a JSON Schema, for editors and other tools. A configuration is an object of
/// sections there, a section an object of keys; values are texts as they stand in the file, and may be numbers and booleans.
///
/// - Source: JSON Schema, draft 2020-12.
enum Schema {
    static func json(_ table: KeyTable = KeyTable()) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.string("$schema", "https://json-schema.org/draft/2020-12/schema")
            json.string("title", "\(Version.name) \(Version.number): supervisord.conf")
            json.string("type", "object")
            json.object("patternProperties") { json in
                for kind in SectionKind.allCases {
                    write(kind, named: "^\(kind.prefix)\(kind.isExact ? "$" : "")", kind.title, table, to: &json)
                }
                let name = "\(Interpreter.programDefaults)"
                write(.program, named: "^\(name)$", "[\(name)]", isComplete: false, table, to: &json)
                // Values for every section.
                json.object("^DEFAULT$") { $0.string("type", "object") }
            }
            json.bool("additionalProperties", false)
        }
        return writer.bytes
    }

    /// - Parameter isComplete: required keys have to be there.
    private static func write(
        _ kind: SectionKind, named name: String, _ title: String, isComplete: Bool = true, _ table: KeyTable,
        to json: inout JSONWriter
    ) {
        json.object(named: name) { json in
            json.string("title", title)
            json.string("type", "object")
            json.object("properties") { json in
                for position in table.indices where table[position].sections.contains(SectionKinds(kind)) {
                    write(table[position], of: table.group(position), to: &json)
                }
            }
            json.array("required") { json in
                guard isComplete else { return }
                for position in table.indices where table[position].sections.contains(SectionKinds(kind)) {
                    if case .required = table[position].fallback { json.string(nil, "\(table[position].name)") }
                }
            }
            if !kind.takesEveryKey { json.bool("additionalProperties", false) }
        }
    }

    private static func write(_ row: KeyRow, of group: StaticString, to json: inout JSONWriter) {
        json.object(row.name) { json in
            json.string("description", "\(row.sentence)")
            let (least, largest) = row.type.bounds
            json.array("type") { json in
                json.string(nil, "string")
                if row.type == .boolean { json.string(nil, "boolean") }
                if row.type.isNumber { json.string(nil, "integer") }
                if case .decimal = row.type { json.string(nil, "number") }
            }
            // Whatever it is, a variable of the environment may be it.
            if let pattern = row.type.pattern { json.string("pattern", "^(\(pattern))$|%") }
            if let least { json.number("minimum", least) }
            if let largest { json.number("maximum", largest) }
            switch row.fallback {
            case .value(let written): json.string("default", "\(written)")
            case .prose(let words): json.string("x-default", "\(words)")
            case .none, .required: break
            }
            if row.isSecret { json.bool("writeOnly", true) }
            json.string("x-value", "\(row.type.word)")
            json.string("x-group", "\(group)")
            if let since = row.since { json.string("x-since", "\(since.text)") }
            if row.isInPlace { json.bool("x-in-place", true) }
        }
    }
}

extension KeyType {
    fileprivate var isNumber: Bool {
        switch self {
        case .integer, .processCount, .bounded, .bufferSize, .backlog, .size: true
        default: false
        }
    }
}

extension SectionKind {
    /// The name is the whole name.
    fileprivate var isExact: Bool {
        switch self {
        case .supervisord, .supervisorctl, .include: true
        case .inetServer, .unixServer, .program, .group, .eventListener, .fcgiProgram, .rpcInterface, .ctlPlugin, .hook:
            false
        }
    }

    /// As it stands in a file.
    fileprivate var title: String {
        let prefix = "\(prefix)"
        return prefix.utf8.last == ASCII.colon ? "[\(prefix)x]" : "[\(prefix)]"
    }
}
