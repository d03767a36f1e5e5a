/// A configuration made of commands: `init 'nginx -g "daemon off;"' 'redis-server'`.
enum CommandPrograms {
    /// Each command becomes a program, named after its executable and restarted when it fails; its output goes to
    /// init's own stdout and stderr, each line prefixed with its name. No file is written.
    static func configuration(_ commands: [String]) throws(SupervisorOptions.OptionError) -> Configuration {
        var groups: [GroupSettings] = []
        var names: [Text] = []
        for command in commands {
            let words: [String]
            do throws(CommandWords.SplitError) {
                words = try CommandWords.split(command)
            } catch {
                throw SupervisorOptions.OptionError(sentence: "command: \(error.explanation)")
            }
            let name = unique(baseName(words.first ?? ""), among: names)
            names.append(name)
            let values: KeyValues = [
                .command: .text(command), .stdoutLogfile: .log(.file("/dev/stdout")), .stdoutLogfileMaxbytes: .int(0),
                .stderrLogfile: .log(.file("/dev/stderr")), .stderrLogfileMaxbytes: .int(0),
            ]
            groups.append(
                GroupSettings(
                    name.string, processes: [ProcessSettings(name.string, values, prefixes: [.stdout, .stderr])]))
        }
        let order = Order.sorted(groups.map { Order.Rank(0, $0.name) })
        return Configuration(
            supervisord: SupervisorSettings([.nodaemon: .bool(true), .logfile: .log(.none), .pidfile: .text("")]),
            groups: order.map { groups[$0] })
    }

    /// The executable's name, without characters that a program's name may not contain.
    static func baseName(_ path: String) -> Text {
        let last = Text(path).split(by: ASCII.slash).last ?? .empty
        let kept = last.bytes.filter { $0 != ASCII.space && $0 != ASCII.colon && $0 > 0x20 }
        return kept.isEmpty ? "program" : Text(kept)
    }

    /// `sleep`, `sleep-2`, `sleep-3`.
    static func unique(_ name: Text, among names: [Text]) -> Text {
        guard names.contains(name) else { return name }
        var number = 2
        while true {
            let candidate = Text("\(name.string)-\(number)")
            if !names.contains(candidate) { return candidate }
            number += 1
        }
    }
}
