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
    /// Of the samples.
    private var name: [UInt8] = []

    /// - Parameter bytes: how long it will be, about: growing means copying.
    init(_ form: Form, reserving bytes: Int = 0) {
        self.form = form
        text.reserveCapacity(bytes)
    }

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
        self.name = Array((name + ending).utf8)
        // OpenMetrics names the family, the older form the samples.
        let title = form == .openMetrics ? name : name + ending
        let type = form == .prometheus && kind == .info ? Kind.gauge : kind
        text += "# HELP \(title) \(help)\n# TYPE \(title) \(type.rawValue)\n".utf8
    }

    mutating func sample(_ value: some SampleValue) { sample([], value) }

    mutating func sample(_ labels: [Label], _ value: some SampleValue) { sample(opened: Self.opened(labels), value) }

    /// Makes no string: there are tens of thousands of samples.
    ///
    /// - Parameters:
    ///   - opened: what `opened` made of labels.
    ///   - last: what `last` made of a label of this sample alone.
    mutating func sample(opened: [UInt8], last: [UInt8] = [], _ value: some SampleValue) {
        text += name
        text += opened
        text += last
        if !opened.isEmpty { text.append(UInt8(ascii: "}")) }
        text.append(UInt8(ascii: " "))
        value.write(to: &text)
        text.append(UInt8(ascii: "\n"))
    }

    /// A label behind others; it needs no quoting.
    static func last(_ name: String, _ value: String) -> [UInt8] { Array(",\(name)=\"\(value)\"".utf8) }

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

protocol SampleValue {
    func write(to text: inout [UInt8])
}

extension Double: SampleValue {
    func write(to text: inout [UInt8]) { text += description.utf8 }
}

extension Int: SampleValue {
    func write(to text: inout [UInt8]) {
        if 0..<10 ~= self { return text.append(UInt8(ascii: "0") &+ UInt8(self)) }
        // The longest one is -9223372036854775808.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var first = digits.count
            var rest = magnitude
            repeat {
                first -= 1
                digits[first] = UInt8(ascii: "0") &+ UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if self < 0 {
                first -= 1
                digits[first] = UInt8(ascii: "-")
            }
            text += digits[first...]
        }
    }
}
