extension Interpreter {
    /// What can't be meant among the keys about readiness and health, and what has no effect.
    func checkReadiness(_ section: Int, _ values: KeyValues) {
        remarkOnNotify(section, values)
        var checks: [(key: Key, entry: DocumentEntry)] = []
        for key in HealthCheckSettings.checks {
            if let entry = document.entry(section, key) { checks.append((key, entry)) }
        }
        guard let first = checks.first else {
            for key in HealthCheckSettings.others {
                guard let entry = document.ownEntry(section, key) else { continue }
                complain(
                    .joined(table.name(key), " is there, but no health check"),
                    "Add healthcheck_command=, healthcheck_http= or healthcheck_tcp=, or remove it.", at: entry.origin)
            }
            return
        }
        if checks.count > 1 {
            complain(
                .joined(table.name(first.key), " and ", table.name(checks[1].key), " are both there"),
                "Keep one of them: a program has one health check.", at: checks[1].entry.origin)
        }
        let interval = values.decimal(.healthcheckInterval) ?? 10_000
        if let entry = document.entry(section, .healthcheckStartInterval),
            let start = values.decimal(.healthcheckStartInterval), start > interval
        {
            complain(
                .joined(
                    "healthcheck_start_interval is longer than healthcheck_interval, which is ",
                    Text(Thousandths.text(interval)), " seconds"),
                "Make it shorter, or healthcheck_interval longer.", at: entry.origin)
        }
    }

    private func remarkOnNotify(_ section: Int, _ values: KeyValues) {
        var isSystemd = false
        if case .notify(let mode) = values[.notify] {
            isSystemd = mode == .systemd
            if values[.startsecs] != nil {
                remark(.startsecs, section, "with notify the program says when it is ready")
            }
        } else if values[.startTimeout] != nil {
            remark(.startTimeout, section, "without notify the program is ready after startsecs")
        }
        if !isSystemd, values[.watchdogSecs] != nil {
            remark(.watchdogSecs, section, "only with notify=sd can the program say that it is alive")
        }
    }
}
