// help, and the output of -h: all of it comes from the tables.

extension Session {
    /// `help`, and `help ACTION`.
    func help(_ words: [[UInt8]]) {
        guard let topic = words.first else { return listActions() }
        if words.count == 1, topic.equals("help") {
            output("help         list the actions")
            output("help ACTION  explain an action")
        } else if words.count == 1, let action = action(named: topic) {
            usage(of: action.name)
        } else {
            let spelt = words.dropFirst().reduce(OutputText(topic)) { "\($0) \($1)" }
            if isSupervisorctl { return output("*** No help on \(spelt)") }
            let names = actions.map { OutputText("\($0.name)").bytes }
            output("Error: there is no help on \(spelt)\(hint(for: topic, among: names))")
            exitStatus = ExitCode.generic
        }
    }

    private func listActions() {
        let own = actions.filter { $0.isOwn }
        list(actions.filter { !$0.isOwn }, under: "default commands (type help <topic>):")
        if !own.isEmpty { list(own, under: "more commands (type help <topic>):") }
    }

    private func list(_ actions: [CtlAction], under header: StaticString) {
        output("")
        output("\(header)")
        output(OutputText([UInt8](repeating: UInt8(ascii: "="), count: header.utf8CodeUnitCount)))
        for row in columns(actions.map { "\($0.name)" }, width: 79) { output(row) }
        output("")
    }

    /// Columns, top to bottom, in as few rows as fit; two spaces between columns.
    private func columns(_ names: [OutputText], width: Int) -> [OutputText] {
        for rows in 1...max(1, names.count) {
            let count = (names.count + rows - 1) / rows
            var widths: [Int] = []
            for column in 0..<count {
                var widest = 0
                for row in 0..<rows where column * rows + row < names.count {
                    widest = max(widest, names[column * rows + row].count)
                }
                widths.append(widest)
            }
            guard widths.reduce(-2, { $0 + $1 + 2 }) <= width || rows == names.count else { continue }
            return (0..<rows).map { row in
                var line: OutputText = ""
                for column in 0..<count where column * rows + row < names.count {
                    let cell = names[column * rows + row].padded(widths[column])
                    line = column == 0 ? cell : "\(line)  \(cell)"
                }
                return line
            }
        }
        return []
    }

    /// The output of `-h`.
    func printUsage(program: [UInt8]) {
        output("\(program): control a supervisor")
        output("")
        output("Usage: \(program) [OPTION...] [ACTION [ARGUMENT...]]")
        output("")
        output("Without an action it shows the status and then reads actions, one per line, until quit or Ctrl-D.")
        output("Without -c and -s it finds the running init: CTL_SOCKET, the configuration file, /run/init.ctl.")
        output("")
        output("Options:")
        for option in Options.all {
            let value: OutputText = if let value = option.value { " \(value)" } else { "" }
            let spelt: OutputText = "  -\([option.short]), --\(option.long)\(value)"
            output("\(spelt.padded(30))\(option.text)")
        }
        output("")
        output("Actions:")
        for action in actions {
            for usage in action.usages {
                let form: OutputText = "  \(usage.form)"
                output("\(form.padded(38))\(usage.text)")
            }
        }
        output("")
        output("NAME is a program, or GROUP:PROGRAM for one in a group of another name.")
    }
}
