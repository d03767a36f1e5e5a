import Supervise

/// `system.multicall`: one call after the other, each result bare (unlike elsewhere, not in an array of one).
final class Multicall {
    private var calls: ArraySlice<XMLRPCValue>
    /// Encoded, one after the other.
    private var results: [UInt8] = []
    private var count = 0
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

    /// A loop rather than recursion: thousands of calls may be answered at once.
    func proceed() {
        guard !isProceeding else { return }
        isProceeding = true
        defer { isProceeding = false }
        while !isWaiting {
            guard !exchange.isOver else { return }
            guard results.count <= Limits.results else {
                return completion(.fault(.failed, "the results are too long"))
            }
            guard let call = calls.popFirst() else { return completion(.value(whole)) }
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

    /// No results are an empty list.
    private static func parameters(_ value: XMLRPCValue?) -> [XMLRPCValue]? {
        switch value {
        case nil: []
        case .array(let values): values
        default: nil
        }
    }

    private func took(_ outcome: CallOutcome) {
        switch outcome {
        case .value(let value): results += value.bytes
        case .fault(let code, let text): results += EncodedValue(.fault(code: code, text: text)).bytes
        }
        count += 1
        isWaiting = false
        proceed()
    }

    /// An array of all of them.
    private var whole: EncodedValue {
        EncodedValue(bytes: EncodedValue { $0.array(count: count) }.bytes + results)
    }
}
