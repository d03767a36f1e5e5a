import Kernel
import Supervise

/// The action of a button, or of a link on supervisord's page.
enum WebAction: Equatable {
    case refresh
    case stopAll, startAll, restartAll
    case start(String)
    case stop(String)
    case restart(String)
    case clearLog(String)
    case startGroup(String)
    case stopGroup(String)
    case restartGroup(String)

    /// nil if there is no such action.
    init?(_ form: FormFields) {
        if let group = form["groupname"] {
            switch form["action"] {
            case "startgroup": self = .startGroup(group)
            case "stopgroup": self = .stopGroup(group)
            case "restartgroup": self = .restartGroup(group)
            default: return nil
            }
            return
        }
        switch (form["action"], form["processname"]) {
        case ("refresh", _): self = .refresh
        case ("stopall", _): self = .stopAll
        case ("startall", _): self = .startAll
        case ("restartall", _): self = .restartAll
        case ("start", let name?): self = .start(name)
        case ("stop", let name?): self = .stop(name)
        case ("restart", let name?): self = .restart(name)
        case ("clearlog", let name?): self = .clearLog(name)
        default: return nil
        }
    }

    /// The question for a user who has followed a link.
    var question: String {
        switch self {
        case .refresh: "Load the page again?"
        case .stopAll: "Stop all programs?"
        case .startAll: "Start all programs?"
        case .restartAll: "Restart all programs?"
        case .start(let name): "Start \(name)?"
        case .stop(let name): "Stop \(name)?"
        case .restart(let name): "Restart \(name)?"
        case .clearLog(let name): "Empty the logs of \(name)?"
        case .startGroup(let name): "Start all of \(name)?"
        case .stopGroup(let name): "Stop all of \(name)?"
        case .restartGroup(let name): "Restart all of \(name)?"
        }
    }
}

/// The result, in supervisord's words.
struct WebMessage: Equatable {
    let text: String
    var isError = false
}

/// Carries out actions of buttons. Once begun, an action runs to its end, even if the client is gone: a restart whose
/// page was closed must not leave a program stopped.
struct WebActions {
    let control: any Asking

    /// - Parameter waits: until programs have started or stopped; otherwise the result isn't known.
    func perform(_ action: WebAction, waits: Bool, _ completion: @escaping (WebMessage) -> Void) {
        switch action {
        case .refresh: completion(WebMessage(text: "Page refreshed at \(Self.time)"))
        case .stopAll:
            all("stop", waits: waits) {
                completion($0 ?? WebMessage(text: waits ? "All stopped at \(Self.time)" : "Stopping all"))
            }
        case .startAll:
            all("start", waits: waits) {
                completion($0 ?? WebMessage(text: waits ? "All started at \(Self.time)" : "Starting all"))
            }
        case .restartAll:
            all("stop", waits: true) { stopped in
                all("start", waits: waits) { started in
                    let text = waits ? "All restarted at \(Self.time)" : "Restarting all"
                    completion(stopped ?? started ?? WebMessage(text: text))
                }
            }
        case .start(let name):
            ifThere(name, completion) {
                start(name, waits) {
                    completion($0 ?? WebMessage(text: waits ? "Process \(name) started" : "Starting \(name)"))
                }
            }
        case .stop(let name):
            ifThere(name, completion) {
                ask("supervisor.stopProcess", name, waits) { fault in
                    let text = waits ? "Process \(name) stopped" : "Stopping \(name)"
                    completion(fault.map(Self.unexpected) ?? WebMessage(text: text))
                }
            }
        case .restart(let name):
            ifThere(name, completion) {
                // A program that isn't running is started all the same.
                ask("supervisor.stopProcess", name, true) { _ in
                    start(name, waits) {
                        completion($0 ?? WebMessage(text: waits ? "Process \(name) restarted" : "Restarting \(name)"))
                    }
                }
            }
        case .clearLog(let name):
            ifThere(name, completion) {
                control.ask("supervisor.clearProcessLogs", [.text(name)], waits: false) { answer in
                    completion(
                        Self.fault(answer).map(Self.unexpected) ?? WebMessage(text: "Log for \(name) cleared"))
                }
            }
        case .startGroup(let name):
            all("start", of: name, waits: waits) {
                completion($0 ?? WebMessage(text: waits ? "Group \(name) started" : "Starting group \(name)"))
            }
        case .stopGroup(let name):
            all("stop", of: name, waits: waits) {
                completion($0 ?? WebMessage(text: waits ? "Group \(name) stopped" : "Stopping group \(name)"))
            }
        case .restartGroup(let name):
            all("stop", of: name, waits: true) { stopped in
                all("start", of: name, waits: waits) { started in
                    let text = waits ? "Group \(name) restarted" : "Restarting group \(name)"
                    completion(stopped ?? started ?? WebMessage(text: text))
                }
            }
        }
    }

