/// The result of a request.
public enum Answer: Equatable, Sendable {
    /// An encoded value; see `Encoder`.
    case value([UInt8])
    case fault(Fault, String)

    public static let `true`: Answer = {
        var encoder = Encoder()
        encoder.bool(true)
        return .value(encoder.bytes)
    }()
}

/// What a group request reports about one process: supervisord's status struct.
struct ProcessResult: Equatable, Sendable {
    var name: String
    var group: String
    var fault: Fault?
    var extra = ""

    static func encode(_ results: [ProcessResult]) -> Answer {
        var encoder = Encoder()
        encoder.array(count: results.count)
        for result in results {
            encoder.structure(count: 4)
            encoder.key("name")
            encoder.string(result.name)
            encoder.key("group")
            encoder.string(result.group)
            encoder.key("status")
            encoder.int((result.fault ?? .success).rawValue)
            encoder.key("description")
            encoder.string(result.fault?.text(result.extra) ?? "OK")
        }
        return .value(encoder.bytes)
    }
}
