import CLinux

/// A POSIX extended regular expression.
public final class RegularExpression {
    private let compiled: OpaquePointer

    /// nil if the text is none.
    public init?(_ text: [UInt8]) {
        guard !text.contains(0), let compiled = linux_expression_new(Self.terminated(text)) else { return nil }
        self.compiled = compiled
    }

    deinit { linux_expression_free(compiled) }

    /// Whether it is somewhere in the line; what follows a zero byte is not looked at.
    public func matches(_ line: [UInt8]) -> Bool { linux_expression_matches(compiled, Self.terminated(line)) != 0 }

    private static func terminated(_ text: [UInt8]) -> [CChar] {
        var bytes: [CChar] = []
        bytes.reserveCapacity(text.count + 1)
        for byte in text { bytes.append(CChar(bitPattern: byte)) }
        bytes.append(0)
        return bytes
    }
}
