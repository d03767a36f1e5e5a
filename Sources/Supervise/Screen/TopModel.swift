/// The screen of `ctl top`, without the terminal: what is shown, and what keys do.
public struct TopModel: Sendable {
    public enum Scene: Equatable, Sendable {
        case table
        case log(name: [UInt8])
        case details(name: [UInt8])
        case help
    }

    /// What a key leads to outside of the model.
    public enum Command: Equatable, Sendable {
        case quit
        /// The output of this program, of no program.
        case follow([UInt8]?)
        /// `ctl` with these words.
        case run([[UInt8]])
        case page
        case save([UInt8])
        case mouse(Bool)
        case redraw
    }

    /// What is asked in the bottom line.
    enum Question: Equatable, Sendable {
        case confirm([[UInt8]])
        case signal([[UInt8]])
        case filter([UInt8])
        case search([UInt8])
        case logFilter([UInt8])
        case file([UInt8])
    }

    public private(set) var scene = Scene.table
    var question: Question?
    /// One line about what has happened; until the next key.
    public var message = ""
    public var pane = LogPane()
    /// What `details` shows.
    public var details: [ScreenLine] = []
    var detailsTop = 0
    public private(set) var programs: [TopProgram] = []
    /// Those that match the filter, in order.
    private(set) var shown: [TopProgram] = []
    private(set) var selected: [UInt8] = []
    private(set) var marked: [[UInt8]] = []
    /// The first of `shown` on the screen.
    private(set) var top = 0
    public var order: TopOrder
    public private(set) var filter: TextPattern?
    public private(set) var isPaused = false
    public private(set) var showsTree = false
    private(set) var showsGraph = false
    private var hasMouse = false
    public let isReadOnly: Bool
    public let isUTF8: Bool
    public var columns = 80
    public var rows = 24
    /// The lines above the table.
    public var summary: [ScreenLine] = []
    let expression: @Sendable ([UInt8], [UInt8]) -> Bool?

    public init(
        order: TopOrder = .name, filter: [UInt8] = [], isReadOnly: Bool = false, isUTF8: Bool = true,
        expression: @escaping @Sendable ([UInt8], [UInt8]) -> Bool? = { _, _ in nil }
    ) {
        (self.order, self.isReadOnly, self.isUTF8, self.expression) = (order, isReadOnly, isUTF8, expression)
        self.filter = TextPattern(filter, expression: expression)
    }

    /// - Parameter programs: as they are now.
    public mutating func update(_ programs: [TopProgram]) {
        self.programs = programs
        arrange()
    }

    mutating func arrange() {
        shown = order.sorted(filter.map { filter in programs.filter { filter.matches($0.name) } } ?? programs)
        marked.removeAll { name in !programs.contains { $0.name == name } }
        if place == nil {
            // The program is gone, or filtered away: the one in its place follows.
            selected = shown.isEmpty ? [] : shown[min(lastPlace, shown.count - 1)].name
        }
        keepInSight()
    }

    /// Of the selected program in `shown`.
    var place: Int? { shown.firstIndex { $0.name == selected } }
    private var lastPlace = 0

    /// Rows for programs: without the summary, the header and the bottom line.
    var pageRows: Int { max(rows - summary.count - 2, 1) }

    private mutating func keepInSight() {
        let place = place ?? 0
        lastPlace = place
        if place < top { top = place }
        if showsTree {
            while top < place, rowsBetween(top, place) >= pageRows { top += 1 }
        } else if place >= top + pageRows {
            top = place - pageRows + 1
        }
        top = max(min(top, shown.count - (showsTree ? 1 : pageRows)), 0)
    }

    private func rowsBetween(_ first: Int, _ last: Int) -> Int {
        shown[first..<last].reduce(0) { $0 + 1 + $1.tree.count }
    }

    // MARK: Keys

    public mutating func press(_ key: KeyPress) -> Command? {
        message = ""
        if question != nil { return answer(key) }
        if case .control(UInt8(ascii: "l")) = key { return .redraw }
        if case .character(let bytes) = key, bytes.count == 1 {
            switch bytes[0] {
            case UInt8(ascii: "?"):
                scene = scene == .help ? .table : .help
                return nil
            case UInt8(ascii: "m"):
                hasMouse.toggle()
                message = hasMouse ? "the mouse selects; m gives it back to the terminal" : ""
                return .mouse(hasMouse)
            default: break
            }
        }
        switch scene {
        case .table: return pressInTable(key)
        case .log: return pressInLog(key)
        case .details: return pressInDetails(key)
        case .help:
            scene = .table
            return nil
        }
    }

    /// Esc, alone.
    public mutating func escape() -> Command? {
        message = ""
        if question != nil {
            question = nil
            return nil
        }
        return back()
    }

    mutating func back() -> Command? {
        switch scene {
        case .table:
            if filter != nil {
                filter = nil
                arrange()
            } else if !marked.isEmpty {
                marked = []
            }
            return nil
        case .log:
            scene = .table
            return .follow(nil)
        case .details, .help:
            scene = .table
            return nil
        }
    }

    mutating func select(_ place: Int) {
        guard !shown.isEmpty else { return }
        selected = shown[min(max(place, 0), shown.count - 1)].name
        keepInSight()
    }

    mutating func toggleMark() {
        guard !selected.isEmpty else { return }
        if let index = marked.firstIndex(of: selected) { marked.remove(at: index) } else { marked.append(selected) }
        select((place ?? 0) + 1)
    }

    mutating func toggleTree() {
        showsTree.toggle()
        keepInSight()
    }

    mutating func toggleGraph() { showsGraph.toggle() }
    mutating func togglePause() { isPaused.toggle() }

    mutating func setFilter(_ text: [UInt8]) {
        filter = TextPattern(text, expression: expression)
        arrange()
    }

    mutating func open(_ next: Scene) { scene = next }

    /// Those whose rows are on the screen.
    public var visibleNames: [[UInt8]] { shown[min(top, shown.count)...].prefix(pageRows).map { $0.name } }

    /// The program of a row of the screen, from 1.
    func program(atRow row: Int) -> Int? {
        var place = top
        var at = summary.count + 2
        while place < shown.count {
            if at >= row { return at == row ? place : nil }
            at += 1 + (showsTree ? shown[place].tree.count : 0)
            place += 1
        }
        return nil
    }
}
