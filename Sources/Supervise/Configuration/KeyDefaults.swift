/// The values of keys that nobody writes, by their numbers.
struct KeyDefaults: Sendable {
    /// By number: where its value is, from 1.
    private var positions = [UInt8](repeating: 0, count: Key.allCases.count)
    private var values: [KeyValue] = []

    /// Converted once, by holder.
    private static let all: [KeyDefaults] = {
        var all = KeyRow.Holder.allCases.map { _ in KeyDefaults() }
        KeyTable.each { number, row in
            guard case .value(let written) = row.fallback,
                let value = try? Conversion.value(Text(stringLiteral: written), row)
            else { return }
            all[Int(row.holder.rawValue)].add(value, for: number)
        }
        return all
    }()

    static var supervisor: KeyDefaults { of(.supervisor) }
    static var server: KeyDefaults { of(.server) }
    static var client: KeyDefaults { of(.client) }
    static var process: KeyDefaults { of(.process) }
    static var group: KeyDefaults { of(.group) }
    static var hook: KeyDefaults { of(.hook) }

    static func of(_ holder: KeyRow.Holder) -> KeyDefaults { all[Int(holder.rawValue)] }

    private mutating func add(_ value: KeyValue, for number: UInt8) {
        while positions.count <= Int(number) { positions.append(0) }
        values.append(value)
        positions[Int(number)] = UInt8(truncatingIfNeeded: values.count)
    }

    subscript(number: UInt8) -> KeyValue? {
        guard Int(number) < positions.count, positions[Int(number)] > 0 else { return nil }
        return values[Int(positions[Int(number)]) - 1]
    }
}
