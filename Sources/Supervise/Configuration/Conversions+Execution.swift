/// Data types of keys that say how a program is executed.
extension Conversion {
    /// `soft:hard`, or one for both.
    static func limit(_ text: Text, _ name: StaticString) throws(Complaint) -> KeyValue {
        let parts = text.split(by: ASCII.colon)
        if parts.count <= 2, let soft = bound(parts[0]), let hard = bound(parts[parts.count - 1]), soft <= hard {
            return .limit(soft: soft, hard: hard)
        }
        throw Complaint(
            .joined("not a valid ", Text(stringLiteral: name), " value: ", text.quoted),
            "Write soft:hard, or one number for both, soft not above hard: 1024:65536, 64MB, 0:unlimited.")
    }

    private static func bound(_ text: Text) -> UInt64? {
        let word = text.stripped.lowercased
        if word.is("unlimited") || word.is("infinity") { return .max }
        guard let size = try? byteSize(word) else { return nil }
        return UInt64(exactly: size)
    }

    /// `idle`, or `realtime` or `best-effort` with a level from 0 (first) to 7.
    static func ioPriority(_ text: Text) throws(Complaint) -> Int {
        let parts = text.lowercased.split(by: ASCII.colon)
        let names: [StaticString] = ["realtime", "best-effort", "idle"]
        for (index, name) in names.enumerated() where parts[0].is(name) {
            guard parts.count > 1 else { return (index + 1) << 13 | (index == 2 ? 0 : 4) }
            if parts.count == 2, index < 2, let level = try? integer(parts[1]), (0...7).contains(level) {
                return (index + 1) << 13 | level
            }
        }
        throw Complaint(
            .joined("not a valid ionice value: ", text.quoted),
            "Write realtime, best-effort or idle, the first two with a level from 0 to 7: best-effort:7.")
    }

    /// Processors that can be named: more than any kernel is built for.
    private static let mostProcessors = 8192

    /// `0-3,8`.
    static func processors(_ text: Text) throws(Complaint) -> [UInt8] {
        var mask: [UInt8] = []
        for item in strings(text) {
            let ends = item.split(by: ASCII.minus)
            guard ends.count <= 2, let first = try? integer(ends[0]), let last = try? integer(ends[ends.count - 1]),
                0 <= first, first <= last, last < mostProcessors
            else {
                throw Complaint(
                    .joined("not a valid list of processors: ", text.quoted), "Write numbers and ranges: 0-3,8.")
            }
            while mask.count <= last / 8 { mask.append(0) }
            for number in first...last { mask[number / 8] |= 1 << UInt8(number % 8) }
        }
        return mask
    }

    /// Names of SECBIT_* in the order of their bits, each followed by its lock.
    private static let secureBitNames: [StaticString] = [
        "noroot", "no-setuid-fixup", "keep-caps", "no-cap-ambient-raise",
    ]

    /// Names, separated by commas.
    static func secureBits(_ text: Text) throws(Complaint) -> UInt32 {
        var bits: UInt32 = 0
        for item in strings(text) {
            var word = item.lowercased
            var shift: UInt32 = 0
            if word.hasSuffix("-locked") {
                word = Text(word.bytes.dropLast(7))
                shift = 1
            }
            guard let position = secureBitNames.firstIndex(where: { word.is($0) }) else {
                throw Complaint(
                    .joined("unknown secure bit ", item.quoted),
                    "Write noroot, no-setuid-fixup, keep-caps or no-cap-ambient-raise, with -locked for good: "
                        + "noroot,noroot-locked.")
            }
            bits |= 1 << (UInt32(position) * 2 + shift)
        }
        return bits
    }
}
