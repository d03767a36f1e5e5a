import Supervise

extension Method {
    /// The table: names, parameters and types are supervisord 4.3.0's; the descriptions are ours.
    static let all: [Method] = [
        Method(
            .getAPIVersion, work: .supervisor, parameterHelp: [],
            result: .string, resultHelp: "the version",
            help: "Returns the version of this interface."),
        Method(
            .getVersion, work: .supervisor, parameterHelp: [],
            result: .string, resultHelp: "the version",
            help: "Returns the version of this interface. The old name of getAPIVersion."),
        Method(
            .getSupervisorVersion, work: .supervisor, parameterHelp: [],
            result: .string, resultHelp: "the version",
            help: "Returns the version of supervisord that has this interface."),
        Method(
            .getIdentification, work: .supervisor, parameterHelp: [],
            result: .string, resultHelp: "the identifier",
            help: "Returns the name of this supervisor: `identifier` in its configuration."),
        Method(
            .getState, work: .supervisor, parameterHelp: [],
            result: .structure, resultHelp: "statecode and statename",
            help: "Returns whether the supervisor is running, restarting or shutting down."),
        Method(
            .getPID, work: .supervisor, parameterHelp: [],
            result: .int, resultHelp: "the process id",
            help: "Returns the supervisor's process id in its own namespace."),
        Method(
            .readLog, work: .readLog(.main),
            parameterHelp: [
                "first byte; negative: that many bytes from the end, with a length of 0", "bytes; 0: up to the end",
            ],
            result: .string, resultHelp: "the text",
            help: "Reads from the supervisor's own log."),
        Method(
            .readMainLog, work: .readLog(.main),
            parameterHelp: [
                "first byte; negative: that many bytes from the end, with a length of 0", "bytes; 0: up to the end",
            ],
            result: .string, resultHelp: "the text",
            help: "Reads from the supervisor's own log. The old name of readLog."),
        Method(
            .clearLog, work: .supervisor, parameterHelp: [],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Clears the supervisor's own log."),
        Method(
            .shutdown, work: .supervisor, parameterHelp: [],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Stops all programs, then exits."),
        Method(
            .restart, work: .supervisor, parameterHelp: [],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Stops all programs, then starts again with the current configuration."),
        Method(
            .reloadConfig, work: .supervisor, parameterHelp: [],
            result: .array, resultHelp: "one array of three: names of groups that were added, changed and removed",
            help: "Reads the configuration again and reports what has changed. Starts and stops nothing."),
        Method(
            .addProcessGroup, work: .supervisor, parameterHelp: ["group"],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Activates a group of the configuration that was read last, and starts its processes with autostart."),
        Method(
            .removeProcessGroup, work: .supervisor, parameterHelp: ["group"],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Deactivates a group in which nothing runs."),
        Method(
            .startProcess, work: .supervisorWaiting,
            parameterHelp: [
                "program, `group:program`, or `group:*` for all of a group", "answer only once it is done",
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Starts a program."),
        Method(
            .startProcessGroup, work: .supervisorWaiting, parameterHelp: ["group", "answer only once it is done"],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Starts every program of a group that doesn't run."),
        Method(
            .startAllProcesses, work: .supervisorWaiting, parameterHelp: ["answer only once it is done"],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Starts every program that doesn't run."),
        Method(
            .stopProcess, work: .supervisorWaiting,
            parameterHelp: [
                "program, `group:program`, or `group:*` for all of a group", "answer only once it is done",
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Stops a program."),
        Method(
            .stopProcessGroup, work: .supervisorWaiting, parameterHelp: ["group", "answer only once it is done"],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Stops every program of a group."),
        Method(
            .stopAllProcesses, work: .supervisorWaiting, parameterHelp: ["answer only once it is done"],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Stops every program."),
        Method(
            .signalProcess, work: .supervisor,
            parameterHelp: [
                "program, `group:program`, or `group:*` for all of a group", "name or number: `HUP`, `SIGHUP`, `1`",
            ],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Sends a signal to a program."),
        Method(
            .signalProcessGroup, work: .supervisor, parameterHelp: ["group", "name or number: `HUP`, `SIGHUP`, `1`"],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Sends a signal to every program of a group."),
        Method(
            .signalAllProcesses, work: .supervisor, parameterHelp: ["name or number: `HUP`, `SIGHUP`, `1`"],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Sends a signal to every program."),
        Method(
            .getAllConfigInfo, work: .supervisor, parameterHelp: [],
            result: .array, resultHelp: "a struct per program",
            help: "Shows how every program is configured."),
        Method(
            .getProcessInfo, work: .supervisor, parameterHelp: ["program, or `group:program`"],
            result: .structure, resultHelp: "name, group, state, times, exit status, log files, process id",
            help: "Shows a program."),
        Method(
            .getAllProcessInfo, work: .supervisor, parameterHelp: [],
            result: .array, resultHelp: "a struct per program, as getProcessInfo returns it",
            help: "Shows every program."),
        Method(
            .readProcessStdoutLog, work: .readLog(.stdout),
            parameterHelp: [
                "program, or `group:program`", "first byte; negative: that many bytes from the end, with a length of 0",
                "bytes; 0: up to the end",
            ],
            result: .string, resultHelp: "the text",
            help: "Reads from the stdout log of a program."),
        Method(
            .readProcessLog, work: .readLog(.stdout),
            parameterHelp: [
                "program, or `group:program`", "first byte; negative: that many bytes from the end, with a length of 0",
                "bytes; 0: up to the end",
            ],
            result: .string, resultHelp: "the text",
            help: "Reads from the stdout log of a program. The old name of readProcessStdoutLog."),
        Method(
            .readProcessStderrLog, work: .readLog(.stderr),
            parameterHelp: [
                "program, or `group:program`", "first byte; negative: that many bytes from the end, with a length of 0",
                "bytes; 0: up to the end",
            ],
            result: .string, resultHelp: "the text",
            help: "Reads from the stderr log of a program."),
        Method(
            .tailProcessStdoutLog, work: .tailLog(.stdout),
            parameterHelp: ["program, or `group:program`", "first byte that the caller doesn't have", "bytes at most"],
            result: .array, resultHelp: "the text, the offset to ask for next, and whether something was left out",
            help:
                "Reads the end of the stdout log of a program: what is new since an offset, but not more than a length."
        ),
        Method(
            .tailProcessLog, work: .tailLog(.stdout),
            parameterHelp: ["program, or `group:program`", "first byte that the caller doesn't have", "bytes at most"],
            result: .array, resultHelp: "the text, the offset to ask for next, and whether something was left out",
            help:
                "Reads the end of the stdout log of a program: what is new since an offset, but not more than a length. The old name of tailProcessStdoutLog."
        ),
        Method(
            .tailProcessStderrLog, work: .tailLog(.stderr),
            parameterHelp: ["program, or `group:program`", "first byte that the caller doesn't have", "bytes at most"],
            result: .array, resultHelp: "the text, the offset to ask for next, and whether something was left out",
            help:
                "Reads the end of the stderr log of a program: what is new since an offset, but not more than a length."
        ),
        Method(
            .clearProcessLogs, work: .supervisor, parameterHelp: ["program, or `group:program`"],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Clears both logs of a program."),
        Method(
            .clearProcessLog, work: .supervisor, parameterHelp: ["program, or `group:program`"],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Clears both logs of a program. The old name of clearProcessLogs."),
        Method(
            .clearAllProcessLogs, work: .supervisor, parameterHelp: [],
            result: .array, resultHelp: "a struct per program: name, group, status, description",
            help: "Clears both logs of every program."),
        Method(
            .sendProcessStdin, work: .sendInput,
            parameterHelp: ["program, or `group:program`", "the text, in UTF-8"],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Writes to the stdin of a program."),
        Method(
            .sendRemoteCommEvent, work: .sendEvent, parameterHelp: ["the event's type", "the event's text"],
            result: .boolean, resultHelp: "always true, unless there is a fault",
            help: "Sends a REMOTE_COMMUNICATION event to the event listeners."),
        Method(
            .listMethods, work: .listMethods, parameterHelp: [],
            result: .array, resultHelp: "names",
            help: "Lists all methods, sorted."),
        Method(
            .methodHelp, work: .methodHelp, parameterHelp: ["name of a method"],
            result: .string, resultHelp: "the text",
            help: "Explains a method."),
        Method(
            .methodSignature, work: .methodSignature, parameterHelp: ["name of a method"],
            result: .array, resultHelp: "the type of the result, then those of the parameters",
            help: "Shows the types of a method."),
        Method(
            .multicall, work: .multicall, parameterHelp: ["structs with methodName and params"],
            result: .array, resultHelp: "the result of each call, or a struct with faultCode and faultString",
            help: "Makes several calls, one after the other. None of them may be another multicall."),
    ]
}
