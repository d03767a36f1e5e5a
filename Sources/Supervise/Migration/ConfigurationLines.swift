/// One `key = value`. An object, as a section is: copies of what they hold would be a third of the code.
final class ConfigurationOption {
    /// In lower case.
    let key: [UInt8]
    /// Continuation lines are joined by newlines.
    fileprivate(set) var value: [UInt8]
    /// The key's line, and the last one of its value.
    let line: Int
    fileprivate(set) var lastLine: Int
    /// The value in the key's line, without a comment behind it.
    let place: Range<Int>

    init(_ key: [UInt8], _ value: [UInt8], line: Int, place: Range<Int>) {
        (self.key, self.value, self.line, lastLine, self.place) = (key, value, line, line, place)
    }
}

/// A section.
final class ConfigurationPart {
    let name: [UInt8]
    /// The header's line.
    let line: Int
    fileprivate(set) var options: [ConfigurationOption] = []
    /// Its position among the files.
    var file = 0

    init(_ name: [UInt8], line: Int) { (self.name, self.line) = (name, line) }

    @inline(never)
    subscript(key: StaticString) -> ConfigurationOption? { options.last { $0.key.isSame(key) } }

    func value(_ key: StaticString) -> [UInt8] { self[key]?.value ?? [] }

    /// Of a program: what follows `program:`.
    var title: [UInt8] {
        guard let colon = name.firstIndex(of: ASCII.colon) else { return name }
        return Array(name[(colon + 1)...])
    }

    /// The last line of the last key, or the header's.
    var lastLine: Int { options.last?.lastLine ?? line }
}

/// Where the sections and keys of a configuration stand in its lines, by the rules of `DocumentReader`: for changing some of them and
/// leaving everything else as it was written.
enum ConfigurationLines {
    static func parts(_ lines: [[UInt8]]) -> [ConfigurationPart] {
        var parts: [ConfigurationPart] = []
        var indent = 0
        var option: ConfigurationOption?
        for (number, line) in lines.enumerated() {
            let range = line.strippedRange(0..<(commentStart(line) ?? line.count))
            if range.isEmpty { continue }
            if let option, range.lowerBound > indent {
                option.value += [ASCII.newline] + line[range]
                option.lastLine = number
                continue
            }
            indent = range.lowerBound
            let content = Array(line[range])
            if content.first == ASCII.openBracket, let close = content.lastIndex(of: ASCII.closeBracket), close > 1 {
                parts.append(ConfigurationPart(Array(content[1..<close]), line: number))
                option = nil
                continue
            }
            guard let part = parts.last,
                let sign = content.firstIndex(where: { $0 == ASCII.equals || $0 == ASCII.colon }), sign > 0
            else { continue }
            let place = line.strippedRange((range.lowerBound + sign + 1)..<range.upperBound)
            let key = Array(content[..<sign]).stripped.lowercased
            let next = ConfigurationOption(key, Array(line[place]), line: number, place: place)
            part.options.append(next)
            option = next
        }
        return parts
    }

    /// As `DocumentReader` finds it: the n-th `;` is looked at together with the n-th `#`.
    static func commentStart(_ line: [UInt8]) -> Int? {
        let first = line.strippedRange(0..<line.count).lowerBound
        if first < line.count, line[first] == ASCII.hash || line[first] == ASCII.semicolon { return 0 }
        let semicolons = line.indices.filter { line[$0] == ASCII.semicolon }
        let hashes = line.indices.filter { line[$0] == ASCII.hash }
        for round in 0..<max(semicolons.count, hashes.count) {
            var found: Int?
            for marks in [semicolons, hashes] where round < marks.count {
                let index = marks[round]
                if index > 0, line[index - 1].isBlank { found = min(found ?? index, index) }
            }
            if let found { return found }
        }
        return nil
    }
}
