import Supervise

/// What a method comes to.
enum Outcome: Equatable {
    case value(Value)
    case fault(code: Int, text: String)

    static func fault(_ fault: Fault, _ extra: String = "") -> Outcome {
        .fault(code: fault.rawValue, text: fault.text(extra))
    }

    init(_ answer: ControlAnswer) {
        switch answer {
        case .value(let value), .handover(let value, _): self = .value(value)
        case .fault(let code, let text): self = .fault(code: code, text: text)
        }
    }
}
