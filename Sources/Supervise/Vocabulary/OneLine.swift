/// Text from outside that becomes part of a line: names of files, arguments, answers of other processes.
///
/// A control character in it would end the line, so that the rest could pass for another one, or would control the
/// terminal that shows the log. It becomes `\\n`, `\\r` or `\\x1b`; a tab stays. Bytes that are not UTF-8 are no
/// control characters.
public enum OneLine {
    /// Appends `text` without control characters.
    public static func append(_ text: UnsafeRawBufferPointer, to line: inout [UInt8]) {
        guard hasControls(text) else {
            line.append(contentsOf: text)
            return
        }
        var index = 0
        while index < text.count {
            let byte = text[index]
            if isControl(byte) {
                escape(byte, to: &line)
            } else if isSecondSet(text, at: index) {
                index += 1
                escape(text[index], to: &line)
            } else {
                line.append(byte)
            }
            index += 1
        }
    }

    private static func hasControls(_ text: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<text.count where isControl(text[index]) || isSecondSet(text, at: index) { return true }
        return false
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != ASCII.tab || byte == 0x7f }

    /// U+0080 to U+009F, which terminals interpret as commands, too.
    private static func isSecondSet(_ text: UnsafeRawBufferPointer, at index: Int) -> Bool {
        text[index] == 0xc2 && index + 1 < text.count && text[index + 1] & 0xe0 == 0x80
    }

    private static func escape(_ byte: UInt8, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\\"))
        switch byte {
        case ASCII.newline: line.append(UInt8(ascii: "n"))
        case 0x0d: line.append(UInt8(ascii: "r"))
        default:
            line.append(UInt8(ascii: "x"))
            line.append(digit(byte >> 4))
            line.append(digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}

extension String {
    /// Without control characters.
    public var oneLine: String {
        var line: [UInt8] = []
        let bytes = self.bytes
        bytes.withUnsafeBytes { OneLine.append($0, to: &line) }
        return String(decoding: line, as: UTF8.self)
    }

    /// Without control characters, except for newlines in supervisord's own sentences: what follows them is indented,
    /// quoted or names a file, and can't pass for a separate line.
    var sentenceLines: String {
        var text: [UInt8] = []
        let bytes = self.bytes
        var start = 0
        for index in 0..<bytes.count where bytes[index] == ASCII.newline {
            let next = bytes[(index + 1)...]
            guard let first = next.first else { continue }
            guard
                first == ASCII.space || first == ASCII.tab || first == ASCII.quote || next.starts(with: "file: '".bytes)
            else { continue }
            bytes[start..<index].withUnsafeBytes { OneLine.append($0, to: &text) }
            text.append(ASCII.newline)
            start = index + 1
        }
        bytes[start...].withUnsafeBytes { OneLine.append($0, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }
}
