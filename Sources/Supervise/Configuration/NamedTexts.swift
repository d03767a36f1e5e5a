/// Texts by name, in the order in which the names came.
struct NamedTexts {
    private(set) var pairs: [(name: Text, value: Text)] = []
    private var index = HashIndex()

    var isEmpty: Bool { pairs.isEmpty }

    subscript(name: Text) -> Text? { position(of: name).map { pairs[$0].value } }

    private func position(of name: Text) -> Int? { index.find(name.hash) { pairs[$0].name == name } }

    /// A name that is there already keeps its place.
    mutating func set(_ name: Text, _ value: Text) {
        if let position = position(of: name) {
            pairs[position].value = value
        } else {
            index.insert(name.hash, pairs.count)
            pairs.append((name, value))
        }
    }
}
