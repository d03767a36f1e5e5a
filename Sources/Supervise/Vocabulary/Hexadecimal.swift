/// Hexadecimal digits in ASCII.
public enum Hexadecimal {
    /// - Parameter value: only its lowest four bits count.
    public static func digit(_ value: UInt8, isUpper: Bool = false) -> UInt8 {
        let digit = value & 15
        return digit < 10 ? ASCII.zero + digit : UInt8(ascii: isUpper ? "A" : "a") + digit - 10
    }

    /// Two digits.
    public static func append(_ byte: UInt8, to text: inout [UInt8], isUpper: Bool = false) {
        text.append(digit(byte >> 4, isUpper: isUpper))
        text.append(digit(byte, isUpper: isUpper))
    }

    /// What a digit stands for, in either case; nil when it is none.
    public static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
