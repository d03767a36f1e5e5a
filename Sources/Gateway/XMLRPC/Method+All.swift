extension Method {
    /// The table: names, parameters and types are supervisord 4.3.0's; the descriptions are ours.
    static let all: [Method] = [
        Method(
            name: "supervisor.getAPIVersion", work: .supervisor, parameters: [],
            result: .string, resultHelp: "the version",
            help: "Says which version of this interface is spoken."),
        Method(
            name: "supervisor.getVersion", work: .supervisor, parameters: [],
            result: .string, resultHelp: "the version",
            help: "Says which version of this interface is spoken. The old name of getAPIVersion."),
        Method(
            name: "supervisor.getSupervisorVersion", work: .supervisor, parameters: [],
            result: .string, resultHelp: "the version",
            help: "Says which version of supervisord the interface is that of."),
        Method(
            name: "supervisor.getIdentification", work: .supervisor, parameters: [],
            result: .string, resultHelp: "the identifier",
            help: "Says the name of this supervisor: `identifier` in its configuration."),
        Method(
            name: "supervisor.getState", work: .supervisor, parameters: [],
            result: .structure, resultHelp: "statecode and statename",
            help: "Says whether the supervisor runs, restarts or shuts down."),
        Method(
            name: "supervisor.getPID", work: .supervisor, parameters: [],
            result: .int, resultHelp: "the process number",
            help: "Says the supervisor's process number, as it sees it itself."),
        Method(
            name: "supervisor.readLog", work: .readLog(.main),
            parameters: [
                .init(
                    name: "offset", kind: .int,
                    help: "first byte; negative: that many bytes from the end, with a length of 0"),
                .init(name: "length", kind: .int, help: "bytes; 0: up to the end"),
            ],
            result: .string, resultHelp: "what stands there",
            help: "Reads from the supervisor's own log."),
        Method(
            name: "supervisor.readMainLog", work: .readLog(.main),
            parameters: [
                .init(
                    name: "offset", kind: .int,
                    help: "first byte; negative: that many bytes from the end, with a length of 0"),
                .init(name: "length", kind: .int, help: "bytes; 0: up to the end"),
            ],
            result: .string, resultHelp: "what stands there",
            help: "Reads from the supervisor's own log. The old name of readLog."),
        Method(
            name: "supervisor.clearLog", work: .supervisor, parameters: [],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Empties the supervisor's own log."),
        Method(
            name: "supervisor.shutdown", work: .supervisor, parameters: [],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Stops all programs, then the supervisor."),
        Method(
            name: "supervisor.restart", work: .supervisor, parameters: [],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Stops all programs and starts anew with the configuration as it is then."),
        Method(
            name: "supervisor.reloadConfig", work: .supervisor, parameters: [],
            result: .array, resultHelp: "one array of three: names of groups that were added, changed and removed",
            help: "Reads the configuration again and says what has changed. Nothing is started or stopped."),
        Method(
            name: "supervisor.addProcessGroup", work: .supervisor,
            parameters: [.init(name: "name", kind: .string, help: "group")],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Takes a group from the configuration that was read last, and starts what is to be started in it."),
        Method(
            name: "supervisor.removeProcessGroup", work: .supervisor,
            parameters: [.init(name: "name", kind: .string, help: "group")],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Forgets a group in which nothing runs."),
        Method(
            name: "supervisor.startProcess", work: .supervisorWaiting,
            parameters: [
                .init(name: "name", kind: .string, help: "program, `group:program`, or `group:*` for all of a group"),
                .init(name: "wait", kind: .boolean, help: "answer only when it is done", isOptional: true),
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Starts a program."),
        Method(
            name: "supervisor.startProcessGroup", work: .supervisorWaiting,
            parameters: [
                .init(name: "name", kind: .string, help: "group"),
                .init(name: "wait", kind: .boolean, help: "answer only when it is done", isOptional: true),
            ],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Starts every program of a group that doesn't run."),
        Method(
            name: "supervisor.startAllProcesses", work: .supervisorWaiting,
            parameters: [
                .init(name: "wait", kind: .boolean, help: "answer only when it is done", isOptional: true)
            ],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Starts every program that doesn't run."),
        Method(
            name: "supervisor.stopProcess", work: .supervisorWaiting,
            parameters: [
                .init(name: "name", kind: .string, help: "program, `group:program`, or `group:*` for all of a group"),
                .init(name: "wait", kind: .boolean, help: "answer only when it is done", isOptional: true),
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Stops a program."),
        Method(
            name: "supervisor.stopProcessGroup", work: .supervisorWaiting,
            parameters: [
                .init(name: "name", kind: .string, help: "group"),
                .init(name: "wait", kind: .boolean, help: "answer only when it is done", isOptional: true),
            ],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Stops every program of a group."),
        Method(
            name: "supervisor.stopAllProcesses", work: .supervisorWaiting,
            parameters: [
                .init(name: "wait", kind: .boolean, help: "answer only when it is done", isOptional: true)
            ],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Stops every program."),
        Method(
            name: "supervisor.signalProcess", work: .supervisor,
            parameters: [
                .init(name: "name", kind: .string, help: "program, `group:program`, or `group:*` for all of a group"),
                .init(name: "signal", kind: .string, help: "name or number: `HUP`, `SIGHUP`, `1`"),
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Sends a signal to a program."),
        Method(
            name: "supervisor.signalProcessGroup", work: .supervisor,
            parameters: [
                .init(name: "name", kind: .string, help: "group"),
                .init(name: "signal", kind: .string, help: "name or number: `HUP`, `SIGHUP`, `1`"),
            ],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Sends a signal to every program of a group."),
        Method(
            name: "supervisor.signalAllProcesses", work: .supervisor,
            parameters: [
                .init(name: "signal", kind: .string, help: "name or number: `HUP`, `SIGHUP`, `1`")
            ],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Sends a signal to every program."),
        Method(
            name: "supervisor.getAllConfigInfo", work: .supervisor, parameters: [],
            result: .array, resultHelp: "a struct per program",
            help: "Shows how every program is configured."),
        Method(
            name: "supervisor.getProcessInfo", work: .supervisor,
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`")
            ],
            result: .structure, resultHelp: "name, group, state, times, exit status, log files, process number",
            help: "Shows a program."),
        Method(
            name: "supervisor.getAllProcessInfo", work: .supervisor, parameters: [],
            result: .array, resultHelp: "a struct per program, as getProcessInfo gives it",
            help: "Shows every program."),
        Method(
            name: "supervisor.readProcessStdoutLog", work: .readLog(.stdout),
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`"),
                .init(
                    name: "offset", kind: .int,
                    help: "first byte; negative: that many bytes from the end, with a length of 0"),
                .init(name: "length", kind: .int, help: "bytes; 0: up to the end"),
            ],
            result: .string, resultHelp: "what stands there",
            help: "Reads from the stdout log of a program."),
        Method(
            name: "supervisor.readProcessLog", work: .readLog(.stdout),
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`"),
                .init(
                    name: "offset", kind: .int,
                    help: "first byte; negative: that many bytes from the end, with a length of 0"),
                .init(name: "length", kind: .int, help: "bytes; 0: up to the end"),
            ],
            result: .string, resultHelp: "what stands there",
            help: "Reads from the stdout log of a program. The old name of readProcessStdoutLog."),
        Method(
            name: "supervisor.readProcessStderrLog", work: .readLog(.stderr),
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`"),
                .init(
                    name: "offset", kind: .int,
                    help: "first byte; negative: that many bytes from the end, with a length of 0"),
                .init(name: "length", kind: .int, help: "bytes; 0: up to the end"),
            ],
            result: .string, resultHelp: "what stands there",
            help: "Reads from the stderr log of a program."),
        Method(
            name: "supervisor.tailProcessStdoutLog", work: .tailLog(.stdout),
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`"),
                .init(name: "offset", kind: .int, help: "first byte that is new to the caller"),
                .init(name: "length", kind: .int, help: "bytes at most"),
            ],
            result: .array, resultHelp: "the text, the offset to ask for next, and whether something was left out",
            help:
                "Reads the end of the stdout log of a program: what is new since an offset, but not more than a length."
        ),
        Method(
            name: "supervisor.tailProcessLog", work: .tailLog(.stdout),
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`"),
                .init(name: "offset", kind: .int, help: "first byte that is new to the caller"),
                .init(name: "length", kind: .int, help: "bytes at most"),
            ],
            result: .array, resultHelp: "the text, the offset to ask for next, and whether something was left out",
            help:
                "Reads the end of the stdout log of a program: what is new since an offset, but not more than a length. The old name of tailProcessStdoutLog."
        ),
        Method(
            name: "supervisor.tailProcessStderrLog", work: .tailLog(.stderr),
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`"),
                .init(name: "offset", kind: .int, help: "first byte that is new to the caller"),
                .init(name: "length", kind: .int, help: "bytes at most"),
            ],
            result: .array, resultHelp: "the text, the offset to ask for next, and whether something was left out",
            help:
                "Reads the end of the stderr log of a program: what is new since an offset, but not more than a length."
        ),
        Method(
            name: "supervisor.clearProcessLogs", work: .supervisor,
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`")
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Empties both logs of a program."),
        Method(
            name: "supervisor.clearProcessLog", work: .supervisor,
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`")
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Empties both logs of a program. The old name of clearProcessLogs."),
        Method(
            name: "supervisor.clearAllProcessLogs", work: .supervisor, parameters: [],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Empties both logs of every program."),
        Method(
            name: "supervisor.sendProcessStdin", work: .sendInput,
            parameters: [
                .init(name: "name", kind: .string, help: "program, or `group:program`"),
                .init(name: "chars", kind: .string, help: "what is sent, in UTF-8"),
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Writes to the stdin of a program."),
        Method(
            name: "supervisor.sendRemoteCommEvent", work: .sendEvent,
            parameters: [
                .init(name: "type", kind: .string, help: "the event's type"),
                .init(name: "data", kind: .string, help: "the event's text"),
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Sends a REMOTE_COMMUNICATION event to the event listeners."),
        Method(
            name: "system.listMethods", work: .listMethods, parameters: [],
            result: .array, resultHelp: "names",
            help: "Lists all methods, sorted."),
        Method(
            name: "system.methodHelp", work: .methodHelp,
            parameters: [
                .init(name: "name", kind: .string, help: "name of a method")
            ],
            result: .string, resultHelp: "the text",
            help: "Explains a method."),
        Method(
            name: "system.methodSignature", work: .methodSignature,
            parameters: [
                .init(name: "name", kind: .string, help: "name of a method")
            ],
            result: .array, resultHelp: "the type of the result, then those of the parameters",
            help: "Shows the types of a method."),
        Method(
            name: "system.multicall", work: .multicall,
            parameters: [
                .init(name: "calls", kind: .array, help: "structs with methodName and params")
            ],
            result: .array, resultHelp: "the result of each call, or a struct with faultCode and faultString",
            help: "Makes several calls, one after the other. None of them may be another multicall."),
    ]
}
