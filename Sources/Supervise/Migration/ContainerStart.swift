/// What ENTRYPOINT or CMD start, if it can be replaced.
final class ContainerStart {
    /// What stands in front.
    private(set) var smallInit: SmallInit?
    private var options: [[UInt8]] = []
    /// The command itself; empty if there is only a small init.
    private(set) var rest: [[UInt8]]

    init?(_ words: [[UInt8]]) {
        rest = words
        if let first = words.first, let kind = SmallInit(first) {
            smallInit = kind
            rest.removeFirst()
            while let word = rest.first, word.first == ASCII.minus {
                rest.removeFirst()
                if word.isSame("--") { break }
                options.append(word)
                if word.isOne(of: "-e -p -r --rewrite"), !rest.isEmpty { options.append(rest.removeFirst()) }
            }
        }
        if smallInit == nil, !isSupervisor { return nil }
    }

    var isSupervisor: Bool { rest.first?.fileName.isSame("supervisord") ?? false }

    /// Of the small init.
    var package: InstallCommand.Package { smallInit?.package ?? .tini }

    /// Those of `init -- COMMAND`; nil if there are no such.
    var initOptions: [[UInt8]]? {
        let isDumbInit = smallInit == .dumbInit
        var known: [[UInt8]] = isDumbInit ? ["-g".bytes] : []
        for word in options {
            if isDumbInit, word.isOne(of: "-c --single-child") {
                known[0] = "-c".bytes
            } else if isDumbInit, word.isOne(of: "-r --rewrite") {
                known.append("-r".bytes)
            } else if isDumbInit, word.hasStart("--rewrite=") {
                known += ["-r".bytes, Array(word.dropFirst(10))]
            } else if isDumbInit, word.isOne(of: "-v --verbose") {
                known.append("-v".bytes)
            } else if word.first == ASCII.minus, isDumbInit || !word.isOne(of: "-g -s -w -v -vv -vvv -e -p") {
                return nil
            } else {
                known.append(word)
            }
        }
        return known
    }
}

/// `HEALTHCHECK --interval=5s CMD supervisorctl status web || exit 1` in words of ctl.
struct HealthInstruction {
    /// With a space behind each.
    private(set) var options: [UInt8] = []
    private(set) var words = ["ctl".bytes]

    /// nil for a command that isn't understood.
    init?(_ text: [UInt8]) {
        var rest = text.stripped
        while rest.hasStart("--") {
            let option = Array(rest.prefix { !$0.isBlank })
            options += option + [ASCII.space]
            rest = Array(rest.dropFirst(option.count)).stripped
        }
        guard rest.hasStart("CMD") else { return nil }
        rest = Array(rest.dropFirst(3)).stripped
        var command: [[UInt8]] = []
        if let executed = DockerInstruction.strings(rest) {
            command = executed
        } else {
            for word in ShellWord.split(rest, hasOperators: true) where !word.isRedirection {
                command.append(word.text)
            }
        }
        guard let first = command.first, first.fileName.isSame("supervisorctl") else { return nil }
        var index = 1
        while index + 1 < command.count, command[index].isOne(of: "-c -s -u -p") {
            words += [command[index], command[index + 1]]
            index += 2
        }
        guard index < command.count, command[index].isSame("status") else { return nil }
        words.append("health".bytes)
        index += 1
        while index < command.count, !command[index].isOne(of: "| ||") {
            // A signal that this is more than one command.
            if command[index].isOne(of: "&& ; & ( )") { return nil }
            if !command[index].isSame("all") { words.append(command[index]) }
            index += 1
        }
        if index < command.count, command[index].isSame("|") {
            index += 1
            guard index < command.count, command[index].isSame("grep") else { return nil }
            index += 1
            while index < command.count, command[index].isOne(of: "-q -w -qw -wq --quiet") { index += 1 }
            guard index < command.count, command[index].isSame("RUNNING") else { return nil }
            index += 1
        }
        guard index < command.count else { return }
        guard index + 3 == command.count, command[index].isSame("||"), command[index + 1].isSame("exit") else {
            return nil
        }
    }
}
