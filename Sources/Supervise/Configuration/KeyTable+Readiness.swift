extension KeyTable {
    /// How a program says that it is ready, and how it is found out whether it works.
    static let readiness: InlineArray<_, KeyRow> = [
        KeyRow(
            .notify, "notify", in: .programs, .notify, default: .value("none"), since: .v010,
            """
            how it says that it is ready, until when it is STARTING: `sd` by sd_notify(3), `fd:N` by a newline on \
            descriptor N, `log:TEXT` by a line of output that contains TEXT; `none`: it is after `startsecs`
            """),
        KeyRow(
            .startTimeout, "start_timeout", in: .programs, .bounded(0, 86_400, .seconds), default: .value("0"),
            since: .v010,
            isInPlace: true,
            "with `notify`, how long it may take until it is ready; then the start has failed. `0`: without limit"),
        KeyRow(
            .watchdogSecs, "watchdog_secs", in: .programs, .bounded(0, 86_400, .seconds), default: .value("0"),
            since: .v010,
            """
            with `notify=sd`, the longest time from READY or one `WATCHDOG=1` to the next; then it gets SIGABRT. `0`: \
            it need not send any
            """),
        KeyRow(
            .healthcheckCommand, "healthcheck_command", in: .programs, .command, read: .perProcess, since: .v010,
            isInPlace: true, "runs as the program; exit code 0 says that the program is healthy"),
        KeyRow(
            .healthcheckHTTP, "healthcheck_http", in: .programs, .probe, read: .perProcess, since: .v010,
            isInPlace: true,
            """
            `http://HOST:PORT/PATH`, or `unix:/SOCKET:/PATH`: a status from 200 to 399 says that it is healthy; \
            redirects are not followed
            """),
        KeyRow(
            .healthcheckTCP, "healthcheck_tcp", in: .programs, .probe, read: .perProcess, since: .v010,
            isInPlace: true, "`HOST:PORT`: that it accepts a connection says that it is healthy"),
        KeyRow(
            .healthcheckInterval, "healthcheck_interval", in: .programs, .decimal(100, 86_400_000, .seconds),
            default: .value("10"), since: .v010, isInPlace: true, "from the end of one check to the next"),
        KeyRow(
            .healthcheckTimeout, "healthcheck_timeout", in: .programs, .bounded(1, 3600, .seconds),
            default: .value("5"), since: .v010, isInPlace: true, "after this time a check has failed, and is killed"),
        KeyRow(
            .healthcheckRetries, "healthcheck_retries", in: .programs, .bounded(1, 1000, .count),
            default: .value("3"), since: .v010, isInPlace: true, "so many failures in a row make it unhealthy"),
        KeyRow(
            .healthcheckStartPeriod, "healthcheck_start_period", in: .programs, .bounded(0, 86_400, .seconds),
            default: .value("0"), since: .v010,
            isInPlace: true, "after its start, failures don't count for this long, or until the first success"),
        KeyRow(
            .healthcheckStartInterval, "healthcheck_start_interval", in: .programs, .decimal(100, 86_400_000, .seconds),
            default: .value("1"), since: .v010, isInPlace: true,
            "instead of `healthcheck_interval` until the first success"),
        KeyRow(
            .healthcheckAction, "healthcheck_action", in: .programs, .healthAction, default: .value("none"),
            since: .v010,
            isInPlace: true,
            """
            what follows when it becomes unhealthy: `none`, `restart` (as a failed start), `stop`, or `shutdown` of \
            everything with exit code 1
            """),
    ]
}
