// `watch=`: when files have changed that a program reads, it reads them again, or is restarted.

extension Supervisor {
    /// Files of a process have changed, and more may follow.
    struct FileChange: Equatable, Sendable {
        /// One of them.
        let path: String
        let began: Instant
        /// When nothing more is expected.
        var due: Instant

        /// So many times `watch_debounce`: files that change all the time are read now and then.
        static let mostDebounces = 10
    }

    mutating func filesChanged(_ slot: Int, _ path: String, _ now: Moment) {
        guard let watch = settings(slot: slot).watch, lifecycle.isRunning else { return }
        var reload = reloads[slot] ?? Reload()
        var change = reload.change ?? FileChange(path: path, began: now.instant, due: now.instant)
        change.due = min(
            now.instant.advanced(milliseconds: watch.debounce),
            change.began.advanced(milliseconds: watch.debounce * FileChange.mostDebounces))
        reload.change = change
        reloads[slot] = reload
    }

    mutating func applyChanges(_ now: Moment, _ actions: inout [Action]) {
        for slot in reloads.due(now.instant, { $0.change?.due }) {
            guard var reload = reloads[slot], let path = reload.change?.path else { continue }
            reload.change = nil
            reloads[slot] = reload.step == .none ? nil : reload
            applyChange(slot, path, now, &actions)
        }
    }

    /// Who is about to start reads the new files anyway. Who was stopped or is done stays so, and who is FATAL may be
    /// mended.
    private mutating func applyChange(_ slot: Int, _ path: String, _ now: Moment, _ actions: inout [Action]) {
        guard let watch = settings(slot: slot).watch, lifecycle.isRunning else { return }
        let machine = members[slot].machine
        let isFatal = machine.state == .fatal
        guard machine.isInService || isFatal, !members[slot].marks.contains(.stopsLater) else { return }
        if logLevel <= .info {
            let what = isFatal ? "starting" : watch.action == .reload ? "reloading" : "restarting"
            actions.append(.log(.info, "\(path) has changed: \(what) '\(settings(slot: slot).name)'"))
        }
        if isFatal { return begin(slot, now, &actions) }
        switch watch.action {
        case .reload: reload(slot, &actions)
        case .restart:
            stopInOrder([slot], now, &actions)
            members[slot].marks.insert(Marks.renewed)
            if members[slot].machine.state.isStopped { enqueue(slot) }
        }
    }
}
