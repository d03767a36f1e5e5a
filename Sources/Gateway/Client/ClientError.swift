import Kernel
import Supervise

/// Why a server gave no answer to a call.
enum ClientError: Error, Equatable {
    case unreachable(Errno)
    /// The server's reason.
    case unauthorized(String)
    /// A Python exception that supervisorctl would show: its name and text.
    case exception(String, String)
    /// The server answered a request for a stream with this status.
    case noStream(Int)

    /// In the form of the control protocol.
    var fault: (code: Int, text: String) {
        switch self {
        case .unreachable(let errno): (TranslatorProtocol.FaultCode.unreachable.rawValue, "\(errno.number)")
        case .unauthorized(let reason): (TranslatorProtocol.FaultCode.unauthorized.rawValue, reason)
        case .exception(let name, let text): (TranslatorProtocol.FaultCode.exception.rawValue, "\(name)\n\(text)")
        case .noStream(let status): (TranslatorProtocol.FaultCode.noStream.rawValue, "\(status)")
        }
    }

    /// The connection broke in the middle of an exchange.
    static func broken(_ errno: Errno) -> ClientError {
        let name =
            switch errno.name {
            case "ECONNRESET": "ConnectionResetError"
            case "EPIPE": "BrokenPipeError"
            default: "OSError"
            }
        return .exception(name, "[Errno \(errno.number)] \(errno.text)")
    }

    static let hungUp = exception("http.client.RemoteDisconnected", "Remote end closed connection without response")
    static let tooLong = exception("http.client.HTTPException", "the answer is too long")

    /// supervisorctl's words for any other status than 200; its library made up the host.
    static func status(_ status: Int, _ reason: String) -> ClientError {
        status == 401
            ? .unauthorized(reason)
            : .exception("xmlrpc.client.ProtocolError", "<ProtocolError for 127.0.0.1/RPC2: \(status) \(reason)>")
    }
}
