/// A text file, line by line, with what should change in it.
///
/// The difference is that of the edits: no lines are compared to find it.
/// An object: it is changed in many places.
public final class LineEdits {
    /// Without their ends.
    public let lines: [[UInt8]]
    private let ends: [[UInt8]]
    /// The end of lines that are added.
    private let usualEnd: [UInt8]
    /// nil: it stays as it is; empty: it goes.
    private var replacements: [[[UInt8]]?]
    /// Before the line of the same number; the last ones are behind all lines.
    private var additions: [[[UInt8]]]

    /// Lines around a change.
    private static let context = 3

    public init(_ text: [UInt8]) {
        var lines: [[UInt8]] = []
        var ends: [[UInt8]] = []
        var start = 0
        for (index, byte) in text.enumerated() where byte == ASCII.newline {
            let hasReturn = index > start && text[index - 1] == ASCII.return
            lines.append(Array(text[start..<(hasReturn ? index - 1 : index)]))
            ends.append(hasReturn ? [ASCII.return, ASCII.newline] : [ASCII.newline])
            start = index + 1
        }
        if start < text.count {
            lines.append(Array(text[start...]))
            ends.append([])
        }
        (self.lines, self.ends) = (lines, ends)
        usualEnd = ends.first.flatMap { $0.isEmpty ? nil : $0 } ?? [ASCII.newline]
        replacements = [[[UInt8]]?](repeating: nil, count: lines.count)
        additions = [[[UInt8]]](repeating: [], count: lines.count + 1)
    }

    /// As it will be; nil if it goes.
    public func current(_ line: Int) -> [UInt8]? {
        guard let replacement = replacements[line] else { return lines[line] }
        return replacement.first
    }

    public func replace(_ line: Int, with text: [UInt8]) {
        replacements[line] = text == lines[line] ? nil : [text]
    }

    public func remove(_ line: Int) { replacements[line] = [] }

    public func isRemoved(_ line: Int) -> Bool { replacements[line]?.isEmpty ?? false }

    /// - Parameter line: 0 to the number of lines; several of one place stand in the order in which they were added.
    public func add(_ text: [UInt8], before line: Int) { additions[line].append(text) }

    public var isChanged: Bool {
        replacements.contains { $0 != nil } || additions.contains { !$0.isEmpty }
    }

    // MARK: Results

    private enum Change {
        case keep, remove, add
    }

    private struct Row {
        var change: Change
        var text: [UInt8]
        var end: [UInt8]
    }

    /// The lines before and after, side by side.
    private var rows: [Row] {
        var rows: [Row] = []
        for index in lines.indices {
            for text in additions[index] { rows.append(Row(change: .add, text: text, end: usualEnd)) }
            guard let replacement = replacements[index] else {
                rows.append(Row(change: .keep, text: lines[index], end: ends[index]))
                continue
            }
            rows.append(Row(change: .remove, text: lines[index], end: ends[index]))
            for text in replacement { rows.append(Row(change: .add, text: text, end: ends[index])) }
        }
        for text in additions[lines.count] { rows.append(Row(change: .add, text: text, end: usualEnd)) }
        return Self.withEnds(rows, usualEnd)
    }

    /// A last line without an end gets one if lines follow it now.
    private static func withEnds(_ rows: [Row], _ end: [UInt8]) -> [Row] {
        var rows = rows
        guard let last = rows.lastIndex(where: { $0.change != .remove }) else { return rows }
        var index = 0
        while index < rows.count {
            let row = rows[index]
            if row.end.isEmpty, row.change != .remove, index < last {
                if row.change == .keep {
                    rows[index].change = .remove
                    rows.insert(Row(change: .add, text: row.text, end: end), at: index + 1)
                } else {
                    rows[index].end = end
                }
                return rows
            }
            index += 1
        }
        return rows
    }

    /// The file with the changes.
    public var text: [UInt8] {
        var text: [UInt8] = []
        for row in rows where row.change != .remove { text += row.text + row.end }
        return text
    }

    /// In the unified format of diff(1); empty if nothing changes.
    ///
    /// - Parameter name: of the file, before and after.
    public func diff(_ name: [UInt8]) -> [UInt8] {
        let rows = rows
        var hunks: [Range<Int>] = []
        for index in rows.indices where rows[index].change != .keep {
            let range = max(index - Self.context, 0)..<min(index + Self.context + 1, rows.count)
            if let last = hunks.last, range.lowerBound <= last.upperBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        if hunks.isEmpty { return [] }
        var text = "--- ".bytes + name + "\n+++ ".bytes + name + "\n".bytes
        var (old, new, at) = (1, 1, 0)
        for hunk in hunks {
            for row in rows[at..<hunk.lowerBound] {
                if row.change != .add { old += 1 }
                if row.change != .remove { new += 1 }
            }
            let oldCount = rows[hunk].filter { $0.change != .add }.count
            let newCount = rows[hunk].filter { $0.change != .remove }.count
            // An empty range is named by the line before it.
            let starts = (oldCount == 0 ? old - 1 : old, newCount == 0 ? new - 1 : new)
            text += "@@ -\(starts.0),\(oldCount) +\(starts.1),\(newCount) @@\n".bytes
            text += Self.body(rows[hunk])
            (old, new, at) = (old + oldCount, new + newCount, hunk.upperBound)
        }
        return text
    }

    /// In each run of changes, what goes stands before what comes.
    private static func body(_ rows: ArraySlice<Row>) -> [UInt8] {
        var text: [UInt8] = []
        var coming: [UInt8] = []
        for row in rows {
            switch row.change {
            case .keep: text += coming + line(" ", row)
            case .remove: text += line("-", row)
            case .add: coming += line("+", row)
            }
            if row.change == .keep { coming = [] }
        }
        return text + coming
    }

    private static func line(_ sign: StaticString, _ row: Row) -> [UInt8] {
        "\(sign)".bytes + row.text + (row.end.isEmpty ? "\n\\ No newline at end of file\n".bytes : row.end)
    }
}
