/// How a program says that it is ready: `notify=`.
///
/// - Source: `sd` is the protocol of sd_notify(3), `fd:N` that of s6, `log:TEXT` what process-compose calls
///   `ready_log_line`.
public enum NotifyMode: Equatable, Sendable {
    /// `READY=1` in a datagram to the socket that NOTIFY_SOCKET names.
    case systemd
    /// A newline on this descriptor, which it is given.
    case descriptor(Int32)
    /// A line of its output that contains this text.
    case line(String)

    /// As it may be written.
    public var text: String {
        switch self {
        case .systemd: "sd"
        case .descriptor(let number): "fd:\(number)"
        case .line(let text): "log:\(text)"
        }
    }

    /// 0 to 2 are its stdin, stdout and stderr.
    static let descriptors = 3...255

    private static let advice =
        "Write none, sd, fd:N with a number from 3 to 255, or log:TEXT with a text that a line of its output contains."

    /// nil: `none`.
    static func read(_ text: Text) throws(Complaint) -> NotifyMode? {
        let word = text.stripped
        if word.is("none") { return nil }
        if word.is("sd") { return .systemd }
        if word.hasPrefix("fd:") {
            guard let number = try? Conversion.integer(word.dropFirst(3)), descriptors.contains(number) else {
                throw Complaint(.joined("Invalid notify value ", text.quoted), advice)
            }
            return .descriptor(Int32(number))
        }
        if word.hasPrefix("log:") {
            let wanted = word.dropFirst(4).stripped
            guard !wanted.isEmpty else { throw Complaint(.joined("Invalid notify value ", text.quoted), advice) }
            return .line(wanted.string)
        }
        let kind = Text(word.bytes.prefix { $0 != ASCII.colon })
        let isSystemd = kind.lowercased.is("systemd") || kind.lowercased.is("sd_notify") || kind.lowercased.is("sd")
        let meant = isSystemd ? "sd" : Suggestion.closest(to: kind, among: ["none", "sd", "fd", "log"])?.string
        throw Complaint(
            .joined("Invalid notify value ", text.quoted), (meant.map { "Did you mean \($0)? " } ?? "") + advice)
    }
}
