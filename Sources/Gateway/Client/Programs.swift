import Supervise

/// What only init answers itself: made of what other servers do answer.
struct Programs {
    private let server: ForeignServer

    init(_ server: ForeignServer) { self.server = server }

    private struct Program {
        let group: String
        let name: String
        let state: ProcessState
        let spawnError: String

        init?(_ value: Value) {
            guard let group = value["group"]?.text, let name = value["name"]?.text,
                let state = value["state"]?.int.flatMap(ProcessState.init(rawValue:))
            else { return nil }
            (self.group, self.name, self.state) = (group, name, state)
            spawnError = value["spawnerr"]?.text ?? ""
        }

        /// Running, or exited as expected: supervisord explains unexpected exits, and restarts at once what it
        /// restarts.
        var isReady: Bool { state == .running || state == .exited && spawnError.isEmpty }

        var fullName: String { Namespec.text(group: group, process: name) }

        func isMeant(by written: Namespec) -> Bool {
            written.group.elementsEqual(group.utf8) && (written.process?.elementsEqual(name.utf8) ?? true)
        }
    }

    private enum Chosen {
        case programs([Program])
        case refused(ForeignServer.CallAnswer)
    }

    /// The programs that names stand for; all without names.
    private func programs(_ names: [String]) throws(ClientError) -> Chosen {
        let answer = try server.call("supervisor.getAllProcessInfo")
        guard case .value(let value) = answer, let values = value.array else { return .refused(answer) }
        let all = values.compactMap(Program.init)
        if names.isEmpty { return .programs(all) }
        var chosen: [Program] = []
        for name in names {
            let written = Namespec(name)
            let meant = all.filter { $0.isMeant(by: written) }
            if meant.isEmpty { return .refused(.fault(.badName, name)) }
            chosen += meant
        }
        return .programs(chosen)
    }

    private static func names(_ value: Value?) -> [String] { value?.array?.compactMap(\.text) ?? [] }

    /// Milliseconds between two looks.
    private static let pause: Int32 = 200

    /// `reeve.wait(names, states)`, by polling: true when all are in one of the states, a fault when one can't get
    /// there by itself.
    ///
    /// - Parameter isWanted: waits for this many milliseconds; false when the answer is not wanted any more.
    func wait(
        _ parameters: [Value], while isWanted: (Int32) -> Bool
    ) throws(ClientError) -> ForeignServer.CallAnswer {
        let names = Self.names(parameters.first)
        let states = (parameters.dropFirst().first?.array ?? []).compactMap(\.int)
        repeat {
            let chosen: [Program]
            switch try programs(names) {
            case .refused(let answer): return answer
            case .programs(let programs): chosen = programs
            }
            let wantsReady = states.contains(WaitGoal.ready)
            let missing = chosen.filter { !states.contains($0.state.rawValue) && !(wantsReady && $0.isReady) }
            if missing.isEmpty { return .value(.bool(true)) }
            for program in missing {
                switch program.state {
                case .fatal:
                    return .fault(program.spawnError.isEmpty ? .abnormalTermination : .spawnError, program.fullName)
                case .unknown: return .fault(.failed, program.fullName)
                case .stopped, .starting, .running, .backoff, .stopping, .exited: continue
                }
            }
        } while isWanted(Self.pause)
        return .fault(.failed)
    }

    /// `reeve.ready(names)`: those of the programs that are neither RUNNING nor done; without names, of those that
    /// start automatically.
    func ready(_ parameters: [Value]) throws(ClientError) -> ForeignServer.CallAnswer {
        let names = Self.names(parameters.first)
        var chosen: [Program]
        switch try programs(names) {
        case .refused(let answer): return answer
        case .programs(let programs): chosen = programs
        }
        if names.isEmpty {
            let answer = try server.call("supervisor.getAllConfigInfo")
            guard case .value(let value) = answer, let values = value.array else { return answer }
            var automatic: Set<String> = []
            for value in values {
                guard let group = value["group"]?.text, let name = value["name"]?.text else { continue }
                let starts = value["autostart"]?.bool ?? (value["autostart"]?.int != 0)
                if starts { automatic.insert("\(group):\(name)") }
            }
            chosen.removeAll { !automatic.contains("\($0.group):\($0.name)") }
        }
        let missing = chosen.filter { !$0.isReady }
        return .value(
            .array(
                missing.map {
                    .structure([
                        Value.Member("name", .text($0.fullName)), Value.Member("statename", .text($0.state.name)),
                        Value.Member("reason", .text($0.spawnError)),
                    ])
                }))
    }
}
