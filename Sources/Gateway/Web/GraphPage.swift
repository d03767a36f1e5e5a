import Supervise

/// `/graph.html`: who waits for whom, as a picture and as a list.
struct GraphPage {
    /// nil: the supervisor is shutting down.
    let programs: [PageProgram]?
    let identifier: String

    /// The most nodes of a picture; the list has all.
    private static let most = 300
    private static let (width, height, gapX, gapY) = (190, 46, 90, 18)

    var page: [UInt8] {
        PageFrame(title: "Dependencies", identifier: identifier, script: "graph.js").page(
            around: """
                <main id="main" class="graph">
                <section class="subject"><h1>Dependencies</h1></section>
                <div id="graph">
                \(content)</div>
                </main>

                """)
    }

    private var content: Markup {
        let map = DependencyMap(programs ?? [])
        guard !map.edges.isEmpty else {
            return "<p class=\"nothing\">No program depends on another one: there is no <code>depends_on</code>.</p>\n"
        }
        var connected = Set(map.edges.flatMap { [$0.from, $0.to] })
        let alone = map.nodes.indices.filter { !connected.contains($0) }
        let isTooLarge = connected.count > Self.most
        if isTooLarge { connected = [] }
        let picture: Markup =
            isTooLarge
            ? "<p class=\"note\">The picture would have more than \(Self.most) programs.</p>\n"
            : Self.picture(map, connected)
        let others: Markup =
            alone.isEmpty
            ? "" : "<p class=\"note\">\(Markup.count(alone.count, "other")) without dependencies.</p>\n"
        return """
            \(picture)<p class="note">From left to right in the order of starts: a program waits for those on the left of its lines. Dashed: \
            optional.</p>
            \(others)\(Self.list(map))
            """
    }

    // MARK: The picture

    private static func picture(_ map: DependencyMap, _ shown: Set<Int>) -> Markup {
        let places = places(map, shown)
        var lines = Markup()
        for edge in map.edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            let (x1, y1) = (to.x + width, to.y + height / 2)
            let (x2, y2) = (from.x, from.y + height / 2)
            let bend = max((x2 - x1) / 2, 30)
            lines += """
                <path class="\(edge.dependency.isOptional ? "optional" : "firm")" d="M\(x1) \(y1)C\(x1 + bend) \(y1) \(x2 - bend) \(y2) \(x2 - 6) \(y2)" \
                marker-end="url(#tip)"><title>\(map.nodes[edge.from].name) waits for \(map.nodes[edge.to].name): \(edge.dependency.words)</title></path>

                """
        }
        var boxes = Markup()
        for (index, place) in places.sorted(by: { $0.key < $1.key }) {
            let node = map.nodes[index]
            let name = node.name.count > 22 ? "\(node.name.prefix(21))…" : node.name
            boxes += """
                <a href="\(link(node))" tabindex="-1"><g class="\(node.mood.rawValue)" transform="translate(\(place.x) \(place.y))"><title>\(node.name): \(node.word)</title>\
                <rect width="\(width)" height="\(height)" rx="7"/>\(sign(node.mood))\
                <text x="32" y="20" class="name">\(name)</text><text x="32" y="36" class="word">\(node.word)</text></g></a>

                """
        }
        let right = (places.values.map(\.x).max() ?? 0) + width
        let bottom = (places.values.map(\.y).max() ?? 0) + height
        return """
            <div class="canvas" tabindex="0" role="region" aria-label="Picture; the same is in the list below">
            <svg aria-hidden="true" width="\(right + 4)" height="\(bottom + 4)" viewBox="-2 -2 \(right + 4) \(bottom + 4)">
            <defs><marker id="tip" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
            \(lines)\(boxes)</svg></div>

            """
    }

    /// In columns by layer; within a column near those that they wait for.
    private static func places(_ map: DependencyMap, _ shown: Set<Int>) -> [Int: (x: Int, y: Int)] {
        var places: [Int: (x: Int, y: Int)] = [:]
        let last = shown.map { map.nodes[$0].layer }.max() ?? 0
        for layer in 0...last {
            let column = shown.filter { map.nodes[$0].layer == layer }.sorted()
            func wish(_ index: Int) -> Int {
                let targets = map.edges.filter { $0.from == index }.compactMap { places[$0.to]?.y }
                return targets.isEmpty ? 0 : targets.reduce(0, +) / targets.count
            }
            let wishes = column.map { (index: $0, y: wish($0)) }.sorted { ($0.y, $0.index) < ($1.y, $1.index) }
            var next = 0
            for (index, y) in wishes {
                let here = max(next, y)
                places[index] = (layer * (width + gapX), here)
                next = here + height + gapY
            }
        }
        return places
    }

    /// The shape tells the state, with or without colour: as the lamps of the list.
    private static func sign(_ mood: PageProgram.Attention) -> Markup {
        switch mood {
        case .well: "<circle class=\"full\" cx=\"17\" cy=\"23\" r=\"6\"/>"
        case .moving: "<circle cx=\"17\" cy=\"23\" r=\"6\"/><path class=\"full\" d=\"M17 17a6 6 0 0 0 0 12z\"/>"
        case .resting: "<circle cx=\"17\" cy=\"23\" r=\"6\"/>"
        case .ill: "<path class=\"full\" d=\"M17 15l8 8l-8 8l-8-8z\"/>"
        }
    }

    static func link(_ node: DependencyMap.Node) -> String {
        node.programs.count == 1
            ? "program.html?processname=\(FormFields.quoted(node.name))"
            : "./?filter=\(FormFields.quoted("\(node.name):"))"
    }

    // MARK: The list

    private static func list(_ map: DependencyMap) -> Markup {
        var rows = Markup()
        let order = map.nodes.indices.sorted { (map.nodes[$0].layer, $0) < (map.nodes[$1].layer, $1) }
        for index in order {
            let edges = map.edges.filter { $0.from == index }
            guard !edges.isEmpty else { continue }
            let node = map.nodes[index]
            var targets = Markup()
            for edge in edges {
                let target = map.nodes[edge.to]
                targets += """
                    <li><a href="\(link(target))">\(target.name)</a> (\(edge.dependency.words)): <span class="badge \(target.mood.rawValue)">\
                    <span class="lamp" aria-hidden="true"></span>\(target.word)</span></li>
                    """
            }
            rows += """
                <tr><th scope="row"><a href="\(link(node))">\(node.name)</a></th>\
                <td><span class="badge \(node.mood.rawValue)"><span class="lamp" aria-hidden="true"></span>\(node.word)</span></td>\
                <td><ul>\(targets)</ul></td></tr>

                """
        }
        return """
            <table class="waits"><thead><tr><th scope="col">Program</th><th scope="col">State</th><th scope="col">Waits for</th></tr></thead>
            <tbody>
            \(rows)</tbody></table>

            """
    }
}
