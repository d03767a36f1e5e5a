import Kernel
import Supervise

extension Failure {
    /// The sentence of a fault with the first line of its details; other lines go to stderr.
    static func explanation(code: Int, _ text: String) -> Text {
        Text(Fault.explanation(code: code, text: lines(text).first.bytes))
    }

    /// What a fault's text says beyond the fault's name; empty if that is all.
    static func detail(code: Int, _ text: String) -> Text {
        let bytes = lines(text).first.bytes
        guard let name = Fault(rawValue: code)?.name else { return Text(bytes) }
        let prefix: Text = "\(name): "
        return bytes.starts(with: prefix.bytes) ? Text(Array(bytes.dropFirst(prefix.bytes.count))) : ""
    }
}
