/// Messages for syslog: supervisord's, as the C library sends them.
public enum SyslogMessage {
    /// Facility "user", level "info" for all messages, as in supervisord.
    private static let priority: StaticString = "<14>"
    private static let identifier: StaticString = " supervisord: "

    /// `<14>Jan  5 03:07:09 supervisord: `, in local time.
    ///
    /// - Parameter month: 1...12.
    public static func header(month: Int, day: Int, hour: Int, minute: Int, second: Int) -> [UInt8] {
        let names: [StaticString] = [
            "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec ",
        ]
        var header: [UInt8] = []
        append(priority, to: &header)
        append(names[min(max(month, 1), 12) - 1], to: &header)
        append(day, padding: ASCII.space, to: &header)
        append(" ", to: &header)
        append(hour, padding: ASCII.zero, to: &header)
        append(":", to: &header)
        append(minute, padding: ASCII.zero, to: &header)
        append(":", to: &header)
        append(second, padding: ASCII.zero, to: &header)
        append(identifier, to: &header)
        return header
    }

    /// The lines of one piece of output, each of which is a message, including empty ones except those at its end.
    public static func lines(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var end = bytes.count
        while end > 0, bytes[end - 1] == ASCII.newline { end -= 1 }
        var start = 0
        for index in 0..<end where bytes[index] == ASCII.newline {
            body(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            start = index + 1
        }
        body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    }

    private static func append(_ text: StaticString, to bytes: inout [UInt8]) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private static func append(_ number: Int, padding: UInt8, to bytes: inout [UInt8]) {
        let clamped = min(max(number, 0), 99)
        bytes.append(clamped < 10 ? padding : ASCII.zero + UInt8(clamped / 10))
        bytes.append(ASCII.zero + UInt8(clamped % 10))
    }
}
