/// A piece of a file: which one, and where in its bytes.
struct Origin: Equatable, Sendable {
    var file: Int32
    var offset: Int32

    init(file: Int32, offset: Int) {
        self.file = file
        self.offset = Int32(clamping: offset)
    }
}

/// A file as it was read, its line ends made `\n`.
struct Source: Sendable {
    /// As `-c` or the pattern of `[include]` named it.
    var name: Text
    var text: Text

    /// Line and column (in characters) of an offset, both from 1, and the line itself, cut to `ConfigurationError`'s limit.
    func locate(_ offset: Int32) -> (line: Int, column: Int, text: Text) {
        let bytes = text.bytes
        let offset = min(max(Int(offset), bytes.startIndex), bytes.endIndex)
        var line = 1
        var start = bytes.startIndex
        var index = start
        while index < offset {
            if bytes[index] == ASCII.newline {
                line += 1
                start = index + 1
            }
            index += 1
        }
        let end = bytes[start...].firstIndex(of: ASCII.newline) ?? bytes.endIndex
        let column = Text(bytes[start..<offset]).scalarCount + 1
        return (line, column, Text(bytes[start..<end]))
    }
}

/// One `key = value`.
struct DocumentEntry: Sendable {
    /// The key's number in the document.
    var key: Int32
    /// Continuation lines are joined by `\n`.
    var value: Text
    /// Where the value begins.
    var origin: Origin
    /// Where the key begins.
    var keyOffset: Int32
    /// The value is a slice of its source: an index in one is an index in the other.
    var isVerbatim: Bool

    /// For a value that stands in no file.
    static let nowhere = DocumentEntry(
        key: -1, value: .empty, origin: Origin(file: -1, offset: 0), keyOffset: 0, isVerbatim: false)
}

/// An object, as the document is.
final class Section {
    let name: Text
    /// Where its first header is.
    let header: Origin
    private(set) var entries: [DocumentEntry] = []
    /// Positions by key, kept for sections with many keys only.
    private var index = HashIndex()
    private static let fewKeys = 32

    init(name: Text, header: Origin) {
        self.name = name
        self.header = header
    }

    func position(of key: Int32) -> Int? {
        let entries = entries
        if entries.count > Self.fewKeys { return index.find(HashIndex.hash(key)) { entries[$0].key == key } }
        return entries.withUnsafeBufferPointer { entries in
            for position in entries.indices where entries[position].key == key { return position }
            return nil
        }
    }

    subscript(key: Int32) -> DocumentEntry? {
        @inline(never) get { entry(key) }
    }

    private func entry(_ key: Int32) -> DocumentEntry? {
        guard let position = position(of: key) else { return nil }
        return entries[position]
    }

    /// The last value of a key wins and keeps the place of the first. Returns its position.
    @discardableResult
    func set(_ entry: DocumentEntry) -> Int {
        if let position = position(of: entry.key) {
            entries[position] = entry
            return position
        }
        entries.append(entry)
        if entries.count == Self.fewKeys + 1 {
            for position in entries.indices { index.insert(HashIndex.hash(entries[position].key), position) }
        } else if entries.count > Self.fewKeys {
            index.insert(HashIndex.hash(entry.key), entries.count - 1)
        }
        return entries.count - 1
    }

    func replaceValue(at position: Int, with value: Text, isVerbatim: Bool) {
        entries[position].value = value
        entries[position].isVerbatim = isVerbatim
    }
}

/// All sections of a configuration file and of the files that it includes, before any value has a meaning. An object: the
/// parser asks it all the time.
final class Document {
    var sources: [Source] = []
    /// Sections whose lines are checked, but not kept: `ctl` reads nothing of programs.
    var skipped: [SectionKind] = []
    /// In the order of their first headers.
    var sections: [Section] = []
    /// `[DEFAULT]`: values for every section that lacks the key.
    var defaults = Section(name: "DEFAULT", header: Origin(file: 0, offset: 0))
    /// `[program-default]`: values for every program that lacks the key.
    var programDefaults: Int?
    /// Headers of sections that were there before: their keys are added to those of the first.
    var repetitions: [(name: Text, header: Origin)] = []
    /// Sections by their names.
    private var sectionIndex = HashIndex()
    /// Names of the table's keys, which have the first numbers.
    private let known: [StaticString]
    /// Names of other keys, in lower case.
    private var unknown: [Text] = []
    /// Numbers of the keys that were seen.
    private var keyIndex = HashIndex()

    /// Values that still contain `%(here)s`.
    private var valuesWithHere: [(section: Int, position: Int)] = []
    private var defaultsWithHere: [Int] = []
    /// Sections that already have their copies of the defaults that contain `%(here)s`.
    private var sectionsWithDefaults = 0

    /// - Parameter names: of the known keys, which get the first numbers.
    init(_ names: [StaticString]) { known = names }

