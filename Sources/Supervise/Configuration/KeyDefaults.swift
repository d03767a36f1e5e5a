/// The values of keys that nobody writes, by their numbers.
struct KeyDefaults: Sendable {
    /// By number: where its value is, from 1.
    private var positions: [UInt8]
    private var values: [KeyValue] = []

    /// Converted once, by holder.
    private static let all: [KeyDefaults] = {
        let table = KeyTable()
        var all = KeyRow.Holder.allCases.map { _ in KeyDefaults(table.names.count) }
        for position in table.indices {
            let row = table[position]
            guard case .value(let written) = row.fallback,
                let value = try? Conversion.value(Text(stringLiteral: written), row)
            else { continue }
            all[Int(row.holder.rawValue)].add(value, for: table.numbers[position])
        }
        return all
    }()

    static var supervisor: KeyDefaults { of(.supervisor) }
    static var server: KeyDefaults { of(.server) }
    static var client: KeyDefaults { of(.client) }
    static var process: KeyDefaults { of(.process) }
    static var group: KeyDefaults { of(.group) }

    static func of(_ holder: KeyRow.Holder) -> KeyDefaults { all[Int(holder.rawValue)] }

    private init(_ count: Int) { positions = Array(repeating: 0, count: count) }

    private mutating func add(_ value: KeyValue, for number: UInt8) {
        values.append(value)
        positions[Int(number)] = UInt8(truncatingIfNeeded: values.count)
    }

    subscript(number: UInt8) -> KeyValue? {
        guard Int(number) < positions.count, positions[Int(number)] > 0 else { return nil }
        return values[Int(positions[Int(number)]) - 1]
    }
}
