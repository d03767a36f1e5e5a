/// The variables of an environment under construction: of a name that is set twice the last value counts. Any bytes but
/// NUL.
public struct Variables {
    private var texts = NamedTexts()

    public init() {}

    mutating func set(_ name: Text, _ value: Text) { texts.set(name, value) }

    // A few machine words at each of many calls.
    @inline(never)
    public mutating func set(_ name: String, _ value: String) { set(Text(name), Text(value)) }

    public mutating func set(_ variables: [EnvironmentVariable]) {
        for variable in variables { set(variable.name, variable.value) }
    }

    public subscript(name: String) -> String? { texts[Text(name)]?.string }

    /// The most bytes of a file: one that holds the value of `name`, or an `env_file` if that is empty.
    public static func largestFile(for name: String) -> Int {
        name.isEmpty ? EnvironmentFile.largest : max(EnvironmentFile.longestVariable - name.utf8.count - 1, 0)
    }

    /// Sets the content of a file: the value of `name`, or the variables of an `env_file` if that is empty.
    ///
    /// - Parameter inherited: as in `EnvironmentFile.read`.
    /// - Returns: the problem of the file, without its name; nil if there is none.
    public mutating func take(_ bytes: [UInt8], as name: String, inherited: ([UInt8]) -> [UInt8]?) -> String? {
        if name.isEmpty {
            do throws(EnvironmentFile.Problem) {
                try EnvironmentFile.read(bytes, into: &self, inherited: inherited)
                return nil
            } catch {
                return "line \(error.line): \(error.reason)"
            }
        }
        let value = EnvironmentFile.value(bytes)
        if value.contains(0) { return "there is a NUL byte in it, which no variable can hold" }
        set(Text(name), Text(value))
        return nil
    }

    /// `NAME=value` of each, in the order in which the names were first set.
    public var strings: [[UInt8]] {
        var strings: [[UInt8]] = []
        strings.reserveCapacity(texts.pairs.count)
        for (name, value) in texts.pairs { strings.append(Array(Text.joined(name, "=", value).bytes)) }
        return strings
    }
}
