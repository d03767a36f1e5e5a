/// What a program asks of a cgroup of its own; there is none for a program with none of these keys.
///
/// - Source: `Documentation/admin-guide/cgroup-v2.rst` of Linux.
public struct CgroupSettings: Equatable, Sendable {
    /// The kernel's files, in the order of `limits`; the word before the dot is the controller that has to be enabled.
    public static let files: [StaticString] = ["memory.max", "memory.high", "cpu.max", "pids.max"]

    /// What is written into them; nil: nothing.
    public let limits: [String?]
    /// Without it the program runs where this can't be had.
    public let isRequired: Bool

    /// nil where none of the keys is there.
    init?(_ values: KeyValues) {
        guard values.contains(Key.cgroup) else { return nil }
        limits = [values.text(.memoryMax), values.text(.memoryHigh), values.text(.cpuMax), values.text(.pidsMax)]
        isRequired = values.bool(.cgroupRequired) ?? false
    }
}

extension Conversion {
    /// `50%` of one processor as cpu.max has it: microseconds, and the period of which they are. nil for what is no
    /// whole percentage from 1 on.
    static func percentage(_ text: Text) -> String? {
        guard text.hasSuffix("%"), let percent = number(Text(text.bytes.dropLast()), 1...1_000_000) else { return nil }
        return "\(percent)000 100000"
    }

    private static func number(_ text: Text, _ range: ClosedRange<Int>) -> Int? {
        guard let number = try? integer(text), range.contains(number) else { return nil }
        return number
    }

    /// What the kernel takes for this key.
    static func limit(_ text: Text, _ row: KeyRow) throws(Complaint) -> String {
        let word = text.stripped.lowercased
        if word.is("max") { return "max" }
        let advice: String
        switch row.type {
        case .cpuQuota:
            if let quota = percentage(word) { return quota }
            // The kernel's own bounds: a quota of a millisecond, a period between one and a second.
            let words = word.words
            if words.count == 1 || words.count == 2 && number(words[1], 1000...1_000_000) != nil,
                words[0].is("max") || number(words[0], 1000...Int.max) != nil
            {
                return word.string
            }
            advice = "Write a share of one processor (50%, 150%), or microseconds and their period: 50000 100000."
        case .processLimit:
            if let count = number(word, 1...Int.max) { return "\(count)" }
            advice = "Write how many processes and threads there may be, from 1, or max."
        default:
            if let bytes = try? byteSize(word), bytes > 0 { return "\(bytes)" }
            advice = "Write a number of bytes, or one with KB, MB or GB, or max: 50MB."
        }
        throw Complaint(.joined("invalid ", Text(stringLiteral: row.name), " value ", text.quoted), advice)
    }
}
