import CLinux

/// A set of signals by number, 1...64.
public struct SignalSet: Equatable, Hashable, Sendable, ExpressibleByArrayLiteral {
    /// Bit n-1 is signal n.
    public var bits: UInt64

    public init(bits: UInt64) {
        self.bits = bits
    }

    public init(arrayLiteral numbers: Int32...) {
        bits = 0
        for number in numbers { insert(number) }
    }

    public static let none = SignalSet(bits: 0)
    public static let all = SignalSet(bits: .max)
    /// The signals that a thread causes by what it does: blocking them would turn a crash into a silent death.
    public static let synchronous: SignalSet = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS]

    /// A number outside 1...64 changes nothing.
    public mutating func insert(_ number: Int32) {
        if let bit = Self.bit(number) { bits |= bit }
    }

    public mutating func remove(_ number: Int32) {
        if let bit = Self.bit(number) { bits &= ~bit }
    }

    public func contains(_ number: Int32) -> Bool {
        guard let bit = Self.bit(number) else { return false }
        return bits & bit != 0
    }

    public func subtracting(_ other: SignalSet) -> SignalSet {
        SignalSet(bits: bits & ~other.bits)
    }

    private static func bit(_ number: Int32) -> UInt64? {
        number >= 1 && number <= 64 ? 1 << UInt64(number &- 1) : nil
    }

    /// Whether one of these signals, which must be blocked, is pending.
    public var isPending: Bool {
        var pending: UInt64 = 0
        return linux_sigpending(&pending) == 0 && pending & bits != 0
    }

    /// Blocks the signals in the calling thread, in addition to those that are blocked already; returns the previous
    /// mask.
    @discardableResult public func block() -> SignalSet {
        var old: UInt64 = 0
        _ = linux_sigprocmask(SIG_BLOCK, bits, &old)
        return SignalSet(bits: old)
    }

    @discardableResult public func unblock() -> SignalSet {
        var old: UInt64 = 0
        _ = linux_sigprocmask(SIG_UNBLOCK, bits, &old)
        return SignalSet(bits: old)
    }

    /// Blocks exactly these signals in the calling thread; returns the previous mask.
    @discardableResult public func setBlocked() -> SignalSet {
        var old: UInt64 = 0
        _ = linux_sigprocmask(SIG_SETMASK, bits, &old)
        return SignalSet(bits: old)
    }
}

/// A signal that arrived.
public struct ReceivedSignal: Equatable, Sendable {
    public var number: Int32
    /// `SI_USER`, `SI_KERNEL`, `CLD_EXITED`...: siginfo's `si_code`.
    public var code: Int32
    /// 0 from the kernel, and from a process outside of the PID namespace.
    public var sender: Int32
    /// The value that sigqueue(3) was given.
    public var value: Int32
}

/// Signals as a descriptor to read: the corresponding C function is `signalfd`.
///
/// The signals must be blocked, or they are also delivered. Several of one kind (below the real-time ones) count as
/// one.
public struct SignalQueue: ~Copyable {
    public let descriptor: Descriptor
    public let signals: SignalSet

    /// Blocks the signals first, so that none is lost in between.
    public init(_ signals: SignalSet) throws(Errno) {
        signals.block()
        descriptor = Descriptor(owning: try valueOrErrno { linux_signalfd(-1, signals.bits) })
        self.signals = signals
    }

    /// The signals that have arrived, at most 32; empty if none has. The descriptor stays readable while there are
    /// more.
    public borrowing func drain() -> [ReceivedSignal] {
        var raw = [linux_received_signal](repeating: linux_received_signal(), count: 32)
        let count = linux_signalfd_read(descriptor.number, &raw, 32)
        guard count > 0 else { return [] }
        return raw.prefix(Int(count)).map {
            ReceivedSignal(number: $0.number, code: $0.code, sender: $0.sender, value: $0.value)
        }
    }

    /// Sleeps until one of `signals`, which are blocked, arrives. The corresponding C function is `sigwaitinfo`.
    public static func wait(for signals: SignalSet) -> ReceivedSignal {
        var sender: Int32 = 0
        while true {
            let number = linux_sigwait(signals.bits, &sender)
            if number > 0 { return ReceivedSignal(number: number, code: 0, sender: sender, value: 0) }
        }
    }
}
