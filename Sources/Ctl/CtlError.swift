import Host
import Kernel
import Supervise

/// supervisorctl's exit statuses; the numbers are those of LSB init scripts.
enum ExitCode {
    static let success: Int32 = 0
    static let generic: Int32 = 1
    static let invalidArguments: Int32 = 2
    static let unimplemented: Int32 = 3
    /// Also: the socket has no listener.
    static let insufficientPrivileges: Int32 = 4
    static let notInstalled: Int32 = 5
    /// Also: there is no socket.
    static let notRunning: Int32 = 7
    /// `wait` only: the time is over; the same number as `timeout` uses.
    static let timedOut: Int32 = 124
    /// `status` only: a requested program does not run.
    static let somethingStopped: Int32 = 3
    /// `status` only: an unknown name, or no supervisor.
    static let unknown: Int32 = 4
}

/// What ends an action early.
enum CtlError: Error {
    case fault(code: Int, text: String)
    /// No place could be connected to; the most informative error.
    case unreachable(Errno)
    /// The connection broke, or the reply was invalid.
    case lost(StaticString)
    /// Ctrl-C.
    case interrupted
    /// The server requires a name and a password, or other ones.
    case unauthorized(reason: OutputText)
    /// The server has nothing to follow; the status of its answer.
    case noStream(OutputText)
    /// An error of supervisorctl's own code, with the name of Python's exception.
    case refused(OutputText, OutputText)

    init(_ error: ControlError) {
        switch error {
        case .fault(let code, let text):
            if let trouble = TranslatorProtocol.FaultCode(rawValue: code) {
                self = Self.translated(trouble, text)
            } else {
                self = .fault(code: code, text: text)
            }
        case .unreachable(let errno): self = .unreachable(errno)
        case .late: self = .lost("the supervisor did not answer in time")
        case .closed: self = .lost("the supervisor closed the connection before it answered")
        case .broken: self = .lost("the connection to the supervisor broke before it answered")
        case .interrupted: self = .interrupted
        case .garbled: self = .lost("the program at the control socket does not speak this version of its protocol")
        }
    }

    /// A failure that the translator itself reports.
    private static func translated(_ trouble: TranslatorProtocol.FaultCode, _ text: String) -> CtlError {
        switch trouble {
        case .unreachable: return .unreachable(Errno(number: Int32(clamping: Arguments.number(text.utf8) ?? 0)))
        case .unauthorized: return .unauthorized(reason: "\(text)")
        case .noStream: return .noStream("\(text)")
        case .exception:
            let (name, rest) = lines(text)
            return .refused(name, rest)
        }
    }

    static let unreadable = CtlError(.garbled)

    /// The error message. Scripts look for Python's names of exceptions and faults, so they stay; the place in Python's
    /// source that supervisorctl adds has no counterpart.
    var line: OutputText {
        switch self {
        case .fault(let code, let text):
            "error: <class 'xmlrpc.client.Fault'>, <Fault \(code): \(Self.lines(text).first.quoted)>"
        case .unreachable(let errno):
            "error: <class '\(Self.pythonName(errno))'>, [Errno \(Int(errno.number))] \(errno.text)"
        case .lost(let why): "error: \(why)"
        case .interrupted: ""
        case .unauthorized(let reason):
            "error: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 401 \(reason)>"
        case .noStream(let status): "error: cannot read, status code \(status)"
        case .refused(let name, let why): "error: <class '\(name)'>, \(why)"
        }
    }

    /// The sentence of a fault, which scripts read, and what the supervisor adds to it for people.
    static func lines(_ text: String) -> (first: OutputText, rest: OutputText) {
        let bytes = Array(text.utf8)
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return (OutputText(bytes), "") }
        return (OutputText(Array(bytes[..<end])), OutputText(Array(bytes[(end + 1)...])))
    }

    private static func pythonName(_ errno: Errno) -> StaticString {
        switch errno {
        case .noEntry: "FileNotFoundError"
        case .connectionRefused: "ConnectionRefusedError"
        case .access, .notPermitted: "PermissionError"
        case .notDirectory: "NotADirectoryError"
        case .again: "BlockingIOError"
        default: "OSError"
        }
    }
}
