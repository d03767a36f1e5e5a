/// A command that waits for servers before it runs another: `wait-for-it.sh db:5432 -- app`, `dockerize -wait tcp://db:5432 app`,
/// `sh -c "until nc -z db 5432; do sleep 1; done; exec app"`.
struct WaitCommand {
    var targets: [Target]
    /// The command that it runs, to take its place.
    var rest: [UInt8]

    /// What a command is.
    enum Reading {
        /// Waits for nothing, as far as can be told.
        case none
        case wait(WaitCommand)
        /// Waits in a way that isn't understood: what for.
        case unclear(String)

        var isNone: Bool {
            if case .none = self { return true }
            return false
        }
    }

    /// - Parameters:
    ///   - command: as it stands in the configuration.
    ///   - firstLine: bytes of it that are in the key's line.
    static func read(_ command: [UInt8], firstLine: Int) -> Reading {
        let words = ShellWord.split(command)
        guard let first = words.first else { return .none }
        let start = isShell(first.text) && words.count > 1 ? 1 : 0
        if words[start].text.fileName.isOne(of: "wait-for-it.sh wait-for-it wait-for wait-for.sh") {
            return waitForIt(command, words, start + 1, firstLine)
        }
        if first.text.fileName.isSame("dockerize") { return dockerize(command, words, firstLine) }
        return script(command, words, firstLine)
    }

    private static func isShell(_ word: [UInt8]) -> Bool { word.fileName.isOne(of: "sh bash dash ash") }

    /// The command from a word on, if that is in the key's line.
    private static func wait(
        _ targets: [Target], _ command: [UInt8], _ words: [ShellWord], from index: Int, _ firstLine: Int
    ) -> Reading {
        guard index < words.count, words[index].start < firstLine, !targets.isEmpty else {
            return .unclear("it waits for something, but what it runs then is not in the same line")
        }
        return .wait(WaitCommand(targets: targets, rest: Array(command[words[index].start..<firstLine])))
    }

    // MARK: Tools

    private static func waitForIt(
        _ command: [UInt8], _ words: [ShellWord], _ start: Int, _ firstLine: Int
    ) -> Reading {
        var target = Target(host: [], port: 0)
        var index = start
        while index < words.count {
            // `--port=5432` is `-p 5432`.
            var name = words[index].text
            var value = index + 1 < words.count ? words[index + 1].text : []
            if name.isSame("--") {
                if target.port == 0 { break }
                return wait([target], command, words, from: index + 1, firstLine)
            }
            let equals = name.hasStart("--") ? name.firstIndex(of: ASCII.equals) : nil
            if let equals {
                value = Array(name[(equals + 1)...])
                name = Array(name[..<equals])
            }
            if name.isOne(of: "-h --host -p --port -t --timeout") {
                if name.isOne(of: "-h --host") { target.host = value }
                if name.isOne(of: "-p --port") { target.port = value.portNumber ?? 0 }
                index += equals == nil ? 2 : 1
                continue
            }
            if let written = Target(written: name) {
                target = written
            } else if !name.isOne(of: "-s --strict -q --quiet") {
                break
            }
            index += 1
        }
        return .unclear("the arguments of wait-for-it are not understood")
    }

    private static func dockerize(_ command: [UInt8], _ words: [ShellWord], _ firstLine: Int) -> Reading {
        var targets: [Target] = []
        var index = 1
        while index + 1 < words.count, words[index].text.first == ASCII.minus {
            let name = words[index].text
            if name.isOne(of: "-wait --wait"), let target = Target(url: words[index + 1].text) {
                targets.append(target)
            } else if !name.isOne(of: "-timeout --timeout -wait-retry-interval --wait-retry-interval") {
                return .unclear("dockerize does more here than to wait, or waits for something else")
            }
            index += 2
        }
        return wait(targets, command, words, from: index, firstLine)
    }

    // MARK: Scripts

