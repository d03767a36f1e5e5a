import NIOCore
import NIOHTTP1
import Supervise

/// `POST /RPC2`.
final class XMLRPCHandler: RouteHandler {
    /// The answer to a call, as long as it is valid.
    private struct Kept {
        let call: [UInt8]
        let stamp: Freshness.Stamp
        let answer: [UInt8]
    }

    private let methods: Methods
    private let freshness: Freshness
    private let loop: any EventLoop
    private var kept: Kept?
    private var isDropPlanned = false

    init(methods: Methods, freshness: Freshness, on loop: any EventLoop) {
        self.methods = methods
        self.freshness = freshness
        self.loop = loop
    }

    var longestBody: Int { Limits.call }

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        guard head.method == .POST else { return .error(.badRequest) }
        // As in supervisord: no length, no body. So there are no chunked bodies, and the end of a request is never
        // ambiguous.
        guard head.headers.contains(name: "Content-Length") else { return .error(.lengthRequired) }
        if RequestOrigin.isForeign(head.headers) {
            return .error(.forbidden, at: head.uri, "A page of another site may not call methods.")
        }
        return nil
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        let stamp = freshness.stamp
        if let kept, kept.stamp == stamp, kept.call == request.body {
            return exchange.respond(.xml(kept.answer, isShared: true))
        }
        let call: MethodCall
        do throws(CallError) {
            call = try CallParser.parse(request.body)
        } catch {
            return exchange.respond(.error(.badRequest))
        }
        let long = { (excerpt: LogExcerpt) in LogAnswer.give(excerpt, to: exchange) }
        let isAboutAll = call.method == "supervisor.getAllProcessInfo" && call.parameters.isEmpty
        methods.perform(call, for: exchange, long: long) { [self] outcome in
            guard !exchange.isOver else { return }
            switch outcome {
            case .value(let value):
                guard let answer = AnswerWriter.answer(value, limit: Limits.answer) else {
                    let text = Fault.failed.text("the answer is too long")
                    return exchange.respond(.xml(AnswerWriter.fault(code: Fault.failed.rawValue, text: text)))
                }
                if isAboutAll, let stamp { keep(answer, to: request.body, stamp) }
                exchange.respond(.xml(answer))
            case .fault(let code, let text): exchange.respond(.xml(AnswerWriter.fault(code: code, text: text)))
            }
        }
    }

    private func keep(_ answer: [UInt8], to call: [UInt8], _ stamp: Freshness.Stamp) {
        guard answer.count + call.count <= Limits.keptAnswer else { return }
        kept = Kept(call: call, stamp: stamp, answer: answer)
        dropLater()
    }

    /// It is useless once its second is over.
    private func dropLater() {
        guard !isDropPlanned else { return }
        isDropPlanned = true
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [self] in
            isDropPlanned = false
            if let kept, kept.stamp == freshness.stamp { dropLater() } else { kept = nil }
        }
    }
}
