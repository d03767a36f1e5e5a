import Kernel
import Supervise

extension CtlError {
    /// The sentence of a fault with the first line of its details; other lines go to stderr.
    static func explanation(code: Int, _ text: String) -> OutputText {
        OutputText(Fault.explanation(code: code, text: lines(text).first.bytes))
    }

    /// What a fault's text says beyond the fault's name; empty if that is all.
    static func detail(code: Int, _ text: String) -> OutputText {
        let bytes = lines(text).first.bytes
        guard let name = Fault(rawValue: code)?.name else { return OutputText(bytes) }
        let prefix: OutputText = "\(name): "
        return bytes.starts(with: prefix.bytes) ? OutputText(Array(bytes.dropFirst(prefix.bytes.count))) : ""
    }
}
