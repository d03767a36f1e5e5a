/// The result of a request.
public enum RequestAnswer: Equatable, Sendable {
    /// An encoded value; see `WireEncoder`.
    case value([UInt8])
    case fault(Fault, String)

    public static let `true`: RequestAnswer = {
        var encoder = WireEncoder()
        encoder.bool(true)
        return .value(encoder.bytes)
    }()
}

/// What a group request reports about one process: supervisord's status struct.
public struct ProcessResult: Equatable, Sendable {
    let name: String
    let group: String
    /// nil: success.
    let fault: Fault?
    /// What the sentence of the fault names.
    let extra: String

    public init(name: String, group: String, fault: Fault?, extra: String) {
        (self.name, self.group, self.fault, self.extra) = (name, group, fault, extra)
    }

    public func encode(into encoder: inout WireEncoder) {
        encoder.structure(count: 4)
        encoder.pair("name", name)
        encoder.pair("group", group)
        encoder.pair("status", (fault ?? .success).rawValue)
        encoder.pair("description", fault?.text(extra) ?? "OK")
    }

    static func encode(_ results: [ProcessResult]) -> RequestAnswer {
        var encoder = WireEncoder()
        encoder.array(count: results.count)
        for result in results { result.encode(into: &encoder) }
        return .value(encoder.bytes)
    }
}
