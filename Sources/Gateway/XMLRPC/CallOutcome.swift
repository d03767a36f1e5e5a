import Supervise

/// The result of a method.
enum CallOutcome: Equatable {
    case value(EncodedValue)
    case fault(code: Int, text: String)

    static func value(_ value: Value) -> CallOutcome { .value(EncodedValue(value)) }

    static func fault(_ fault: Fault, _ extra: String = "") -> CallOutcome {
        .fault(code: fault.rawValue, text: fault.text(extra))
    }

    init(_ answer: ControlAnswer) {
        switch answer {
        case .value(let value): self = .value(value)
        case .handover: self = .fault(.failed)  // of no method that is forwarded
        case .fault(let code, let text): self = .fault(code: code, text: text)
        }
    }
}
