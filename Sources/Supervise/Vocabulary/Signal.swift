/// A Unix signal by Linux's number. Names are those of `kill -l`, with and without `SIG`.
public struct Signal: Equatable, Hashable, Sendable {
    public let number: Int32

    public init(number: Int32) {
        self.number = number
    }

    public static let hangup = Signal(number: 1)
    public static let interrupt = Signal(number: 2)
    public static let quit = Signal(number: 3)
    public static let abort = Signal(number: 6)
    public static let kill = Signal(number: 9)
    public static let user1 = Signal(number: 10)
    public static let user2 = Signal(number: 12)
    public static let pipe = Signal(number: 13)
    public static let terminate = Signal(number: 15)
    public static let child = Signal(number: 17)
    public static let `continue` = Signal(number: 18)
    public static let stop = Signal(number: 19)
    /// SIGRTMIN+3, "halt" for systemd: podman uses it to stop a container whose first program is called `/sbin/init`.
    public static let halt = Signal(number: 37)

    /// 1...64; 32 and 33 belong to the C library and have no name.
    public static let highest: Int32 = 64

    private static let names: [StaticString] = [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
        "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM",
        "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    /// `SIGTERM`; `signal 40` where the number has no name.
    public var name: String {
        if number > 0, Int(number) < Self.names.count { return "SIG\(Self.names[Int(number)])" }
        if number == 34 { return "SIGRTMIN" }
        if number == 64 { return "SIGRTMAX" }
        return "signal \(number)"
    }

    /// Finds a signal by its upper-case name, with or without `SIG`; nil when there is none.
    public init?(name: String) {
        let text = Text(name)
        let short = text.hasPrefix("SIG") ? text.dropFirst(3).string : name
        switch short {
        case "": return nil
        case "CLD": self = .child
        case "POLL": self.init(number: 29)
        case "IOT": self.init(number: 6)
        case "RTMIN": self.init(number: 34)
        case "RTMAX": self.init(number: 64)
        default:
            for (number, candidate) in Self.names.enumerated() where short == candidate.description {
                self.init(number: Int32(number))
                return
            }
            return nil
        }
    }

    /// A signal as a user writes it: 0 (which only asks whether a process exists), the number of a real signal, or a
    /// name in upper or lower case, with or without `SIG`.
    public init?(written text: String) {
        let word = Text(text).stripped.uppercased.string
        if let number = Int32(word) {
            guard number >= 0, number <= Self.highest, number != 32, number != 33 else { return nil }
            self.init(number: number)
        } else {
            self.init(name: word)
        }
    }
}
