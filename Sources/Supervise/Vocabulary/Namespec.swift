/// What a person may write for a program: `web` (the program of that name in the group of that name), `group:web`, and
/// `group:*` or `group:` for all of a group.
public struct Namespec: Equatable, Sendable {
    public let group: [UInt8]
    /// nil: all of the group.
    public let process: [UInt8]?

    public init(_ written: [UInt8]) {
        guard let colon = written.firstIndex(of: ASCII.colon) else {
            (group, process) = (written, written)
            return
        }
        let rest = written[(colon + 1)...]
        group = Array(written[..<colon])
        process = rest.isEmpty || rest.count == 1 && rest.first == ASCII.star ? nil : Array(rest)
    }

    public init(_ written: String) { self.init(written.bytes) }

    /// The shortest way to write a process: `web` for web:web, else `group:process`.
    public static func text(group: String, process: String) -> String {
        group == process ? process : "\(group):\(process)"
    }

    public static func text(group: [UInt8], process: [UInt8]) -> [UInt8] {
        group == process ? process : group + [ASCII.colon] + process
    }
}
