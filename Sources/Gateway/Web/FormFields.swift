/// The fields of a request: those of its query, and those of a form in its body, which take precedence.
///
/// - Source: as in supervisord. Fields without a value don't count; of several with a name the first of the query
///   counts, and the last of the body.
struct FormFields {
    /// Further fields are left out: the longest sensible form names fifty programs.
    private static let most = 200

    private(set) var fields: [(name: String, value: String)] = []

    /// - Parameter uri: with its query.
    init(uri: String, body: [UInt8] = []) {
        let query = uri.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst().prefix { $0 != UInt8(ascii: "#") }
        fields = Self.fields(body).reversed() + Self.fields(query)
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    private static func fields(_ text: some Collection<UInt8>) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for pair in text.split(separator: UInt8(ascii: "&")) where fields.count < most {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else { continue }
            fields.append((Percent.decode(parts[0], plusIsSpace: true), Percent.decode(parts[1], plusIsSpace: true)))
        }
        return fields
    }

    /// As Python's `quote`: letters, digits and `_.-~/` stay.
    static func quoted(_ text: String) -> String { Percent.encode(text.utf8, keeping: "/") }
}
