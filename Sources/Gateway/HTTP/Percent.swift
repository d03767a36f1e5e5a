import Supervise

/// Percent-encoding: RFC 3986, section 2.1.
enum Percent {
    /// What is no `%` with two digits stays as it is; bytes that are no UTF-8 become U+FFFD.
    static func decode(_ text: some Sequence<UInt8>, plusIsSpace: Bool = false) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let high = Hexadecimal.value(of: rest[rest.startIndex]),
                let low = Hexadecimal.value(of: rest[rest.startIndex + 1])
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Letters, digits and `-._~` stay, and those of `others`.
    static func encode(_ text: some Sequence<UInt8>, keeping others: String) -> String {
        var bytes: [UInt8] = []
        for byte in text {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case _ where others.utf8.contains(byte): bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                Hexadecimal.append(byte, to: &bytes, isUpper: true)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
