/// What a program asks of a cgroup of its own; there is none for a program with none of these keys.
///
/// - Source: `Documentation/admin-guide/cgroup-v2.rst` of Linux.
public final class CgroupSettings: Equatable, @unchecked Sendable {
    /// The kernel's files, in the order of `limits`; the word before the dot is the controller that has to be enabled.
    public static let files: [StaticString] = ["memory.max", "memory.high", "cpu.max", "pids.max"]

    /// What is written into them; nil: nothing.
    public var limits: [String?] = [nil, nil, nil, nil]
    /// Without it the program runs where this can't be had.
    public var isRequired = false

    public init() {}

    public static func == (a: CgroupSettings, b: CgroupSettings) -> Bool {
        guard a.isRequired == b.isRequired else { return false }
        for (mine, theirs) in zip(a.limits, b.limits) where mine != theirs { return false }
        return true
    }

    func write(to json: inout JSONWriter) {
        json.string("memory_max", limits[0])
        json.string("memory_high", limits[1])
        json.string("cpu_max", limits[2])
        json.string("pids_max", limits[3])
        json.bool("cgroup_required", isRequired)
    }
}

extension Interpreter {
    func cgroup(_ section: Int, _ scope: Scope) -> CgroupSettings? {
        let keys: [Key] = [.memoryMax, .memoryHigh, .cpuMax, .pidsMax, .cgroupRequired]
        var settings: CgroupSettings?
        for (position, key) in keys.enumerated() {
            guard let entry = document.entry(section, key) else { continue }
            let found = settings ?? CgroupSettings()
            settings = found
            if position == found.limits.count {
                found.isRequired = value(section, key, scope, false, Conversion.boolean)
                continue
            }
            // A share of a processor, whose percent sign needs no other.
            if key == .cpuMax, let quota = Conversion.percentage(entry.value) {
                found.limits[position] = quota
                continue
            }
            found.limits[position] = value(section, key, scope, nil) { text throws(Complaint) in
                try Conversion.limit(text, key)
            }
        }
        return settings
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
    static func limit(_ text: Text, _ key: Key) throws(Complaint) -> String {
        let word = text.stripped.lowercased
        if word.is("max") { return "max" }
        let advice: String
        switch key {
        case .cpuMax:
            if let quota = percentage(word) { return quota }
            // The kernel's own bounds: a quota of a millisecond, a period between one and a second.
            let words = word.words
            if words.count == 1 || words.count == 2 && number(words[1], 1000...1_000_000) != nil,
                words[0].is("max") || number(words[0], 1000...Int.max) != nil
            {
                return word.string
            }
            advice = "Write a share of one processor (50%, 150%), or microseconds and their period: 50000 100000."
        case .pidsMax:
            if let count = number(word, 1...Int.max) { return "\(count)" }
            advice = "Write how many processes and threads there may be, from 1, or max."
        default:
            if let bytes = try? byteSize(word), bytes > 0 { return "\(bytes)" }
            advice = "Write a number of bytes, or one with KB, MB or GB, or max: 50MB."
        }
        throw Complaint(.joined("invalid ", key.text, " value ", text.quoted), advice)
    }
}
