extension Interpreter {
    /// Remarks on keys about restarts that have no effect where they stand.
    func remarkOnRestarts(_ section: Int, _ values: KeyValues) {
        let retries = values.int(.startretries, or: .process)
        var isRestarted = retries != 0
        if case .autoRestart(.never) = values.value(.autorestart, or: .process) {} else { isRestarted = true }
        if !isRestarted {
            let keys: [Key] = [.backoffDelay, .backoffFactor, .backoffLimit, .backoffJitter, .noRestartExitcodes]
            for key in keys {
                remark(key, section, "autorestart=false and startretries=0 never start this program again")
            }
        }
        if retries == ProcessSettings.forever {
            remark(.fatalRetrySecs, section, "with startretries=-1 this program never becomes FATAL")
        }
    }

    func remark(_ key: Key, _ section: Int, _ why: Text) {
        guard let entry = document.ownEntry(section, key) else { return }
        remark(
            .joined(table.name(key), " has no effect: ", why),
            at: Origin(file: entry.origin.file, offset: Int(entry.keyOffset)))
    }
}
