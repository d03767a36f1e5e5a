import Host
import Kernel
import Supervise

/// `--check`: what is worth reporting about a configuration that can be read.
enum Check {
    /// Prints warnings, notes and a summary.
    ///
    /// - Parameter isStrict: a warning makes the check fail.
    /// - Returns: the exit code: 0, or 1.
    static func report(_ configuration: Configuration, _ file: String, isStrict: Bool) -> Int32 {
        var findings: [Finding] = []
        for warning in configuration.warnings { findings.append(Finding(kind: .warning, text: warning)) }
        for remark in configuration.remarks { findings.append(Finding(kind: .warning, text: remark.description)) }
        findings += configuration.findings
        findings += commands(configuration)
        var warnings = 0
        for finding in findings {
            File.print("\(finding.line.oneLine)\n")
            if finding.kind == .warning { warnings += 1 }
        }
        var processes = 0
        for group in configuration.groups { processes += group.processes.count }
        let needed = OwnCapabilities.needed(by: configuration)
        File.print(
            "capabilities that init needs: \(Capabilities.names(needed)) "
                + "(init_capabilities=\(configuration.supervisord.initCapabilities.text))\n")
        let order = StartOrder(configuration)
        if !order.edges.isEmpty {
            File.print("programs start in this order:\n")
            for line in order.lines { File.print("  \(line.oneLine)\n") }
        }
        let counts = "\(configuration.groups.count) groups, \(processes) processes"
        guard isStrict, warnings > 0 else {
            File.print("\(file.oneLine): good: \(counts)\n")
            return 0
        }
        File.print(
            "\(file.oneLine): \(warnings) warning\(warnings == 1 ? "" : "s"), and --strict allows none: \(counts)\n")
        return 1
    }

    /// Commands that can't be split into words, and those whose executable is missing or can't be executed now. A start
    /// checks this itself: a program may install what another one runs.
    private static func commands(_ configuration: Configuration) -> [Finding] {
        var findings: [Finding] = []
        var last = ""
        var search = Search()
        for group in configuration.groups {
            for process in group.processes {
                let name = Namespec.text(group: group.name, process: process.name)
                var commands: [(key: StaticString, text: String)] = [("command", process.command)]
                for kind in HookKind.allCases {
                    if let hook = process.hook(kind) { commands.append((kind.key, hook.command)) }
                }
                if case .command(let text)? = process.healthCheck?.check {
                    commands.append(("healthcheck_command", text))
                }
                for command in commands {
                    // Report a problem once for hundreds of processes of one program.
                    guard let problem = problem(of: command.text, process, &search), problem != last else { continue }
                    findings.append(Finding(kind: .warning, text: "\(name): \(command.key): \(problem)"))
                    last = problem
                }
            }
        }
        for hook in configuration.eventHooks {
            guard let problem = problem(of: hook.command, hook.execution, &search) else { continue }
            findings.append(Finding(kind: .warning, text: "[hook:\(hook.name)]: command: \(problem)"))
        }
        return findings
    }

    /// The result of the last lookup: thousands of programs may run one command.
    private struct Search {
        let inherited = CStringArray.ofProcess()
        var word = ""
        var path: [UInt8] = []
        var problem: String?
    }

    private static func problem(of command: String, _ process: ProcessSettings, _ search: inout Search) -> String? {
        let words: [String]
        do throws(CommandWords.SplitError) {
            words = try CommandWords.split(command)
        } catch {
            return error.explanation
        }
        guard let word = words.first else { return nil }
        let own = process.environment.last { $0.name == "PATH" }?.value.bytes
        let (path, origin) = CommandSearch.path(own: own, inherited: search.inherited)
        if word == search.word, path == search.path { return search.problem }
        search.word = word
        search.path = path
        search.problem = problem(of: word, path, origin)
        return search.problem
    }

    private static func problem(of word: String, _ path: [UInt8], _ origin: CommandSearch.FoundIn) -> String? {
        do throws(Errno) {
            _ = try CommandSearch.find(word.bytes, path: path)
            return nil
        } catch .noEntry {
            guard !word.bytes.contains(UInt8(ascii: "/")) else { return "there is no file \(word)" }
            let whose =
                switch origin {
                case .program: "the PATH of environment="
                case .inherited: "init's PATH"
                case .usual: "the default PATH"
                }
            return "\(word) is in none of the folders of \(whose): \(String(decoding: path, as: UTF8.self))"
        } catch .access {
            return "\(word) is not executable"
        } catch {
            return "\(word): \(error.text)"
        }
    }
}
