import Kernel

extension Session {
    /// Reads a line the way Python's `cmd` module does: a word of letters, digits and underscores, and the rest.
    ///
    /// - Returns: true when the shell is to end.
    @discardableResult func perform(line: [UInt8]) -> Bool {
        var rest = line[...]
        while let byte = rest.first, Text.isSpace(byte) { rest.removeFirst() }
        while let byte = rest.last, Text.isSpace(byte) { rest.removeLast() }
        let stripped = Array(rest)
        guard let first = stripped.first else { return false }
        if first == UInt8(ascii: "?") {
            help(Text.words(rest.dropFirst()))
            return false
        }
        let name = Array(rest.prefix(while: Self.isNameByte))
        let words = Text.words(rest.dropFirst(name.count))
        if name.equals("help") {
            help(words)
            return false
        }
        if name.equals("EOF") {
            output("")
            return true
        }
        guard let action = action(named: name) else {
            output("*** Unknown syntax: \(stripped)")
            exitStatus = Status.generic
            return false
        }
        do throws(Failure) {
            try action.run(self, words)
        } catch {
            report(error)
            return false
        }
        return action.ends
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The shell: the status, then a line at a time until quit, the end of the input or Ctrl-C.
    func converse() {
        perform(line: [UInt8]("status".utf8))
        while true {
            flush()
            File.print(bytes: prompt.bytes + [UInt8](("> ").utf8))
            switch input.line() {
            case .line(let line):
                if perform(line: line) { return }
            case .end, .interrupted:
                output("")
                return
            }
        }
    }
}
