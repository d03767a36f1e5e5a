/// Every key of every section. The order of rows is that in which supervisord reads a section, so that the first problem
/// found is the one that it would have stopped at.
///
/// The rows are constants in the executable. What finds them is made to read or to show a configuration, and is gone when that
/// is done.
struct KeyTable {
    /// Rows beside those of the groups below.
    private let others: [KeyRow]
    /// By row: the number of its key. Rows of other sections with the same name share one.
    private(set) var numbers: [UInt8] = []
    /// Names by number; the first are those of `Key`.
    private(set) var names: [StaticString]
    /// By kind of section and number: the position of the row.
    private var positions: [UInt8]

    private static let nowhere = UInt8.max
    private static let kinds = SectionKind.allCases.count

    /// - Parameter others: rows of which no code knows.
    init(_ others: [KeyRow] = []) {
        self.others = others
        let count = Self.count + others.count
        names = Array(repeating: "", count: Key.allCases.count)
        names.reserveCapacity(names.count + others.count)
        numbers.reserveCapacity(count)
        for position in 0..<count {
            let row = Self.place(position, others).row
            if let key = row.key {
                names[Int(key.rawValue)] = row.name
                numbers.append(key.rawValue)
            } else {
                numbers.append(UInt8(truncatingIfNeeded: names.count))
                names.append(row.name)
            }
        }
        positions = Array(repeating: Self.nowhere, count: Self.kinds * names.count)
        for position in 0..<count {
            let sections = Self.place(position, others).row.sections
            for kind in 0..<Self.kinds where sections.rawValue >> UInt16(kind) & 1 == 1 {
                positions[kind * names.count + Int(numbers[position])] = UInt8(truncatingIfNeeded: position)
            }
        }
    }

    private static let count =
        supervisord.count + life.count + environment.count + output.count + identity.count + execution.count
        + limits.count + cgroups.count + groups.count + servers.count

    // Through `span`: a subscript of a constant list copies all of it first.
    private static func place(_ position: Int, _ others: [KeyRow]) -> (group: StaticString, row: KeyRow) {
        var index = position
        if index < supervisord.count { return ("supervisord", supervisord.span[index]) }
        index -= supervisord.count
        if index < life.count { return ("life", life.span[index]) }
        index -= life.count
        if index < environment.count { return ("environment", environment.span[index]) }
        index -= environment.count
        if index < output.count { return ("output", output.span[index]) }
        index -= output.count
        if index < identity.count { return ("identity", identity.span[index]) }
        index -= identity.count
        if index < execution.count { return ("execution", execution.span[index]) }
        index -= execution.count
        if index < limits.count { return ("limits", limits.span[index]) }
        index -= limits.count
        if index < cgroups.count { return ("cgroups", cgroups.span[index]) }
        index -= cgroups.count
        if index < groups.count { return ("groups", groups.span[index]) }
        index -= groups.count
        if index < servers.count { return ("servers", servers.span[index]) }
        return ("others", others[index - servers.count])
    }

    /// Positions of all rows.
    var indices: Range<Int> { 0..<numbers.count }

    subscript(position: Int) -> KeyRow { Self.place(position, others).row }

    /// The name of the list that the row stands in: its subject.
    func group(_ position: Int) -> StaticString { Self.place(position, others).group }

    /// The position of the row of a key in a section of this kind; nil: the section doesn't know it.
    func position(of number: Int32, in kind: SectionKind) -> Int? {
        guard number >= 0, Int(number) < names.count else { return nil }
        let position = positions[Int(kind.rawValue) * names.count + Int(number)]
        return position == Self.nowhere ? nil : Int(position)
    }

    /// Names of all keys of a section.
    func names(in kind: SectionKind) -> [Text] {
        var names: [Text] = []
        for position in indices where self[position].sections.contains(SectionKinds(kind)) {
            names.append(Text(stringLiteral: self[position].name))
        }
        return names
    }

    func name(_ key: Key) -> Text { Text(stringLiteral: names[Int(key.rawValue)]) }
}
