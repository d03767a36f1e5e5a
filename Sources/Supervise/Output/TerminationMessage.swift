/// What `termination_log` gets: which program has ended the container, why, and the last lines of its output.
///
/// It is UTF-8 without control characters, since tools put it into JSON and on terminals.
public enum TerminationMessage {
    /// Bytes of a message.
    ///
    /// - Source: Kubernetes keeps 4096 bytes of `/dev/termination-log`.
    public static let limit = 4096
    /// Bytes of the reason, which may name a long path.
    private static let reasonLimit = 1024

    /// - Parameters:
    ///   - stdout: the last bytes of the program's output.
    ///   - stderr: the same; empty with `redirect_stderr`.
    public static func text(_ cause: EndCause, stdout: [UInt8], stderr: [UInt8]) -> [UInt8] {
        var message = first(reasonLimit, of: cause.sentence.oneLine.bytes)
        message.append(ASCII.newline)
        let (errors, others) = (clean(stderr), clean(stdout))
        // Each may have half of the room, and what the other leaves.
        let room = limit - message.count
        append("stderr:\n", errors, room: max(room / 2, room - others.count - 8), to: &message)
        append("stdout:\n", others, room: limit - message.count, to: &message)
        return message
    }

    private static func append(_ title: StaticString, _ text: [UInt8], room: Int, to message: inout [UInt8]) {
        let lines = lastLines(of: text, room - title.utf8CodeUnitCount)
        guard !lines.isEmpty else { return }
        title.withUTF8Buffer { message.append(contentsOf: $0) }
        message += lines
    }

    /// At most `limit` bytes: whole lines, or the end of the only one.
    private static func lastLines(of text: [UInt8], _ limit: Int) -> [UInt8] {
        guard limit > 0, text.count > limit else { return text }
        var start = text.count - limit
        if text[start - 1] != ASCII.newline {
            // The last byte is a newline, too, and no start of a line.
            if let newline = text[start..<(text.count - 1)].firstIndex(of: ASCII.newline) {
                start = newline + 1
            } else {
                while start < text.count, isContinuation(text[start]) { start += 1 }
            }
        }
        return Array(text[start...])
    }

    private static func first(_ limit: Int, of text: [UInt8]) -> [UInt8] {
        let valid = String(decoding: text, as: UTF8.self).bytes
        guard valid.count > limit else { return valid }
        var end = limit
        while end > 0, isContinuation(valid[end]) { end -= 1 }
        return Array(valid[..<end])
    }

    /// Without terminal escapes and other control characters, and ended by a newline. What is no UTF-8 becomes U+FFFD.
    private static func clean(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var stripper = AnsiStripper()
        let kept = bytes.withUnsafeMutableBytes { stripper.strip($0).count }
        bytes.removeLast(bytes.count - kept)
        bytes.removeAll { $0 < 0x20 && $0 != ASCII.newline && $0 != ASCII.tab || $0 == 0x7f }
        if let last = bytes.last, last != ASCII.newline { bytes.append(ASCII.newline) }
        return withoutSecondSet(String(decoding: bytes, as: UTF8.self).bytes)
    }

    /// Without U+0080 to U+009F, which terminals interpret as commands, too.
    private static func withoutSecondSet(_ text: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index] == 0xc2, text[index + 1] < 0xa0 {
                index += 2
            } else {
                kept.append(text[index])
                index += 1
            }
        }
        return kept
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }
}
