import CLinux

/// A terminal that delivers key by key and echoes nothing, as long as this exists.
///
/// Enter arrives as a newline; Ctrl-C, Ctrl-Z and Ctrl-\ stay signals. This takes all signals that would end or stop
/// the process, so that it can restore the terminal before they do.
public struct Keyboard: ~Copyable {
    public enum Event: Equatable, Sendable {
        case byte(UInt8)
        /// The terminal has gone.
        case end
        /// Ctrl-C.
        case interrupted
        /// SIGTERM, SIGHUP or SIGQUIT: the caller sends it to itself again once this no longer exists.
        case ended(signal: Int32)
        /// The window size has changed.
        case resized
        /// The process was stopped and has been continued: the cursor may be anywhere.
        case resumed
    }

    private let number: Int32
    private let before: termios
    private let blockedBefore: SignalSet
    private let signals: SignalQueue

    /// Written before the process stops, ends or crashes: what makes the terminal usable again.
    private let leaving: [UInt8]

    private static let endings: SignalSet = [SIGTERM, SIGHUP, SIGQUIT]
    private static let taken: SignalSet = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH]

    /// The corresponding C functions are `tcgetattr` and `tcsetattr`.
    ///
    /// - Parameter leaving: what is written to the terminal before this process stops (Ctrl-Z), ends or crashes.
    /// - Throws: ENOTTY; EIO once the terminal has gone.
    public init(_ number: Int32, leaving: [UInt8] = []) throws(Errno) {
        self.number = number
        self.leaving = leaving
        blockedBefore = Self.taken.block()
        let blocked = blockedBefore
        var before = termios()
        do throws(Errno) {
            let signals = try SignalQueue(Self.taken)
            _ = try valueOrErrno { linux_terminal_raw(number, &before) }
            self.signals = consume signals
        } catch {
            blocked.setBlocked()
            throw error
        }
        self.before = before
        if !leaving.isEmpty { linux_terminal_guard(number, &before, leaving, leaving.count) }
    }

    deinit {
        var before = before
        if !leaving.isEmpty {
            File.print(bytes: leaving)
            linux_terminal_guard(number, &before, leaving, 0)
        }
        _ = linux_terminal_restore(number, &before)
        blockedBefore.setBlocked()
    }

    /// Readable while a signal waits for `next`.
    public var interruptNumber: Int32 { signals.descriptor.number }

    /// Waits for the next event.
    public borrowing func next() -> Event {
        while true {
            guard let ready = try? File.waitReadable([signals.descriptor.number, number]) else { return .end }
            if ready.first ?? false, let event = signalled() { return event }
            if ready.last ?? false { return readByte() }
        }
    }

    /// Waits for the next event, for one of `others` to be readable, or for the time to pass.
    ///
    /// - Parameters:
    ///   - others: at most six; negative ones are ignored.
    ///   - milliseconds: -1: without a limit.
    /// - Returns: the event, if any, and which of the others are readable.
    public borrowing func next(beside others: [Int32], milliseconds: Int32) -> (event: Event?, ready: [Bool]) {
        let numbers = [signals.descriptor.number, number] + others
        guard let ready = try? File.waitReadable(numbers, milliseconds: milliseconds) else { return (.end, []) }
        let rest = Array(ready.dropFirst(2))
        if ready[0], let event = signalled() { return (event, rest) }
        return (ready[1] ? readByte() : nil, rest)
    }

    /// One byte, so that what was typed ahead stays for the next reader.
    private func readByte() -> Event {
        var byte: UInt8 = 0
        var count = 0
        withUnsafeMutableBytes(of: &byte) { buffer in count = ((try? File.read(number, into: buffer)) ?? 0) }
        return count == 1 ? .byte(byte) : .end
    }

    private func signalled() -> Event? {
        var event: Event?
        for signal in signals.drain() {
            switch signal.number {
            case SIGINT: event = event ?? .interrupted
            case SIGTSTP: stop()
            case SIGCONT:
                takeTerminal()
                event = event ?? .resumed
            case SIGWINCH: event = event ?? .resized
            default: if Self.endings.contains(signal.number) { event = .ended(signal: signal.number) }
            }
        }
        return event
    }

    /// What Ctrl-Z does without this; the kernel ignores it if no process could continue this one.
    private func stop() {
        var before = before
        if !leaving.isEmpty { File.print(bytes: leaving) }
        _ = linux_terminal_restore(number, &before)
        let stopping: SignalSet = [SIGTSTP]
        _ = kill(getpid(), SIGTSTP)
        stopping.unblock()
        stopping.block()
        takeTerminal()
    }

    /// Sets the mode as at the start; the mode that is restored at the end stays what it was then.
    private func takeTerminal() {
        var ignored = termios()
        _ = linux_terminal_raw(number, &ignored)
    }
}

extension Terminal {
    /// Columns; 0 when unknown. The corresponding C function is `ioctl(TIOCGWINSZ)`.
    public static func columns(_ number: Int32) -> Int { Int(linux_terminal_columns(number)) }

    /// Rows; 0 when unknown.
    public static func rows(_ number: Int32) -> Int { Int(linux_terminal_rows(number)) }
}

extension File {
    /// Opens a file for overwriting that only its owner can read; never waits for the reader of a named pipe.
    public static func writingPrivately(_ path: String) throws(Errno) -> Descriptor {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, mode: 0o600)
        // An existing file may be readable by others. The mode of another owner's file stays as it is.
        _ = fchmod(file.number, 0o600)
        return file
    }
}

extension SystemProcess {
    /// Ends the process by SIGINT, like one that doesn't handle Ctrl-C.
    public static func endByInterrupt() {
        let interrupt: SignalSet = [SIGINT]
        try? setDisposition(of: SIGINT, ignored: false)
        interrupt.unblock()
        _ = kill(getpid(), SIGINT)
    }
}
