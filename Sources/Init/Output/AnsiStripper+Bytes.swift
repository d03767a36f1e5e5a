import Kernel
import Supervise

extension AnsiStripper {
    /// Strips `buffer` in place.
    mutating func strip(_ buffer: Bytes) {
        if isInText, File.firstIndex(of: Self.escape, in: buffer.filled) == nil { return }
        let kept = strip(buffer.mutable)
        buffer.cut(to: kept.count)
        if kept.escapeBefore { withUnsafeBytes(of: Self.escape) { _ = buffer.prepend($0) } }
    }
}