    /// `sh -c "..."`.
    private static func script(_ command: [UInt8], _ words: [ShellWord], _ firstLine: Int) -> Reading {
        guard words.count == 3, isShell(words[0].text), words[1].text.isOne(of: "-c -ec -lc -ce") else { return .none }
        let text = words[2].text.stripped
        guard text.hasStart("while !") || text.hasStart("until ") else {
            guard text.hasStart("sleep "), text.hasText("&&") || text.hasText(";") else { return .none }
            let seconds = Array(text.dropFirst(6)).numberAtStart ?? 0
            return .unclear(
                "it sleeps first (\(seconds) s): if that is for another program, depends_on= is better")
        }
        let (start, end) = (words[2].start, words[2].end)
        let quote = command[start]
        let inner = Array(command[(start + 1)..<max(end - 1, start + 1)])
        guard end <= firstLine, quote == ASCII.quote || quote == ASCII.doubleQuote, !inner.contains(quote),
            !inner.contains(ASCII.backslash), let (target, rest) = loop(inner.stripped), !rest.isEmpty
        else { return .unclear("its loop waits for something, and isn't understood") }
        let alone = rest.hasStart("exec ") ? Array(rest.dropFirst(5)).stripped : []
        if !alone.isEmpty, !ShellWord.needsShell(alone), !alone.contains(ASCII.equals) {
            return .wait(WaitCommand(targets: [target], rest: alone))
        }
        return .wait(WaitCommand(targets: [target], rest: Array(command[..<start]) + [quote] + rest + [quote]))
    }

    /// `until nc -z HOST PORT; do sleep 1; done; REST`.
    private static func loop(_ script: [UInt8]) -> (Target, rest: [UInt8])? {
        let words = ShellWord.split(script, hasOperators: true)
        guard let doing = words.firstIndex(where: { $0.text.isSame("do") }),
            let done = words.firstIndex(where: { $0.text.isSame("done") }), doing < done, done + 1 < words.count,
            words[done + 1].text.isOne(of: "; &&"),
            let target = Target(condition: words[(script.hasStart("while") ? 2 : 1)..<doing])
        else { return nil }
        var isFirst = true
        for word in words[(doing + 1)..<done] {
            if isFirst, !word.text.isOne(of: "sleep echo printf :"), !word.isOperator { return nil }
            isFirst = word.isOperator
        }
        return (target, Array(script[words[done + 1].end...]).stripped)
    }
}

extension WaitCommand {
    /// What is waited for.
    struct Target {
        var host: [UInt8]
        var port: Int
        /// An answer to HTTP, not only a connection.
        var url: [UInt8]?

        init(host: [UInt8], port: Int) { (self.host, self.port) = (host, port) }

        var isHere: Bool { host.isOne(of: "localhost 127.0.0.1 ::1 [::1] 0.0.0.0") }
        var written: [UInt8] { url ?? host + ":\(port)".bytes }

        /// `HOST:PORT`.
        init?(written: [UInt8]) {
            guard let colon = written.lastIndex(of: ASCII.colon), colon > 0, written.first != ASCII.minus,
                let port = Array(written[(colon + 1)...]).portNumber
            else { return nil }
            self.init(host: Array(written[..<colon]), port: port)
        }

        /// `tcp://HOST:PORT`, `http://HOST[:PORT]/PATH`.
        init?(url: [UInt8]) {
            if url.hasStart("tcp://") {
                self.init(written: Array(url.dropFirst(6)))
                return
            }
            guard url.hasStart("http://") else { return nil }
            let address = Array(url.dropFirst(7).prefix { $0 != ASCII.slash })
            self = Self(written: address) ?? Self(host: address, port: 80)
            self.url = url
        }

        /// What a loop asks: `nc -z HOST PORT`, `curl -f URL`.
        init?(condition: ArraySlice<ShellWord>) {
            var rest: [[UInt8]] = []
            var options: [UInt8] = []
            var isValue = false
            for word in condition where !word.isRedirection && !word.isOperator {
                if word.text.first == ASCII.minus {
                    options += word.text.dropFirst()
                    isValue = word.text.isSame("-w")
                } else if !isValue {
                    rest.append(word.text)
                } else {
                    isValue = false
                }
            }
            guard let tool = rest.first?.fileName else { return nil }
            if tool.isOne(of: "nc ncat netcat"), rest.count == 3, let port = rest[2].portNumber,
                options.contains(UInt8(ascii: "z"))
            {
                self.init(host: rest[1], port: port)
                return
            }
            // -f, and options that change nothing about success.
            let known = "fsSL".bytes
            guard tool.isSame("curl"), rest.count == 2, options.contains(UInt8(ascii: "f")) else { return nil }
            for option in options where !known.contains(option) { return nil }
            self.init(url: rest[1])
        }
    }
}
