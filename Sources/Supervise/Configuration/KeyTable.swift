/// Every key of every section. The order of rows is that in which supervisord reads a section, so that the first problem
/// found is the one that it would have stopped at.
///
/// The rows are constants in the executable. What finds them is made to read or to show a configuration, and is gone when that
/// is done.
struct KeyTable {
    /// Rows beside those of the groups below.
    private let others: [KeyRow]
    /// By row: the number of its key. Rows of other sections with the same name share one.
    let numbers: [UInt8]
    /// Names by number; the first are those of `Key`.
    let names: [StaticString]
    /// By kind of section and number: the position of the row.
    private let positions: [UInt8]

    private static let nowhere = UInt8.max
    private static let kinds = SectionKind.allCases.count

    /// - Parameter others: rows of which no code knows.
    init(_ others: [KeyRow] = []) {
        self.others = others
        let count = Self.count + others.count
        var names = [StaticString](repeating: "", count: Key.allCases.count)
        var numbers: [UInt8] = []
        names.reserveCapacity(names.count + others.count)
        numbers.reserveCapacity(count)
        Self.each(others) { number, row in
            numbers.append(number)
            if row.key == nil { names.append(row.name) } else { names[Int(number)] = row.name }
        }
        var positions = [UInt8](repeating: Self.nowhere, count: Self.kinds * names.count)
        var position: UInt8 = 0
        Self.each(others) { number, row in
            var kinds = row.sections.rawValue
            while kinds != 0 {
                positions[kinds.trailingZeroBitCount * names.count + Int(number)] = position
                kinds &= kinds - 1
            }
            position &+= 1
        }
        self.names = names
        self.numbers = numbers
        self.positions = positions
    }

    /// All rows in their order, with the numbers of their keys.
    @inline(never)
    static func each(_ others: [KeyRow] = [], _ body: (UInt8, KeyRow) -> Void) {
        var next = UInt8(truncatingIfNeeded: Key.allCases.count)
        @inline(never)
        func tell(_ row: KeyRow) {
            if let key = row.key { return body(key.rawValue, row) }
            body(next, row)
            next &+= 1
        }
        for index in supervisord.indices { tell(supervisord.span[index]) }
        for index in life.indices { tell(life.span[index]) }
        for index in readiness.indices { tell(readiness.span[index]) }
        for index in environment.indices { tell(environment.span[index]) }
        for index in output.indices { tell(output.span[index]) }
        for index in identity.indices { tell(identity.span[index]) }
        for index in execution.indices { tell(execution.span[index]) }
        for index in limits.indices { tell(limits.span[index]) }
        for index in cgroups.indices { tell(cgroups.span[index]) }
        for index in groups.indices { tell(groups.span[index]) }
        for index in servers.indices { tell(servers.span[index]) }
        for row in others { tell(row) }
    }

    private static let count =
        supervisord.count + life.count + readiness.count + environment.count + output.count + identity.count
        + execution.count
        + limits.count + cgroups.count + groups.count + servers.count

    // Through `span`: a subscript of a constant list copies all of it first.
    private static func place(_ position: Int, _ others: [KeyRow]) -> (group: StaticString, row: KeyRow) {
        var index = position
        if index < supervisord.count { return ("supervisord", supervisord.span[index]) }
        index -= supervisord.count
        if index < life.count { return ("life", life.span[index]) }
        index -= life.count
        if index < readiness.count { return ("readiness", readiness.span[index]) }
        index -= readiness.count
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
