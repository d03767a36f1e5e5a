import Kernel
import NIOHTTP1
import Supervise

/// A supervisor that is reached over HTTP: supervisord, or an init on another machine through its gateway.
final class ForeignServer {
    private let address: ServerAddress
    /// The headers of every request.
    private let headers: HTTPHeaders
    private var connection: ClientConnection?

    /// - Parameters:
    ///   - username: sent only together with a password, as supervisorctl does.
    init(url: String, username: [UInt8]?, password: [UInt8]?) throws(ClientError) {
        address = try ServerAddress(url: url)
        var headers: HTTPHeaders = ["Host": address.host, "User-Agent": "\(Version.name)/\(Version.number)"]
        if let username, let password {
            let credentials = Base64.encode(username + [UInt8(ascii: ":")] + password)
            headers.add(name: "Authorization", value: "Basic \(String(decoding: credentials, as: UTF8.self))")
        }
        self.headers = headers
    }

    enum CallAnswer {
        case value(Value)
        case fault(code: Int, text: String)

        static func fault(_ fault: Fault, _ extra: String = "") -> CallAnswer {
            .fault(code: fault.rawValue, text: fault.text(extra))
        }
    }

    func call(_ method: String, _ parameters: [Value] = []) throws(ClientError) -> CallAnswer {
        let body = CallWriter.call(method, parameters)
        var headers = headers
        headers.add(contentsOf: ["Content-Type": "text/xml", "Accept": "text/xml", "Content-Length": "\(body.count)"])
        let connection = try kept()
        try connection.send(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/RPC2", headers: headers), body)
        let head = try connection.head()
        guard head.status.code == 200 else { throw .status(Int(head.status.code), connection.reader.reason) }
        let (answer, isLasting) = try connection.body(head)
        if isLasting { self.connection = connection }
        do throws(CallError) {
            switch try CallParser.parseAnswer(answer) {
            case .value(let value): return .value(Value(value))
            case .fault(let code, let text): return .fault(code: code, text: text)
            }
        } catch {
            throw .exception("xml.parsers.expat.ExpatError", "the answer is not XML-RPC")
        }
    }

    /// The connection of the last call if it can be reused, else a new one. It is kept again after a complete exchange:
    /// otherwise its state is unknown.
    private func kept() throws(ClientError) -> ClientConnection {
        defer { connection = nil }
        if let connection, connection.isAlive { return connection }
        return ClientConnection(try address.connect())
    }

    /// Follows an endless answer to a path of the server.
    func follow(_ path: String) throws(ClientError) -> ClientConnection {
        let connection = ClientConnection(try address.connect())
        var headers = headers
        headers.add(name: "Accept", value: "*/*")
        try connection.send(HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers))
        let head = try connection.head()
        guard head.status.code == 200 else { throw .noStream(Int(head.status.code)) }
        return connection
    }
}

extension Value {
    /// A type that no method of the interface returns becomes text.
    init(_ value: XMLRPCValue) {
        switch value {
        case .null: self = .text("")
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .double(let number): self = .text("\(number)")
        case .string(let text), .dateTime(let text): self = .text(text)
        case .array(let values): self = .array(values.map(Value.init))
        case .structure(let members):
            self = .structure(members.map { Member($0.name, Value($0.value)) })
        }
    }
}
