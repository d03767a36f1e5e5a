import NIOHTTP1
import Supervise

extension API {
    var processOperations: [RESTOperation] {
        [
            RESTOperation(.getAllProcessInfo, "listProcesses", "All processes.", .many("Process")) { asked in
                details(for: asked) { asked.answer(Self.processes($0)) }
            },
            RESTOperation(.getProcessInfo, "getProcess", "One process.", .one("Process"), tell),
            RESTOperation(
                .get, "/processes/{name}/exits", "listExits", "How its last ten runs have ended, the oldest first.",
                .many("LastExit")
            ) { asked in
                details(of: asked.name, for: asked) { info in
                    asked.answer(.array((info["exits"]?.array ?? []).map(Self.lastExit)))
                }
            },
            RESTOperation(
                .startProcess, "startProcess", "Start it.", body: [Self.waits], .one("Process"),
                isDeferred: true
            ) { asked in
                command(.startProcess, [.bool(asked.flag("wait"))], asked, waits: asked.flag("wait"))
            },
            RESTOperation(
                .stopProcess, "stopProcess", "Stop it.", body: [Self.waits], .one("Process"),
                isDeferred: true
            ) { asked in
                command(.stopProcess, [.bool(asked.flag("wait"))], asked, waits: asked.flag("wait"))
            },
            RESTOperation(
                .post, "/processes/{name}/restart", "restartProcess",
                "Stop it if it is running, then start it. `wait` applies to the start.", body: [Self.waits],
                .one("Process"), isDeferred: true, restart),
            RESTOperation(
                .reload, "reloadProcess",
                "Let it read its configuration again, by its `reloadsignal` or `reload_command`; answers when that has ended.",
                .one("Process"), reload),
            RESTOperation(
                .signalProcess, "signalProcess", "Send it a signal.", body: [Self.signal],
                .one("Process")
            ) { asked in
                command(.signalProcess, [.string(asked.text("signal") ?? "")], asked)
            },
            RESTOperation(
                .sendProcessStdin, "writeToProcess", "Write to its stdin.",
                body: [.init(name: "data", kind: .text, about: "The text, as UTF-8.", isRequired: true)],
                .nothing
            ) { asked in
                known(asked) {
                    ask(.sendProcessStdin, [.string(asked.name), .string(asked.text("data") ?? "")], for: asked) { _ in
                        asked.exchange.respond(HTTPResponse(status: .noContent, body: []))
                    }
                }
            },
            RESTOperation(
                .clearProcessLogs, "clearProcessLogs", "Clear its logs.", .one("Process")
            ) { asked in
                command(.clearProcessLogs, [], asked)
            },
        ]
    }

    /// Continues if there is such a process. Elsewhere `group:*` means several.
    private func known(_ asked: Asked, _ then: @escaping () -> Void) {
        ask(.getProcessInfo, [.string(asked.name)], for: asked) { _ in then() }
    }

    private func tell(_ asked: Asked) { tell(asked, .ok) }

    private func tell(_ asked: Asked, _ status: HTTPResponseStatus) {
        details(of: asked.name, for: asked) { asked.answer(Self.process($0), status) }
    }

    private func command(_ method: ControlMethod, _ parameters: [XMLRPCValue], _ asked: Asked, waits: Bool = true) {
        known(asked) {
            ask(method, [.string(asked.name)] + parameters, for: asked) { _ in tell(asked, waits ? .ok : .accepted) }
        }
    }

    private func reload(_ asked: Asked) {
        known(asked) {
            control.ask(ControlMethod.reload.name.description, [.text(asked.name)], waits: true) { answer in
                guard !asked.exchange.isOver else { return }
                switch CallOutcome(answer) {
                case .value: tell(asked)
                case .fault(let code, let text):
                    var problem = ProblemDetails(fault: code, text: text)
                    // It can't reload, or has failed to: no failure of the server.
                    if code == Fault.failed.rawValue { problem.status = .conflict }
                    asked.refuse(problem)
                }
            }
        }
    }

    private func restart(_ asked: Asked) {
        known(asked) {
            outcome(.stopProcess, [.string(asked.name)], for: asked) { stopped in
                if case .failure(let fault) = stopped, fault.code != Fault.notRunning.rawValue {
                    return asked.refuse(ProblemDetails(fault: fault.code, text: fault.text))
                }
                let waits = asked.flag("wait")
                ask(.startProcess, [.string(asked.name), .bool(waits)], for: asked) { _ in
                    tell(asked, waits ? .ok : .accepted)
                }
            }
        }
    }

    // MARK: Documents

    static func processes(_ value: Value) -> JSON { .array((value.array ?? []).map(process)) }

    /// Every member of supervisord's struct under its own name, and what users would compute from them: as in `ctl
    /// status --json`.
    static func process(_ info: Value) -> JSON {
        guard case .object(var members) = JSON(info) else { return .null }
        members.removeAll { $0.name == "last_exit" || $0.name == "exits" }
        members.append(.init("last_exit", lastExit(info["last_exit"])))
        for name in ["waiting_for", "substate", "health", "status_text"] where info[name] == nil {
            members.append(.init(name, .null))
        }
        if info["health_checks"] == nil { members.append(.init("health_checks", .array([]))) }
        members.append(.init("fullname", .string(fullName(info))))
        var uptime = JSON.null
        if let pid = info["pid"]?.int, pid != 0, let start = info["start"]?.int, let now = info["now"]?.int {
            uptime = .int(max(now - start, 0))
        }
        members.append(.init("uptime", uptime))
        return .object(members)
    }

    /// null before the first exit.
    private static func lastExit(_ value: Value?) -> JSON {
        guard let value else { return .null }
        let signal = value["signal"]?.text ?? ""
        return .members([
            "code": signal.isEmpty ? .int(value["code"]?.int ?? 0) : .null,
            "signal": signal.isEmpty ? .null : .string(signal),
            "core": .bool(value["core"]?.bool ?? false), "time": .int(value["time"]?.int ?? 0),
        ])
    }

    /// `web`, or `group:web`.
    static func fullName(_ info: Value) -> String {
        Namespec.text(group: info["group"]?.text ?? "", process: info["name"]?.text ?? "")
    }

    /// The results of a command to several processes: supervisord's list of structs.
    static func results(_ value: Value) -> JSON {
        .array(
            (value.array ?? []).map { result in
                guard case .object(let members) = JSON(result) else { return .null }
                return .object(members + [.init("fullname", .string(fullName(result)))])
            })
    }
}
