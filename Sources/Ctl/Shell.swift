import Kernel

extension Session {
    /// Parses a line like Python's `cmd` module: a word of letters, digits and underscores, and the rest. Names of
    /// actions may have hyphens.
    ///
    /// - Returns: true if the shell should end.
    @discardableResult func perform(line: [UInt8]) -> Bool {
        var rest = line[...]
        while let byte = rest.first, OutputText.isSpace(byte) { rest.removeFirst() }
        while let byte = rest.last, OutputText.isSpace(byte) { rest.removeLast() }
        let stripped = Array(rest)
        guard let first = stripped.first else { return false }
        if first == UInt8(ascii: "?") {
            help(OutputText.words(rest.dropFirst()))
            return false
        }
        let word = Array(rest.prefix { !OutputText.isSpace($0) })
        let isWhole = action(named: word) != nil || isMisspelt(word)
        let name = isWhole ? word : Array(rest.prefix(while: Self.isNameByte))
        let words = OutputText.words(rest.dropFirst(name.count))
        knownPrograms = nil
        if name.equals("help") {
            help(words)
            return false
        }
        if name.equals("EOF") {
            output("")
            return true
        }
        guard let action = action(named: name) else {
            output(unknownAction(name, in: stripped))
            exitStatus = ExitCode.generic
            return false
        }
        do throws(CtlError) {
            try action.run(self, words)
        } catch .unauthorized(let reason) {
            return authenticate(for: stripped, reason)
        } catch {
            report(error)
            return wasInterrupted
        }
        return action.ends
    }

    /// Asks the user for a name and a password, and performs the line with them.
    ///
    /// - Returns: true if the shell should end.
    private func authenticate(for line: [UInt8], _ reason: OutputText) -> Bool {
        if isSupervisorctl || isInteractive { output("Server requires authentication") }
        guard isInteractive else {
            // supervisorctl tries the same once more, and reports that, too.
            report(.unauthorized(reason: reason))
            return false
        }
        do throws(CtlError) {
            let username = try answer("Username:")
            let password = try secret("Password:")
            output("")
            server.credentials = Login(username: username, password: password)
            disconnect()
        } catch {
            report(error)
            return wasInterrupted
        }
        return perform(line: line)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The shell: the status, then a line at a time until quit, the end of the input, or Ctrl-C while an action waits.
    /// At the prompt Ctrl-C discards the line, as in readline's shells; under the name supervisorctl it ends the shell,
    /// as in the original.
    ///
    /// - Parameter historyFile: keeps the lines that were typed at a terminal.
    func converse(historyFile: String?) {
        _ = try? watchInterrupts()
        if LineReader.isPossible { reader = LineReader(historyFile: historyFile) }
        defer { saveHistory() }
        var isOver = perform(line: [UInt8]("status".utf8))
        while !isOver {
            switch try? ask("\(prompt)> ", isCommand: true) {
            case .line(let line): isOver = perform(line: line)
            case .interrupted where !isSupervisorctl && Terminal.isOne(0):
                forgetInterrupts()
                if let reader { reader.abandon(("\(prompt)> " as OutputText).bytes) } else { output("") }
            case .interrupted, .end, .ended, nil: return output("")
            }
        }
        if wasInterrupted { output("") }
    }
}