    /// The number of a key, a new one for a name that was not seen yet.
    func number(of key: Text) -> Int32 {
        if let number = keyIndex.find(key.hash, where: { isName($0, key) }) { return Int32(truncatingIfNeeded: number) }
        // A configuration has few different keys: those of the table come into the index when they are met.
        var number = 0
        while number < known.count, !key.is(known[number]) { number += 1 }
        if number == known.count {
            number += unknown.count
            unknown.append(key)
        }
        keyIndex.insert(key.hash, number)
        return Int32(truncatingIfNeeded: number)
    }

    private func isName(_ number: Int, _ key: Text) -> Bool {
        number < known.count ? key.is(known[number]) : unknown[number - known.count] == key
    }

    /// The name of a key, in lower case.
    func name(of key: Int32) -> Text {
        Int(key) < known.count ? Text(stringLiteral: known[Int(key)]) : unknown[Int(key) - known.count]
    }

    func skips(_ name: Text) -> Bool { skipped.contains { name.hasPrefix($0.prefix) } }

    func section(_ name: Text) -> Int? { sectionIndex.find(name.hash) { sections[$0].name == name } }

    func addSection(_ name: Text, header: Origin) -> Int {
        if let position = section(name) { return position }
        sectionIndex.insert(name.hash, sections.count)
        sections.append(Section(name: name, header: header))
        return sections.count - 1
    }

    /// A section's own value, else that of `[program-default]` or `[DEFAULT]`.
    @inline(never)
    func entry(_ section: Int, _ key: Int32) -> DocumentEntry? {
        if let own = sections[section][key] { return own }
        guard let other = programDefaults(of: section)?[key] ?? defaults[key], !isReplaced(key, in: section) else {
            return nil
        }
        return other
    }
    func entry(_ section: Int, _ key: Key) -> DocumentEntry? { entry(section, Int32(key.rawValue)) }

    /// The same without `[program-default]`, whose keys need not make sense for each program.
    func ownEntry(_ section: Int, _ key: Key) -> DocumentEntry? {
        let entry = entry(section, key)
        guard let entry, let others = programDefaults(of: section), others[entry.key]?.origin == entry.origin else {
            return entry
        }
        return nil
    }

    /// Of keys that rule each other out a section may have one: its own one takes the place of another in the defaults.
    func isReplaced(_ key: Int32, in section: Int) -> Bool {
        replaces(key, HealthCheckSettings.checks, sections[section])
            || replaces(key, ProcessSettings.reloads, sections[section])
    }

    private func replaces(_ key: Int32, _ alternatives: [Key], _ section: Section) -> Bool {
        alternatives.contains { $0.rawValue == key }
            && alternatives.contains { section.position(of: Int32($0.rawValue)) != nil }
    }

    /// nil if it isn't a program, or there are none.
    @inline(never)
    func programDefaults(of section: Int) -> Section? {
        guard let programDefaults, Self.takesProgramDefaults(sections[section].name) else { return nil }
        return sections[programDefaults]
    }

    static func takesProgramDefaults(_ name: Text) -> Bool {
        name.hasPrefix(SectionKind.program.prefix) || name.hasPrefix(SectionKind.fcgiProgram.prefix)
    }

    /// Section nil is `[DEFAULT]`.
    func set(_ entry: DocumentEntry, in section: Int?) -> Int {
        if let section { return sections[section].set(entry) }
        return defaults.set(entry)
    }

    func finishValue(_ value: Text, isVerbatim: Bool, in section: Int?, at position: Int) {
        if let section {
            sections[section].replaceValue(at: position, with: value, isVerbatim: isVerbatim)
            if value.contains(Self.hereFormat) { valuesWithHere.append((section, position)) }
        } else {
            defaults.replaceValue(at: position, with: value, isVerbatim: isVerbatim)
            if value.contains(Self.hereFormat) {
                defaultsWithHere.append(position)
                sectionsWithDefaults = 0
            }
        }
    }

    private static let hereFormat: Text = "%(here)s"

    /// Replaces `%(here)s` by plain text in what was read since the last time, so that it means the folder of the file it
    /// stands in. A default that contains it becomes the section's own value.
    func expandHere(_ here: Text) {
        for (section, position) in valuesWithHere {
            let value = sections[section].entries[position].value
            let expanded = value.replacing(Self.hereFormat, with: here)
            sections[section].replaceValue(at: position, with: expanded, isVerbatim: false)
        }
        valuesWithHere.removeAll()
        for section in sectionsWithDefaults..<max(sectionsWithDefaults, sections.count) {
            for position in defaultsWithHere {
                var entry = defaults.entries[position]
                guard sections[section].position(of: entry.key) == nil else { continue }
                entry.value = entry.value.replacing(Self.hereFormat, with: here)
                entry.isVerbatim = false
                sections[section].set(entry)
            }
        }
        sectionsWithDefaults = sections.count
    }

    func place(_ origin: Origin) -> (place: SourcePlace, line: Text)? {
        guard sources.indices.contains(Int(origin.file)) else { return nil }
        let source = sources[Int(origin.file)]
        let (line, column, text) = source.locate(origin.offset)
        return (SourcePlace(file: source.name.string, line: line, column: column), text)
    }
}
