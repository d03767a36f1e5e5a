/// A folder in which changes of a path are looked for, and what its place is.
public enum WatchPoint: Equatable, Sendable {
    /// It is the path: everything in it counts.
    case inside
    /// What is at the path has this name in it. So have links that lead there.
    case beside([UInt8])
    /// Folders on the way to the path are missing; the first of them has this name in it.
    case above([UInt8])

    /// What may happen in a folder.
    public enum Change: Equatable, Sendable {
        case written, arrived, left
    }

    /// What a change means for the path.
    public struct Meaning: OptionSet, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// What is there has changed.
        public static let changed = Meaning(rawValue: 1)
        /// It may be somewhere else now: look for it again.
        public static let lost = Meaning(rawValue: 2)
    }

    /// The link that Kubernetes replaces when a ConfigMap or a Secret has changed.
    private static let data = Array("..data".utf8)

    public func meaning(of change: Change, _ name: [UInt8]) -> Meaning {
        switch self {
        // Hidden files are what editors and rsync write before they rename them.
        case .inside: name.first != ASCII.dot || name == Self.data ? .changed : []
        case .beside(let own):
            if name == Self.data {
                change == .arrived ? [.changed, .lost] : []
            } else if name != own {
                []
            } else {
                switch change {
                case .written: .changed
                case .arrived: [.changed, .lost]
                // It is about to be replaced, or missed.
                case .left: .lost
                }
            }
        case .above(let next): name == next && change == .arrived ? .lost : []
        }
    }

    /// The folder of an absolute path, and the last part of it; nil for `/`.
    public static func split(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8])? {
        guard let slash = path.lastIndex(of: ASCII.slash), slash + 1 < path.count else { return nil }
        return (slash == 0 ? [ASCII.slash] : Array(path[..<slash]), Array(path[(slash + 1)...]))
    }
}
