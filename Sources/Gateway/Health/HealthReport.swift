import NIOHTTP1
import Supervise

/// The level of a probe.
enum HealthLevel: String, CaseIterable {
    /// init answers. During a shutdown, too.
    case live
    /// Every program that starts automatically, or every named one, is RUNNING or done.
    case ready
    /// Nothing has failed: no program, or none of the named ones, is FATAL, UNKNOWN, in BACKOFF, or has exited in a way
    /// that it should not. Unlike in `ready`, a program that a user has stopped, or that is still starting, is healthy.
    case healthy

    var path: String {
        switch self {
        case .live: "/livez"
        case .ready: "/readyz"
        case .healthy: "/healthz"
        }
    }
}

/// The answer to a probe. The words are those of `ctl health`.
struct HealthReport: Equatable {
    struct Program: Equatable {
        var name: String
        var state: String
        /// `spawnerr`, or empty.
        var reason: String
    }

    let level: HealthLevel
    /// A problem other than programs; nil: none.
    private(set) var problem: String?
    /// The programs that aren't well.
    private(set) var programs: [Program] = []

    var isWell: Bool { problem == nil && programs.isEmpty }

    init(_ level: HealthLevel, problem: String?) {
        self.level = level
        self.problem = problem
    }

    /// - Parameter names: as the probe has written them; none: all programs.
    init(_ level: HealthLevel, _ answer: ControlAnswer, names: [String]) {
        self.init(level, problem: nil)
        // Any answer shows that init lives.
        guard level != .live else { return }
        switch answer {
        case .handover: problem = "init's answer could not be decoded"
        case .fault(Fault.shutdownState.rawValue, _): problem = "init is shutting down"
        case .fault(_, let text): problem = text
        case .value(let encoded):
            guard let rows = encoded.value?.array else {
                problem = "init's answer could not be decoded"
                return
            }
            if level == .ready { programs = rows.map(Self.program) } else { judge(rows, names) }
        }
    }

    /// A row of `reeve.ready`.
    private static func program(_ row: Value) -> Program {
        Program(
            name: row["name"]?.text ?? "", state: row["statename"]?.text ?? "", reason: row["reason"]?.text ?? "")
    }

    /// - Parameter rows: of getAllProcessInfo.
    private mutating func judge(_ rows: [Value], _ names: [String]) {
        var missing = Set(names)
        for row in rows {
            let (group, name) = (row["group"]?.text ?? "", row["name"]?.text ?? "")
            // In the forms that init accepts: `group:*` and `group:` are all of a group, `web` is web:web.
            let spellings = Set(["\(group):\(name)", "\(group):*", "\(group):"] + (group == name ? [name] : []))
            guard names.isEmpty || !spellings.isDisjoint(with: names) else { continue }
            missing.subtract(spellings)
            let reason = row["spawnerr"]?.text ?? ""
            if Self.hasFailed(ProcessState(rawValue: row["state"]?.int ?? -1), reason) {
                let full = Namespec.text(group: group, process: name)
                programs.append(Program(name: full, state: row["statename"]?.text ?? "", reason: reason))
            }
        }
        if let name = names.first(where: missing.contains) { problem = Fault.badName.text(name) }
    }

    private static func hasFailed(_ state: ProcessState?, _ reason: String) -> Bool {
        switch state {
        case .fatal, .backoff, .unknown, nil: true
        case .exited: !reason.isEmpty
        case .stopped, .starting, .running, .stopping: false
        }
    }

    // MARK: As an answer

    /// `ready`, or `not ready: web BACKOFF (why), db STARTING`.
    var line: String {
        guard !isWell else { return level.rawValue }
        let causes = programs.map { "\($0.name) \($0.state)\($0.reason.isEmpty ? "" : " (\($0.reason))")" }
        return "not \(level.rawValue): " + (problem.map { [$0] + causes } ?? causes).joined(separator: ", ")
    }

    var json: JSON {
        var members = [JSON.Member("status", .string(isWell ? level.rawValue : "not \(level.rawValue)"))]
        if let problem { members.append(.init("problem", .string(problem))) }
        if level != .live {
            let rows = programs.map { program in
                JSON.object([
                    JSON.Member("name", .string(program.name)), JSON.Member("statename", .string(program.state)),
                    JSON.Member("reason", .string(program.reason)),
                ])
            }
            members.append(.init("programs", .array(rows)))
        }
        return .object(members)
    }

    func response(asJSON: Bool) -> HTTPResponse {
        let status = isWell ? HTTPResponseStatus.ok : .serviceUnavailable
        if asJSON { return .json(json, status) }
        // One line, whatever the reasons contain.
        let text = line.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ")
        return HTTPResponse(
            status: status, headers: [("Content-Type", "text/plain;charset=utf-8"), ("Cache-Control", "no-store")],
            body: Array("\(text)\n".utf8))
    }
}
