import NIOHTTP1

/// A path of the API with its operations.
final class RESTResource: RouteHandler {
    private let operations: [RESTOperation]

    /// - Parameter operations: of one path.
    init(_ operations: [RESTOperation]) { self.operations = operations }

    /// One route for each path.
    static func routes(_ operations: [RESTOperation]) -> [Route] {
        var paths: [String] = []
        for operation in operations where !paths.contains(operation.path.text) { paths.append(operation.path.text) }
        return paths.map { path in
            Route(
                pattern: .template(PathTemplate(path)),
                handler: RESTResource(operations.filter { $0.path.text == path }))
        }
    }

    private func operation(for method: HTTPMethod) -> RESTOperation? {
        switch method {
        case .GET, .HEAD: operations.first { $0.verb == .get }
        case .POST: operations.first { $0.verb == .post }
        case .DELETE: operations.first { $0.verb == .delete }
        default: nil
        }
    }

    private var allowed: String {
        var methods: [String] = []
        if operation(for: .GET) != nil { methods += ["GET", "HEAD"] }
        if operation(for: .POST) != nil { methods.append("POST") }
        if operation(for: .DELETE) != nil { methods.append("DELETE") }
        return (methods + ["OPTIONS"]).joined(separator: ", ")
    }

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        if head.method == .OPTIONS { return nil }
        guard let operation = operation(for: head.method) else {
            var response = ProblemDetails(.methodNotAllowed).response
            response.headers.append(("Allow", allowed))
            return response
        }
        if operation.verb != .get, RequestOrigin.isForeign(head.headers) {
            return ProblemDetails(.forbidden, "a page of another site may not change anything").response
        }
        return nil
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        guard let operation = operation(for: request.head.method) else {
            return exchange.respond(HTTPResponse(status: .noContent, headers: [("Allow", allowed)], body: []))
        }
        do throws(RESTOperation.Rejection) {
            operation.perform(try operation.check(request, exchange))
        } catch {
            exchange.respond(error.problem.response)
        }
    }
}
