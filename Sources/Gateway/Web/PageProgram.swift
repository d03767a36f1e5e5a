import Supervise

/// A program as the page shows it.
struct PageProgram {
    /// Whether it needs attention.
    enum Attention: String, CaseIterable {
        /// Runs.
        case well
        /// Starting or stopping.
        case moving
        /// Doesn't run, and isn't supposed to: stopped, finished, never started.
        case resting
        /// Doesn't run although it should, or exited without success.
        case ill
    }

    let group: String
    let name: String
    let state: ProcessState
    /// Seconds since 1970; 0: never.
    let started: Int
    let ended: Int
    let now: Int
    /// 0: none.
    let pid: Int
    /// -1: ended by a signal.
    let exitStatus: Int
    let spawnError: String
    /// Starts by init, after an exit or a failed start.
    let restarts: Int
    /// It was restarted again and again recently.
    let isUnstable: Bool
    /// The last completed run; nil: there is none, or it isn't known.
    let lastExit: LastExit?
    /// Its `depends_on`.
    let dependencies: [DependencyText]
    /// What it waits for, as `db to be ready`; empty if it doesn't wait.
    let awaited: String
    /// Reeve's own state, in small letters; empty where supervisord's says everything.
    let substate: String

    /// What its health check says: `starting`, `healthy` or `unhealthy`; empty without one.
    let checkedHealth: String
    /// Why the last check failed; empty if it didn't.
    let checkProblem: String
    /// What it says of itself.
    let saying: String

    /// How a run ended.
    struct LastExit: Equatable {
        let code: Int
        /// Empty after an exit.
        let signal: String
        /// Seconds since 1970.
        let time: Int

        init?(_ value: Value?) {
            guard let value else { return nil }
            code = value["code"]?.int ?? 0
            signal = value["signal"]?.text ?? ""
            time = value["time"]?.int ?? 0
        }

        /// `exit status 3`, `ended by SIGKILL`.
        var text: String { signal.isEmpty ? "exit status \(code)" : "ended by \(signal)" }
    }

    /// nil if `info` is not an answer of `reeve.processInfo` or `getProcessInfo`.
    init?(_ info: Value) {
        guard let group = info["group"]?.text, let name = info["name"]?.text,
            let state = (info["state"]?.int).flatMap(ProcessState.init(rawValue:))
        else { return nil }
        self.group = group
        self.name = name
        self.state = state
        started = info["start"]?.int ?? 0
        ended = info["stop"]?.int ?? 0
        now = info["now"]?.int ?? 0
        pid = info["pid"]?.int ?? 0
        exitStatus = info["exitstatus"]?.int ?? 0
        restarts = info["restarts"]?.int ?? 0
        isUnstable = info["unstable"]?.bool ?? false
        lastExit = LastExit(info["last_exit"])
        dependencies = (info["depends_on"]?.array ?? []).map { DependencyText($0.text ?? "") }
        awaited = info["waiting_for"]?.text ?? ""
        checkedHealth = info["health"]?.text ?? ""
        checkProblem = info["health_checks"]?.array?.last?["problem"]?.text ?? ""
        saying = info["status_text"]?.text ?? ""
        substate = (info["substate"]?.text ?? "").lowercased()
        // The page shows the end of the log itself.
        let detail = info["spawnerr"]?.text ?? ""
        let hint = " (process log may have details)"
        spawnError = detail.hasSuffix(hint) ? String(detail.dropLast(hint.count)) : detail
    }

    /// As `ctl` names it: without the group where that has the same name.
    var fullName: String { Namespec.text(group: group, process: name) }

    var health: Attention {
        switch state {
        case .running where isUnstable, .starting where isUnstable: .ill
        case .running where checkedHealth == "unhealthy": .ill
        case .running where checkedHealth == "starting": .moving
        case .exited where exitStatus != 0 || isUnstable: .ill
        case .stopped, .starting, .running, .backoff, .stopping, .exited, .fatal, .unknown:
            switch state.mood {
            case .well: .well
            case .moving: .moving
            case .failing, .ill: .ill
            case .resting: .resting
            }
        }
    }

    /// The state in one word, as people say it; a program that is done has its own.
    var word: String {
        if !awaited.isEmpty { return "waiting" }
        if state == .running, checkedHealth == "unhealthy" { return "unhealthy" }
        if !substate.isEmpty { return substate }
        return state == .exited && exitStatus == 0 ? "finished" : state.word
    }

    /// The reason for its state; empty if the state says everything.
    var reason: String {
        if !awaited.isEmpty { return "for \(awaited)" }
        return switch state {
        case .running where isUnstable, .starting where isUnstable: "comes back again and again"
        case .running where checkedHealth == "unhealthy": checkProblem
        case .running where checkedHealth == "starting" && saying.isEmpty: "not healthy yet"
        case .running, .starting: saying
        case .stopping: spawnError
        case .stopped: started == 0 ? "not started yet" : ""
        case .exited where exitStatus == 0: ""
        case .exited where exitStatus < 0: lastExit?.text ?? "ended by a signal"
        case .exited: "exit status \(exitStatus)"
        case .backoff, .fatal: spawnError.isEmpty ? "unknown reason" : spawnError
        case .unknown: "its process could not be signalled"
        }
    }

    /// How long it has been in this state, in seconds; nil if unknown.
    var age: Int? {
        switch state {
        case .running, .starting: started == 0 ? nil : max(now - started, 0)
        case .stopped, .exited, .fatal: ended == 0 || started == 0 ? nil : max(now - ended, 0)
        case .backoff, .stopping, .unknown: nil
        }
    }

    var canStart: Bool {
        switch state {
        case .stopped, .exited, .fatal: true
        case .starting, .running, .backoff, .stopping, .unknown: false
        }
    }

    var canStop: Bool { state.isRunning }
}

/// A duration for people: two units at most.
enum Age {
    /// - Parameter seconds: 0 or more.
    static func text(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min"
        case ..<86_400: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        default: "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
        }
    }
}
