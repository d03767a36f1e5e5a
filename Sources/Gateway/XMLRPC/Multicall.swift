import Supervise

/// `system.multicall`: one call after the other, each result bare (not, as elsewhere, in an array of one).
final class Multicall {
    private var calls: ArraySlice<XMLRPCValue>
    private var results: [Value] = []
    /// Bytes of the results, roughly: many small calls can have answers that are together too long.
    private var size = 0
    private var isProceeding = false
    private var isWaiting = false
    private let methods: Methods
    private let exchange: Exchange
    private let completion: Methods.Completion

    init(
        _ calls: [XMLRPCValue], on methods: Methods, for exchange: Exchange,
        _ completion: @escaping Methods.Completion
    ) {
        self.calls = calls[...]
        self.methods = methods
        self.exchange = exchange
        self.completion = completion
    }

    /// A loop and no recursion: thousands of calls may be answered at once.
    func proceed() {
        guard !isProceeding else { return }
        isProceeding = true
        defer { isProceeding = false }
        while !isWaiting {
            guard !exchange.isOver else { return }
            guard size <= Limits.results else { return completion(.fault(.failed, "the results are too long")) }
            guard let call = calls.popFirst() else { return completion(.value(.array(results))) }
            isWaiting = true
            perform(call)
        }
    }

    private func perform(_ call: XMLRPCValue) {
        switch call["methodName"] {
        case nil, .null: return took(.fault(.incorrectParameters, "No methodName"))
        case .string("system.multicall"):
            return took(.fault(.incorrectParameters, "Recursive system.multicall forbidden"))
        case .string(let method):
            guard let parameters = Self.parameters(call["params"]) else { return took(.fault(.incorrectParameters)) }
            methods.perform(MethodCall(method: method, parameters: parameters), for: exchange, took)
        default: took(.fault(.incorrectParameters))
        }
    }

    /// None are an empty list.
    private static func parameters(_ value: XMLRPCValue?) -> [XMLRPCValue]? {
        switch value {
        case nil: []
        case .array(let values): values
        default: nil
        }
    }

    private func took(_ outcome: Outcome) {
        switch outcome {
        case .value(let value): results.append(value)
        case .fault(let code, let text): results.append(.fault(code: code, text: text))
        }
        size += results.last?.approximateSize ?? 0
        isWaiting = false
        proceed()
    }
}

extension Value {
    /// Bytes that it takes as XML, more or less.
    var approximateSize: Int {
        switch self {
        case .bool, .int: 40
        case .string(let bytes): bytes.count + 40
        case .array(let values): values.reduce(60) { $0 + $1.approximateSize }
        case .structure(let members): members.reduce(60) { $0 + $1.name.utf8.count + 40 + $1.value.approximateSize }
        }
    }
}
