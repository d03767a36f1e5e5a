import NIOHTTP1
import Supervise

/// An operation of the API: a row of its table. Requests are validated against it, and the OpenAPI document is made
/// from it, so the two can't disagree.
struct RESTOperation {
    enum Verb {
        case get, post, delete

        var word: String {
            switch self {
            case .get: "get"
            case .post: "post"
            case .delete: "delete"
            }
        }
    }

    /// The form of a successful answer.
    enum Success {
        /// JSON: a schema of `OpenAPI.schemas`, or an array of it.
        case one(String)
        case many(String)
        case text
        case events
        case nothing
        /// An OpenAPI document.
        case openAPI
    }

    /// A member of the query or of the body.
    struct Field {
        enum Kind {
            case text
            case flag
            case integer(ClosedRange<Int>)
            /// One of these.
            case word([String])
            /// Some of these, separated by commas.
            case words([String])
        }

        let name: String
        let kind: Kind
        let about: String
        var isRequired = false
    }

    let verb: Verb
    let path: PathTemplate
    /// Unique; its name in generated clients.
    let id: String
    let summary: String
    var query: [Field] = []
    /// Empty: it takes no body.
    var body: [Field] = []
    let result: Success
    /// It answers 202, and the command is carried out later, always or with `"wait": false`.
    var isDeferred = false
    let perform: (Asked) -> Void

    init(
        _ verb: Verb, _ path: String, _ id: String, _ summary: String, query: [Field] = [], body: [Field] = [],
        _ result: Success, isDeferred: Bool = false, _ perform: @escaping (Asked) -> Void
    ) {
        self.verb = verb
        self.path = PathTemplate(API.root + path)
        self.id = id
        self.summary = summary
        self.query = query
        self.body = body
        self.result = result
        self.isDeferred = isDeferred
        self.perform = perform
    }

    /// Where the list of methods says that it is.
    init(
        _ method: ControlMethod, _ id: String, _ summary: String, query: [Field] = [], body: [Field] = [],
        _ result: Success, isDeferred: Bool = false, _ perform: @escaping (Asked) -> Void
    ) {
        let spelling = method.rest.description.split(separator: " ")
        guard spelling.count == 2 else { preconditionFailure("\(method.name) has no REST spelling") }
        self.init(
            spelling[0] == "GET" ? .get : .post, String(spelling[1]), id, summary, query: query, body: body, result,
            isDeferred: isDeferred, perform)
    }
}

/// A validated request to the API.
struct Asked {
    let exchange: Exchange
    /// As in `HTTPRequest`.
    let basePath: String
    /// The values from the path, in order; one more, empty, if there is none.
    let places: [String]
    let query: Query
    let body: JSON

    /// The first of `places`.
    var name: String { places.first ?? "" }

    func text(_ name: String) -> String? {
        guard case .string(let text)? = body[name] else { return nil }
        return text
    }

    /// True by default.
    func flag(_ name: String) -> Bool { body[name] != .bool(false) }

    /// A member of the body.
    func whole(_ name: String) -> Int? { body[name]?.whole }

    func number(_ name: String) -> Int? { query[name].flatMap { Int($0) } }

    func answer(_ value: JSON, _ status: HTTPResponseStatus = .ok) { exchange.respond(.json(value, status)) }

    func refuse(_ problem: ProblemDetails) { exchange.respond(problem.response) }
}

extension RESTOperation {
    /// The validated request, or its problem.
    func check(_ request: HTTPRequest, _ exchange: Exchange) throws(Rejection) -> Asked {
        let query = Query(request.head.uri)
        var seen: [String] = []
        for item in query.items {
            guard let field = self.query.first(where: { $0.name == item.name }) else {
                throw Rejection("there is no parameter `\(item.name)`")
            }
            guard !seen.contains(item.name) else { throw Rejection("`\(item.name)` is given twice") }
            seen.append(item.name)
            try field.check(item.value)
        }
        return Asked(
            exchange: exchange, basePath: request.basePath, places: path.values(in: request.head.uri) ?? [],
            query: query,
            body: try checkedBody(of: request))
    }

    struct Rejection: Error {
        let problem: ProblemDetails

        init(_ detail: String, _ status: HTTPResponseStatus = .badRequest) { problem = ProblemDetails(status, detail) }
    }

    private func checkedBody(of request: HTTPRequest) throws(Rejection) -> JSON {
        let empty = JSON.object([])
        if request.body.isEmpty {
            if let field = body.first(where: \.isRequired) { throw Rejection("`\(field.name)` is missing") }
            return empty
        }
        if verb != .post || body.isEmpty { throw Rejection("this request has no body") }
        let type = request.head.headers.first(name: "Content-Type") ?? "application/json"
        guard type.prefix(while: { $0 != ";" && $0 != " " }).lowercased() == "application/json" else {
            throw Rejection("the body must be application/json", .unsupportedMediaType)
        }
        guard let document = JSONParser.parse(request.body), case .object(let members) = document else {
            throw Rejection("the body is not a JSON object")
        }
        for member in members {
            guard let field = body.first(where: { $0.name == member.name }) else {
                throw Rejection("there is no member `\(member.name)`")
            }
            try field.check(member.value)
        }
        if let field = body.first(where: { $0.isRequired && document[$0.name] == nil }) {
            throw Rejection("`\(field.name)` is missing")
        }
        return document
    }
}

extension RESTOperation.Field {
    /// In a query everything is text.
    fileprivate func check(_ text: String) throws(RESTOperation.Rejection) {
        switch kind {
        case .text: break
        case .flag: guard text == "true" || text == "false" else { throw refusal("true or false") }
        case .integer(let range):
            guard let number = Int(text), range.contains(number) else {
                throw refusal("a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
        case .word(let words):
            guard words.contains(text) else { throw refusal("one of \(words.joined(separator: ", "))") }
        case .words(let words):
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            guard parts.allSatisfy({ words.contains(String($0)) }) else {
                throw refusal("one or more of \(words.joined(separator: ", ")), separated by commas")
            }
        }
    }

    fileprivate func check(_ value: JSON) throws(RESTOperation.Rejection) {
        switch (kind, value) {
        case (.flag, .bool), (.text, .string): break
        case (.integer, .int), (.integer, .double):
            guard let number = value.whole else { throw refusal("a whole number") }
            try check("\(number)")
        case (.word, .string(let text)), (.words, .string(let text)): try check(text)
        case (.flag, _): throw refusal("true or false")
        case (.integer, _): throw refusal("a whole number")
        case (.text, _), (.word, _), (.words, _): throw refusal("a string")
        }
    }

    private func refusal(_ expected: String) -> RESTOperation.Rejection {
        RESTOperation.Rejection("`\(name)` must be \(expected)")
    }
}
