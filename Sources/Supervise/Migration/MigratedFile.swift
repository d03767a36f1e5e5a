/// A file, and what was found in it.
public final class MigratedFile {
    public let name: [UInt8]
    public let edits: LineEdits
    public internal(set) var remarks: [MigrationRemark] = []
    let parts: [ConfigurationPart]

    init(_ name: [UInt8], _ text: [UInt8], isConfiguration: Bool) {
        self.name = name
        edits = LineEdits(text)
        parts = isConfiguration ? ConfigurationLines.parts(edits.lines) : []
    }

    /// - Parameter line: from 0; nil: about the file.
    func remark(_ line: Int?, _ text: String) {
        remarks.append(MigrationRemark(line: line.map { $0 + 1 } ?? 0, text: text))
    }

    /// By lines; those of a line stay in their order.
    func sortRemarks() {
        var sorted: [MigrationRemark] = []
        for remark in remarks {
            let place = sorted.firstIndex { $0.line > remark.line } ?? sorted.count
            sorted.insert(remark, at: place)
        }
        remarks = sorted
    }
}

/// A sentence about a line: why it changes, or what only a person can decide.
public struct MigrationRemark: Equatable, Sendable {
    /// From 1; 0: about the file.
    public var line: Int
    public var text: String
}
