extension KeyTable {
    /// Where the output of a program goes.
    static let output: InlineArray<_, KeyRow> = [
        KeyRow(
            .stdoutLogfile, "stdout_logfile", in: .programs, .log, default: .value("AUTO"), read: .perProcess,
            isInPlace: true,
            """
            `AUTO`: a file of its own in `childlogdir`; `NONE`: none; `/dev/stdout`, `/dev/stderr`, `/dev/fd/N`: \
            what `init` was given
            """),
        KeyRow(
            .stdoutLogfileBackups, "stdout_logfile_backups", in: .programs, .integer(.count), default: .value("10"),
            read: .perProcess,
            isInPlace: true, "how many rotated ones are kept"),
        KeyRow(
            .stdoutLogfileMaxbytes, "stdout_logfile_maxbytes", in: .programs, .size, default: .value("50MB"),
            read: .perProcess,
            isInPlace: true, "rotates at this size; `0` never"),
        KeyRow(
            .stdoutCaptureMaxbytes, "stdout_capture_maxbytes", in: .programs, .size, default: .value("0"),
            """
            room for what is written between the tags of PROCESS_COMMUNICATION events, at most 4 MB; the newest \
            bytes are kept; `0`: tags are output like any other
            """),
        KeyRow(
            .stdoutEventsEnabled, "stdout_events_enabled", in: .programs, .boolean, default: .value("false"),
            "everything that is read is a PROCESS_LOG event, for listeners that ask for it"),
        KeyRow(
            .stdoutSyslog, "stdout_syslog", in: .programs, .boolean, default: .value("false"), read: .perProcess,
            "each line goes to `/dev/log` too, as `supervisord: NAME LINE`, facility user, level info"),
        KeyRow(
            .stderrLogfile, "stderr_logfile", in: .programs, .log, default: .value("AUTO"), read: .perProcess,
            isInPlace: true, "as for stdout"),
        KeyRow(
            .stderrLogfileBackups, "stderr_logfile_backups", in: .programs, .integer(.count), default: .value("10"),
            read: .perProcess,
            isInPlace: true, "as for stdout"),
        KeyRow(
            .stderrLogfileMaxbytes, "stderr_logfile_maxbytes", in: .programs, .size, default: .value("50MB"),
            read: .perProcess,
            isInPlace: true, "as for stdout"),
        KeyRow(
            .stderrCaptureMaxbytes, "stderr_capture_maxbytes", in: .programs, .size, default: .value("0"),
            "as for stdout"),
        KeyRow(
            .stderrEventsEnabled, "stderr_events_enabled", in: .programs, .boolean, default: .value("false"),
            "as for stdout"),
        KeyRow(
            .stderrSyslog, "stderr_syslog", in: .programs, .boolean, default: .value("false"), read: .perProcess,
            "as for stdout"),
    ]
}
