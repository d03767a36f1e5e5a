import NIOCore
import Supervise

/// REST under `/api/v1`: the same as XML-RPC, for curl and for web pages. If the supervisor rejects a request, the
/// answer is an HTTP status and a problem document with the fault.
struct API {
    static let root = "/api/v1"

    let control: any Asking
    let loop: any EventLoop
    let methods: Methods
    let events: EventStreams
    let usage: UsageSampling

    init(control: any Asking, loop: any EventLoop, events: EventStreams, usage: UsageSampling) {
        self.control = control
        self.loop = loop
        methods = Methods(control: control)
        self.events = events
        self.usage = usage
    }

    var following: LogFollowing { LogFollowing(control: control, loop: loop) }

    /// All of it.
    var operations: [RESTOperation] {
        processOperations + groupOperations + programOperations + supervisorOperations + drainOperations
            + logOperations + eventOperations + usageOperations
            + [
                RESTOperation(.get, "/openapi.json", "getOpenAPI", "The API as an OpenAPI document.", .openAPI) {
                    // Made on request, which is rare.
                    $0.answer(OpenAPI.document(self.operations, below: $0.basePath))
                }
            ]
    }

    static let waits = RESTOperation.Field(
        name: "wait", kind: .flag, about: "Answer once it has started or stopped (the default), or at once with 202.")
    static let signal = RESTOperation.Field(
        name: "signal", kind: .word(signals), about: "A name as in `kill -l`, or a number.", isRequired: true)

    /// In their usual spelling.
    private static let signals: [String] = (1...Signal.highest).flatMap { number -> [String] in
        let name = Signal(number: number).name
        guard let signal = Signal(written: name) else {
            return Signal(written: "\(number)") == nil ? [] : ["\(number)"]
        }
        return [String(name.dropFirst(3)), name, "\(signal.number)"]
    }

    // MARK: Asking init

    /// Calls `completion` with the value; answers the client with a fault.
    func ask(
        _ method: ControlMethod, _ parameters: [XMLRPCValue] = [], for asked: Asked,
        _ completion: @escaping (Value) -> Void
    ) {
        outcome(method, parameters, for: asked) { outcome in
            switch outcome {
            case .success(let value): completion(value)
            case .failure(let fault): asked.refuse(ProblemDetails(fault: fault.code, text: fault.text))
            }
        }
    }

    /// Requests processes with their restarts and last exits, which no method of supervisord returns.
    ///
    /// - Parameter name: nil: all processes.
    func details(of name: String? = nil, for asked: Asked, _ completion: @escaping (Value) -> Void) {
        let method = name == nil ? "reeve.allProcessInfo" : "reeve.processInfo"
        control.ask(method, name.map { [.text($0)] } ?? [], waits: false) { answer in
            guard !asked.exchange.isOver else { return }
            switch CallOutcome(answer) {
            case .value(let encoded):
                guard let value = encoded.value else {
                    return asked.refuse(ProblemDetails(fault: Fault.failed.rawValue, text: Fault.failed.text()))
                }
                completion(value)
            case .fault(let code, let text): asked.refuse(ProblemDetails(fault: code, text: text))
            }
        }
    }

    struct Rejection: Error {
        let code: Int
        let text: String
    }

    func outcome(
        _ method: ControlMethod, _ parameters: [XMLRPCValue] = [], for asked: Asked,
        _ completion: @escaping (Result<Value, Rejection>) -> Void
    ) {
        let call = MethodCall(method: method.name.description, parameters: parameters)
        methods.perform(call, for: asked.exchange) { outcome in
            // Even if the client is gone: a restart isn't abandoned in the middle.
            switch outcome {
            case .value(let encoded):
                guard let value = encoded.value else {
                    return completion(.failure(Rejection(code: Fault.failed.rawValue, text: Fault.failed.text())))
                }
                completion(.success(value))
            case .fault(let code, let text): completion(.failure(Rejection(code: code, text: text)))
            }
        }
    }
}
