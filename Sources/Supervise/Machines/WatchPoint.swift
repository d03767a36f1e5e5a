/// Where changes of a path are looked for: in its own folder, if it is one, and in another one.
public enum WatchPoint: Equatable, Sendable {
    /// The path itself: everything in it counts.
    case inside
    /// The folder in which it is, or would be; links that lead there count, too.
    case beside
    /// A folder above, since others on the way to the path are missing.
    case above

    /// What may happen in a folder.
    public enum Change: Equatable, Sendable {
        case written, arrived, left
    }

    /// What a change means for the path.
    public enum Meaning: Equatable, Sendable {
        case nothing
        /// What is there has changed.
        case changed
        /// It may be somewhere else now: look for it again.
        case lost
        /// Both.
        case replaced
    }

    /// - Parameters:
    ///   - name: of what has changed in the folder.
    ///   - own: the name there of the path, or of the next folder on the way to it.
    public func meaning(of change: Change, _ name: [UInt8], own: [UInt8]) -> Meaning {
        // The link that Kubernetes replaces when a ConfigMap or a Secret has changed.
        let isData = Text(name).is("..data")
        switch self {
        // Hidden files are what editors and rsync write before they rename them.
        case .inside: return name.first != ASCII.dot || isData ? .changed : .nothing
        case .beside:
            guard isData || name == own else { return .nothing }
            switch change {
            case .written: return .changed
            case .arrived: return .replaced
            // It is about to be replaced, or missed.
            case .left: return isData ? .nothing : .lost
            }
        case .above: return name == own && change == .arrived ? .lost : .nothing
        }
    }

    /// The folder of an absolute path, and the last part of it; nil for `/`.
    public static func split(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8])? {
        guard let slash = path.lastIndex(of: ASCII.slash), slash + 1 < path.count else { return nil }
        return (slash == 0 ? [ASCII.slash] : Array(path[..<slash]), Array(path[(slash + 1)...]))
    }
}
