import NIOHTTP1
import Supervise

/// `POST /RPC2`.
final class XMLRPCHandler: RouteHandler {
    private let methods: Methods

    init(methods: Methods) { self.methods = methods }

    var longestBody: Int { Limits.call }

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        guard head.method == .POST else { return .error(.badRequest) }
        // As supervisord: no length, no body. So there is no body in chunks, and no doubt where a request ends.
        guard head.headers.contains(name: "Content-Length") else { return .error(.lengthRequired) }
        if Origin.isForeign(head.headers) {
            return .error(.forbidden, at: head.uri, "A page of another site may not call methods here.")
        }
        return nil
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        let call: MethodCall
        do throws(CallProblem) {
            call = try CallParser.parse(request.body)
        } catch {
            return exchange.respond(.error(.badRequest))
        }
        let long = { (excerpt: LogExcerpt) in LogAnswer.give(excerpt, to: exchange) }
        methods.perform(call, for: exchange, long: long) { outcome in
            guard !exchange.isOver else { return }
            switch outcome {
            case .value(let value):
                guard let answer = AnswerWriter.answer(value, limit: Limits.answer) else {
                    let text = Fault.failed.text("the answer is too long")
                    return exchange.respond(.xml(AnswerWriter.fault(code: Fault.failed.rawValue, text: text)))
                }
                exchange.respond(.xml(answer))
            case .fault(let code, let text): exchange.respond(.xml(AnswerWriter.fault(code: code, text: text)))
            }
        }
    }
}
