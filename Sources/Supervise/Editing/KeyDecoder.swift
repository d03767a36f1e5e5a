/// What a person pressed on a terminal.
public enum KeyPress: Equatable, Sendable {
    /// One character: its UTF-8, or a single byte that is no UTF-8.
    case character([UInt8])
    /// Ctrl with a letter; the letter is in lower case. Enter is Ctrl-M or Ctrl-J, Tab is Ctrl-I.
    case control(UInt8)
    /// Alt with a character, or Esc and then the character; letters are in lower case.
    case meta(UInt8)
    case backspace
    case delete
    case left, right, up, down, home, end
    case wordLeft, wordRight
    case pageUp, pageDown
    /// A button of the mouse; the first row is 1. Terminals send it only when they are told to.
    case click(row: Int)
    case wheelUp, wheelDown
    /// A key that has no meaning here.
    case other
}

/// Makes key presses of the bytes that a terminal sends, however they are split.
public struct KeyDecoder: Sendable {
    private var pending: [UInt8] = []
    /// Bytes. A longer sequence is no key of any terminal, and is dropped.
    private static let longest = 32

    public init() {}

    /// - Returns: nil while a sequence isn't complete. Esc alone is the beginning of one, as it is to readline.
    public mutating func take(_ byte: UInt8) -> KeyPress? {
        pending.append(byte)
        guard let key = Self.decode(pending) else {
            guard pending.count >= Self.longest else { return nil }
            pending.removeAll()
            return .other
        }
        pending.removeAll()
        // A byte that ended a broken sequence begins something itself.
        if case .character(let bytes) = key, bytes.count == 1, byte != bytes[0] { return take(byte, after: key) }
        return key
    }

    /// The broken sequence is dropped: a terminal doesn't send such, and one place for one key is enough.
    private mutating func take(_ byte: UInt8, after broken: KeyPress) -> KeyPress? { take(byte) ?? broken }

    private static let escape: UInt8 = 27

    private static func decode(_ bytes: [UInt8]) -> KeyPress? {
        guard let first = bytes.first else { return nil }
        switch first {
        case escape: return escaped(bytes)
        case 127, 8: return .backspace
        case 0: return .other
        case 1...26: return .control(first + 96)
        case 27..<32: return .other
        default: return character(bytes)
        }
    }

    private static func character(_ bytes: [UInt8]) -> KeyPress? {
        let length: Int
        switch bytes[0] {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return .character([bytes[0]])
        }
        for byte in bytes[1...] where byte & 0xC0 != 0x80 { return .character([bytes[0]]) }
        return bytes.count == length ? .character(bytes) : nil
    }

    private static func escaped(_ bytes: [UInt8]) -> KeyPress? {
        guard bytes.count > 1 else { return nil }
        switch bytes[1] {
        case UInt8(ascii: "["), UInt8(ascii: "O"): return sequence(bytes)
        case escape: return bytes.count == 2 ? nil : .other
        case 127, 8: return .meta(127)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): return .meta(bytes[1] + 32)
        case 32..<127: return .meta(bytes[1])
        default: return .other
        }
    }

    /// `ESC [ parameters letter`, `ESC O letter`, and the Linux console's `ESC [ [ letter`.
    private static func sequence(_ bytes: [UInt8]) -> KeyPress? {
        guard bytes.count > 2, let last = bytes.last else { return nil }
        if bytes[2] == UInt8(ascii: "["), bytes[1] == UInt8(ascii: "[") { return bytes.count > 3 ? .other : nil }
        guard last >= 0x40, last < 0x7F else { return last >= 0x20 && last < 0x7F ? nil : .other }
        let parameters = bytes[2..<(bytes.count - 1)].split(separator: UInt8(ascii: ";"))
        let isModified = parameters.count > 1
        switch last {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return isModified ? .wordRight : .right
        case UInt8(ascii: "D"): return isModified ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "M"), UInt8(ascii: "m"): return mouse(parameters, isPressed: last == UInt8(ascii: "M"))
        case UInt8(ascii: "~"):
            // VT220 and what came after it number their keys.
            guard let number = parameters.first, number.count == 1, let digit = number.first else { return .other }
            switch digit {
            case UInt8(ascii: "1"), UInt8(ascii: "7"): return .home
            case UInt8(ascii: "4"), UInt8(ascii: "8"): return .end
            case UInt8(ascii: "3"): return .delete
            case UInt8(ascii: "5"): return .pageUp
            case UInt8(ascii: "6"): return .pageDown
            default: return .other
            }
        default: return .other
        }
    }

    /// `ESC [ < button ; column ; row M`, as xterm sends it in mode 1006.
    private static func mouse(_ parameters: [ArraySlice<UInt8>], isPressed: Bool) -> KeyPress {
        guard parameters.count == 3, parameters[0].first == UInt8(ascii: "<"), isPressed else { return .other }
        var numbers: [Int] = []
        for parameter in [parameters[0].dropFirst(), parameters[2]] {
            var number = 0
            for byte in parameter {
                guard 0x30...0x39 ~= byte, number < 10_000 else { return .other }
                number = number * 10 + Int(byte - 0x30)
            }
            numbers.append(number)
        }
        switch numbers[0] {
        case 0: return .click(row: numbers[1])
        case 64: return .wheelUp
        case 65: return .wheelDown
        default: return .other
        }
    }

    /// Esc was pressed, and what followed it within a moment would have come by now.
    public mutating func takeEscape() -> Bool {
        guard pending == [Self.escape] else { return false }
        pending.removeAll()
        return true
    }

    /// Something is expected to follow.
    public var isInSequence: Bool { !pending.isEmpty }
}
