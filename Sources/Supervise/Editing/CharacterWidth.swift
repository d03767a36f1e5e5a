/// Columns that a character takes on a terminal: what Unicode's EastAsianWidth says of wide ones, in ranges that are
/// generous about what is not assigned yet.
enum CharacterWidth {
    static func of(_ scalar: UInt32) -> Int {
        if scalar < 0x300 { return 1 }
        if contains(scalar, combining) { return 0 }
        return contains(scalar, wide) ? 2 : 1
    }

    private typealias Bounds = (first: UInt32, last: UInt32)

    private static func contains(_ scalar: UInt32, _ ranges: [Bounds]) -> Bool {
        for range in ranges where scalar >= range.first && scalar <= range.last { return true }
        return false
    }

    /// Drawn over the character before, or not at all.
    private static let combining: [Bounds] = [
        (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05BD), (0x0610, 0x061A), (0x064B, 0x065F), (0x0E34, 0x0E3A),
        (0x0E47, 0x0E4E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x20D0, 0x20F0), (0xFE00, 0xFE0F),
        (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF), (0xE0100, 0xE01EF),
    ]

    private static let wide: [Bounds] = [
        (0x1100, 0x115F), (0x231A, 0x231B), (0x2329, 0x232A), (0x23E9, 0x23EC), (0x2E80, 0x303E), (0x3041, 0x4DBF),
        (0x4E00, 0xA4CF), (0xA960, 0xA97F), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF00, 0xFF60),
        (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF), (0x1FA70, 0x1FAFF),
        (0x20000, 0x3FFFD),
    ]
}
