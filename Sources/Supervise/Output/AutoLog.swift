/// Names of the log files that `stdout_logfile=AUTO` creates: `web-stdout---supervisor-x2k9qa.log`.
public enum AutoLog {
    /// What comes before the random part.
    public static func prefix(process: String, channel: String, identifier: String) -> String {
        "\(process)-\(channel)---\(identifier)-"
    }

    public static let suffix = ".log"

    /// True for a file of an earlier run, which the start removes unless `nocleanup` is set.
    ///
    /// - Source: supervisord's pattern `.+?---IDENTIFIER-\S+\.log\.{0,1}\d{0,4}`, matched at the start of a name, so
    ///   anything may follow. There, the identifier is itself a pattern; here it is literal text.
    public static func isLeftOver(_ name: String, identifier: String) -> Bool {
        let name = name.bytes
        let marker = "---\(identifier)-".bytes
        let end = suffix.bytes
        var start = 1
        while start + marker.count + 1 + end.count <= name.count {
            if name[start...].starts(with: marker), random(name[(start + marker.count)...], endsBefore: end) {
                return true
            }
            start += 1
        }
        return false
    }

    /// At least one byte that is no white space, then more of them, then `end`.
    private static func random(_ rest: ArraySlice<UInt8>, endsBefore end: [UInt8]) -> Bool {
        var index = rest.startIndex
        while index < rest.endIndex, !isSpace(rest[index]) {
            index += 1
            if rest[index...].starts(with: end) { return true }
        }
        return false
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) || (byte >= 0x1c && byte <= 0x1f)
    }
}
