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
                guard let problem = problem(of: process, &search) else { continue }
                // Report a problem once for hundreds of processes of one program.
                if problem != last {
                    let name = group.name == process.name ? process.name : "\(group.name):\(process.name)"
                    findings.append(Finding(kind: .warning, text: "\(name): \(problem)"))
                }
                last = problem
            }
        }
        return findings
    }

    /// The result of the last lookup: thousands of programs may run one command.
    private struct Search {
        let inherited = CStringArray.ofProcess().value(of: "PATH") ?? []
        var word = ""
        var path: [UInt8] = []
        var problem: String?
    }

    private static func problem(of process: ProcessSettings, _ search: inout Search) -> String? {
        let words: [String]
        do throws(CommandLine.Failure) {
            words = try CommandLine.split(process.command)
        } catch {
            return error.explanation
        }
        guard let word = words.first else { return nil }
        let (path, origin) = searchPath(process, search.inherited)
        if word == search.word, path == search.path { return search.problem }
        search.word = word
        search.path = path
        search.problem = problem(of: word, path, origin)
        return search.problem
    }

    private static func problem(of word: String, _ path: [UInt8], _ origin: String) -> String? {
        do throws(Errno) {
            _ = try CommandSearch.find(word.bytes, path: path)
            return nil
        } catch .noEntry {
            guard !word.bytes.contains(UInt8(ascii: "/")) else { return "command: there is no file \(word)" }
            return "command: \(word) is in none of the folders of \(origin): \(String(decoding: path, as: UTF8.self))"
        } catch .access {
            return "command: \(word) is not executable"
        } catch {
            return "command: \(word): \(error.text)"
        }
    }

    /// Looks it up as a start does, and names its user.
    private static func searchPath(
        _ process: ProcessSettings, _ inherited: [UInt8]
    ) -> (path: [UInt8], origin: String) {
        for variable in process.environment.reversed() where variable.name == "PATH" {
            return (variable.value.bytes, "the PATH of environment=")
        }
        if !inherited.isEmpty { return (inherited, "init's PATH") }
        return ("/bin:/usr/bin:/usr/local/bin".bytes, "the default PATH")
    }
}
