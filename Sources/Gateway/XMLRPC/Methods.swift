import NIOCore
import Supervise

/// Carries out calls. Belongs to the loop; every call completes once.
final class Methods {
    typealias Completion = (CallOutcome) -> Void

    private let control: any Asking
    private var events = CircularBuffer<LongEvent>()
    private var isSendingEvent = false

    init(control: any Asking) { self.control = control }

    /// - Parameters:
    ///   - exchange: tells, between the calls of a multicall, whether somebody still waits for the result.
    ///   - long: takes a long part of a log, instead of `completion`; without it that is read like a short one.
    func perform(
        _ call: MethodCall, for exchange: Exchange, long: ((LogExcerpt) -> Void)? = nil,
        _ completion: @escaping Completion
    ) {
        guard let method = Method.named(call.method) else { return completion(.fault(.unknownMethod)) }
        let required = method.parameters.filter { !$0.isOptional }.count
        guard (required...method.parameters.count).contains(call.parameters.count) else {
            return completion(.fault(.incorrectParameters))
        }
        let parameters = call.parameters
        switch method.work {
        case .supervisor: ask(method, parameters, waits: false, completion)
        case .supervisorWaiting:
            let waits = parameters.count < method.parameters.count || parameters.last?.isTrue ?? true
            ask(method, parameters, waits: waits, completion)
        case .sendInput: sendInput(parameters, completion)
        case .sendEvent: sendEvent(method, parameters, completion)
        case .readLog(let channel): LogReading(control).read(channel, parameters, long: long, completion)
        case .tailLog(let channel): LogReading(control).tail(channel, parameters, long: long, completion)
        case .listMethods: completion(.value(.array(Method.all.map(\.name).sorted().map(Value.text))))
        case .methodHelp: completion(described(parameters) { .text($0.documentation) })
        case .methodSignature: completion(described(parameters) { .array($0.signature.map(Value.text)) })
        case .multicall:
            guard case .array(let calls) = parameters[0] else { return completion(.fault(.incorrectParameters)) }
            Multicall(calls, on: self, for: exchange, completion).proceed()
        }
    }

    private func described(_ parameters: [XMLRPCValue], _ part: (Method) -> Value) -> CallOutcome {
        guard case .string(let name) = parameters[0], let method = Method.named(name) else {
            return .fault(.signatureUnsupported)
        }
        return .value(part(method))
    }

    /// Converts parameters to the types that init knows: what Python would accept as a name, a flag or a number.
    private func ask(_ method: Method, _ parameters: [XMLRPCValue], waits: Bool, _ completion: @escaping Completion) {
        var values: [Value] = []
        for (parameter, value) in zip(method.parameters, parameters) {
            switch parameter.kind {
            case .boolean: values.append(.bool(value.isTrue))
            case .int, .string, .array, .structure:
                guard let text = value.text else { return completion(.fault(.incorrectParameters)) }
                values.append(.text(text))
            }
        }
        control.ask(method.name, values, waits: waits) { completion(CallOutcome($0)) }
    }

    // MARK: Input

    /// Bytes of input in one request to init.
    private static let piece = 24 << 10

    /// Sends long input in pieces, each when the previous one was accepted: none is lost in the middle.
    private func sendInput(_ parameters: [XMLRPCValue], _ completion: @escaping Completion) {
        guard case .string(let chars) = parameters[1] else {
            return completion(.fault(.incorrectParameters, parameters[1].text ?? ""))
        }
        guard let name = parameters[0].text else { return completion(.fault(.incorrectParameters)) }
        send(Array(chars.utf8)[...], to: name, completion)
    }

    private func send(_ bytes: ArraySlice<UInt8>, to name: String, _ completion: @escaping Completion) {
        let piece = Value.string(Array(bytes.prefix(Self.piece)))
        let rest = bytes.dropFirst(Self.piece)
        control.ask("supervisor.sendProcessStdin", [.text(name), piece], waits: false) { [self] answer in
            guard case .value = answer, !rest.isEmpty else { return completion(CallOutcome(answer)) }
            send(rest, to: name, completion)
        }
    }
}

// MARK: Events

/// An event that doesn't fit into a packet.
private struct LongEvent {
    /// Its type and its data.
    var bytes: [UInt8]
    let typeLength: Int
    let completion: Methods.Completion
}

extension Methods {
    private func sendEvent(_ method: Method, _ parameters: [XMLRPCValue], _ completion: @escaping Completion) {
        guard let type = parameters[0].text, let data = parameters[1].text else {
            return completion(.fault(.incorrectParameters))
        }
        let length = type.utf8.count + data.utf8.count
        guard length > Self.piece else { return ask(method, parameters, waits: false, completion) }
        guard length <= EventLimits.remote else {
            return completion(.fault(.failed, "type and data are longer than \(EventLimits.remote) bytes"))
        }
        let bytes = Array(type.utf8) + Array(data.utf8)
        events.append(LongEvent(bytes: bytes, typeLength: type.utf8.count, completion: completion))
        sendNextEvent()
    }

    /// One after the other: init joins the pieces in the order in which they arrive.
    private func sendNextEvent() {
        guard !isSendingEvent, let event = events.popFirst() else { return }
        isSendingEvent = true
        send(event.bytes[...], of: event)
    }

    private func send(_ rest: ArraySlice<UInt8>, of event: LongEvent) {
        let piece = Value.string(Array(rest.prefix(Self.piece)))
        let after = rest.dropFirst(Self.piece)
        let typeLength = after.isEmpty ? event.typeLength : -1
        control.ask("reeve.remoteEventPart", [piece, .int(typeLength)], waits: false) { [self] answer in
            if case .value = answer, !after.isEmpty { return send(after, of: event) }
            isSendingEvent = false
            event.completion(CallOutcome(answer))
            sendNextEvent()
        }
    }
}

/// Receives requests for init.
protocol Asking: AnyObject {
    func ask(_ method: String, _ parameters: [Value], waits: Bool, _ completion: @escaping (ControlAnswer) -> Void)
}

extension ControlConnection: Asking {
    func ask(_ method: String, _ parameters: [Value], waits: Bool, _ completion: @escaping (ControlAnswer) -> Void) {
        call(method, parameters, waits: waits, completion)
    }
}
