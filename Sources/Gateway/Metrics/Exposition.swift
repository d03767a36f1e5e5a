/// Metrics as text, in one of the two forms that Prometheus reads.
///
/// - Source: https://prometheus.io/docs/instrumenting/exposition_formats/, the OpenMetrics specification 1.0.
struct Exposition {
    enum Form: String {
        /// 0.0.4, which every reader supports.
        case prometheus = "text/plain"
        case openMetrics = "application/openmetrics-text"

        var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    enum Kind: String {
        case gauge, counter
        /// A constant 1 whose labels carry the information.
        case info
    }

    typealias Label = (name: String, value: String)

    private let form: Form
    private(set) var text: [UInt8] = []
    private var name = ""

    init(_ form: Form) { self.form = form }

    /// Begins a metric: its samples follow, and appear nowhere else.
    ///
    /// - Parameter name: with its unit, without `_total` and `_info`.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        let ending =
            switch kind {
            case .gauge: ""
            case .counter: "_total"
            case .info: "_info"
            }
        self.name = name + ending
        // OpenMetrics names the family, the older form the samples.
        let title = form == .openMetrics ? name : self.name
        let type = form == .prometheus && kind == .info ? Kind.gauge : kind
        text += "# HELP \(title) \(help)\n# TYPE \(title) \(type.rawValue)\n".utf8
    }

    mutating func sample(_ value: some Numeric) { sample([], value) }

    mutating func sample(_ labels: [Label], _ value: some Numeric) { sample(opened: Self.opened(labels), value) }

    /// - Parameters:
    ///   - opened: what `opened` made of labels.
    ///   - last: a label of this sample alone; it needs no quoting.
    mutating func sample(opened: [UInt8], last: Label? = nil, _ value: some Numeric) {
        text += name.utf8
        text += opened
        if let last { text += ",\(last.name)=\"\(last.value)\"".utf8 }
        if !opened.isEmpty { text.append(UInt8(ascii: "}")) }
        text += " \(value)\n".utf8
    }

    /// Labels without the closing brace.
    static func opened(_ labels: [Label]) -> [UInt8] {
        var text: [UInt8] = []
        for label in labels {
            text += "\(text.isEmpty ? "{" : ",")\(label.name)=\"".utf8
            for byte in label.value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): text += "\\\\".utf8
                case UInt8(ascii: "\""): text += "\\\"".utf8
                case UInt8(ascii: "\n"): text += "\\n".utf8
                default: text.append(byte)
                }
            }
            text.append(UInt8(ascii: "\""))
        }
        return text
    }

    mutating func end() {
        if form == .openMetrics { text += "# EOF\n".utf8 }
    }
}