    private typealias FaultText = (code: Int, text: String)

    private func ifThere(_ name: String, _ completion: @escaping (WebMessage) -> Void, _ then: @escaping () -> Void) {
        control.ask("supervisor.getProcessInfo", [.text(name)], waits: false) { answer in
            if case .fault(Fault.badName.rawValue, _) = answer {
                return completion(WebMessage(text: "No such process named \(name)", isError: true))
            }
            then()
        }
    }

    private func start(_ name: String, _ waits: Bool, _ completion: @escaping (WebMessage?) -> Void) {
        ask("supervisor.startProcess", name, waits) { fault in
            guard let fault else { return completion(nil) }
            let reason =
                switch Fault(rawValue: fault.code) {
                case .noFile: "no such file"
                case .notExecutable: "file not executable"
                case .alreadyStarted: "already started"
                case .spawnError: "spawn error"
                case .abnormalTermination: "abnormal termination"
                default: Self.unexpected(fault).text
                }
            completion(WebMessage(text: "ERROR: Process \(name): \(reason)", isError: true))
        }
    }

    private func ask(
        _ method: String, _ name: String, _ waits: Bool, _ completion: @escaping (FaultText?) -> Void
    ) {
        control.ask(method, [.text(name), .bool(waits)], waits: waits) { completion(Self.fault($0)) }
    }

    /// - Parameter group: nil: all programs.
    private func all(
        _ verb: String, of group: String? = nil, waits: Bool, _ completion: @escaping (WebMessage?) -> Void
    ) {
        let method = "supervisor.\(verb)\(group == nil ? "AllProcesses" : "ProcessGroup")"
        control.ask(method, (group.map { [.text($0)] } ?? []) + [.bool(waits)], waits: waits) { answer in
            if let group, case .fault(Fault.badName.rawValue, _) = answer {
                return completion(WebMessage(text: "No such group named \(group)", isError: true))
            }
            if let fault = Self.fault(answer) { return completion(Self.unexpected(fault)) }
            guard case .value(let encoded) = answer, let results = encoded.value?.array else { return completion(nil) }
            let failed = results.filter { ($0["status"]?.int ?? Self.success) != Self.success }
            guard !failed.isEmpty else { return completion(nil) }
            let names = failed.prefix(5).compactMap { $0["name"]?.text }.joined(separator: ", ")
            let more = failed.count > 5 ? ", .." : ""
            completion(
                WebMessage(text: "ERROR: \(failed.count) could not \(verb): \(names)\(more)", isError: true))
        }
    }

    /// supervisord's status of a program in a list of successful results.
    private static let success = 80

    private static func fault(_ answer: ControlAnswer) -> FaultText? {
        if case .fault(let code, let text) = answer { return (code, text) }
        return nil
    }

    private static func unexpected(_ fault: FaultText) -> WebMessage {
        WebMessage(text: "ERROR: \(Fault.explanation(code: fault.code, text: fault.text))", isError: true)
    }

    /// In the format of C's `ctime`: `Sun Nov 6 08:49:37 1994`.
    private static var time: String {
        let seconds = Int(SystemClock.realtime / 1_000_000_000)
        let time = LocalTime(seconds)
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        func two(_ number: Int) -> String { CalendarTime.twoDigits(number) }
        let month = CalendarTime.name(ofMonth: time.month)
        let day = time.day < 10 ? " \(time.day)" : "\(time.day)"
        return "\(weekdays[weekday(time)]) \(month) \(day) \(two(time.hour)):\(two(time.minute)):\(two(time.second))"
            + " \(time.year)"
    }

    /// 0: Sunday.
    ///
    /// - Source: Tomohiko Sakamoto's formula for the Gregorian calendar.
    private static func weekday(_ time: LocalTime) -> Int {
        let shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
        let month = min(max(time.month, 1), 12)
        let year = month < 3 ? time.year - 1 : time.year
        return (year + year / 4 - year / 100 + year / 400 + shifts[month - 1] + time.day) % 7
    }
}
