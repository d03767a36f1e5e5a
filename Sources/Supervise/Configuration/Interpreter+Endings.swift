/// How the container ends.
extension Interpreter {
    /// `[supervisord]` has them for programs that say nothing else.
    static let endings: [Key] = [.onSuccess, .onFailure, .onFatal]

    /// Remarks on keys of a program that have no effect where they stand.
    func remarkOnEndings(_ section: Int, _ values: KeyValues) {
        if case .ints(let codes) = values.value(.exitcodes, or: .process), codes.isEmpty {
            remark(.onSuccess, section, "without exitcodes every exit is a failure")
        }
        var forbidsRestarts = false
        if case .ints(let codes) = values.value(.noRestartExitcodes, or: .process) { forbidsRestarts = !codes.isEmpty }
        if !forbidsRestarts {
            if values.int(.startretries, or: .process) == ProcessSettings.forever {
                remark(.onFatal, section, "with startretries=-1 this program never becomes FATAL")
            } else if values.int(.fatalRetrySecs, or: .process) > 0 {
                remark(.onFatal, section, "fatal_retry_secs starts this program again, so it isn't FATAL for good")
            }
        }
        if values.endPolicy(.onSuccess) != .restart, values.endPolicy(.onFailure) != .restart {
            remark(.autorestart, section, "on_success and on_failure say what follows")
        }
    }

    /// Remarks on keys of `[supervisord]` that only matter when a program ends the container, where none does.
    func remarkOnEnd() {
        guard let section = document.section("supervisord"), !supervisor.bool(.exitWhenDone, or: .supervisor) else {
            return
        }
        for group in groups {
            for process in group.processes where process.endsContainer { return }
        }
        for key in [Key.successExitCodes, .terminationLog] {
            remark(key, section, "no program ends the container, and exit_when_done is not set")
        }
    }
}

extension ProcessSettings {
    fileprivate var endsContainer: Bool {
        policy(afterExit: true).endsContainer || policy(afterExit: false).endsContainer || fatalPolicy.endsContainer
    }
}
