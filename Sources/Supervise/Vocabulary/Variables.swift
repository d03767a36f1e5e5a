/// The variables of an environment that is being made: of a name that is set twice the last value counts. Any bytes but NUL.
public struct Variables {
    private var texts = NamedTexts()

    public init() {}

    mutating func set(_ name: Text, _ value: Text) { texts.set(name, value) }

    public mutating func set(_ name: String, _ value: String) { set(Text(name), Text(value)) }
    public mutating func set(_ name: String, bytes: [UInt8]) { set(Text(name), Text(bytes)) }

    public mutating func set(_ variables: [EnvironmentVariable]) {
        for variable in variables { set(variable.name, variable.value) }
    }

    public func contains(_ name: [UInt8]) -> Bool { texts[Text(name)] != nil }

    public subscript(name: String) -> String? { texts[Text(name)]?.string }

    /// `NAME=value` of each, in the order in which the names came.
    public var strings: [[UInt8]] {
        var strings: [[UInt8]] = []
        strings.reserveCapacity(texts.pairs.count)
        for (name, value) in texts.pairs { strings.append(Array(Text.joined(name, "=", value).bytes)) }
        return strings
    }
}
