import NIOHTTP1
import Supervise

/// An error for programs (RFC 9457).
struct ProblemDetails {
    var status: HTTPResponseStatus
    /// The problem of this request; nil: nothing beyond the status.
    var detail: String?
    /// supervisord's fault, if there was one.
    var fault: Int?

    init(_ status: HTTPResponseStatus, _ detail: String? = nil) {
        self.status = status
        self.detail = detail
    }

    /// - Parameter text: as in XML-RPC: `NOT_RUNNING: web`.
    init(fault code: Int, text: String) {
        status = Fault(rawValue: code)?.status ?? .internalServerError
        detail = text
        fault = code
    }

    var response: HTTPResponse {
        var members: [JSON.Member] = [
            .init("type", .string("about:blank")), .init("title", .string(status.reasonPhrase)),
            .init("status", .int(Int(status.code))),
        ]
        if let detail { members.append(.init("detail", .string(detail))) }
        if let fault {
            members.append(.init("fault", .int(fault)))
            if let name = Fault(rawValue: fault)?.name { members.append(.init("fault_name", .string("\(name)"))) }
        }
        return HTTPResponse(
            status: status, headers: [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")],
            body: JSON.object(members).text)
    }
}

extension Fault {
    /// The corresponding HTTP status.
    fileprivate var status: HTTPResponseStatus {
        switch self {
        case .badName, .noFile: .notFound
        case .badSignal, .incorrectParameters, .badArguments: .badRequest
        case .notExecutable, .abnormalTermination, .spawnError, .alreadyStarted, .notRunning, .alreadyAdded,
            .stillRunning,
            .cantReread:
            .conflict
        case .shutdownState: .serviceUnavailable
        case .failed, .unknownMethod, .signatureUnsupported, .success: .internalServerError
        }
    }
}
