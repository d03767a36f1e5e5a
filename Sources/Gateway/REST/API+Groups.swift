import NIOHTTP1
import Supervise

extension API {
    var groupOperations: [RESTOperation] {
        [
            RESTOperation(.get, "/groups", "listGroups", "All groups with their processes.", .many("Group")) { asked in
                details(for: asked) { asked.answer(.array(Self.groups($0))) }
            },
            RESTOperation(.get, "/groups/{name}", "getGroup", "One group.", .one("Group")) { asked in
                known(asked) { asked.answer($0) }
            },
            RESTOperation(
                .startProcessGroup, "startGroup", "Start its processes.", body: [Self.waits],
                .many("Result"),
                isDeferred: true
            ) { asked in
                let waits = asked.flag("wait")
                command(.startProcessGroup, [.bool(waits)], asked, waits: waits)
            },
            RESTOperation(
                .stopProcessGroup, "stopGroup", "Stop its processes.", body: [Self.waits], .many("Result"),
                isDeferred: true
            ) { asked in
                let waits = asked.flag("wait")
                command(.stopProcessGroup, [.bool(waits)], asked, waits: waits)
            },
            RESTOperation(
                .post, "/groups/{name}/restart", "restartGroup",
                "Stop its processes, then start them. `wait` applies to the start.", body: [Self.waits],
                .many("Result"),
                isDeferred: true
            ) { asked in
                known(asked) { _ in
                    ask(.stopProcessGroup, [.string(asked.name)], for: asked) { _ in
                        let waits = asked.flag("wait")
                        command(.startProcessGroup, [.bool(waits)], asked, waits: waits)
                    }
                }
            },
            RESTOperation(
                .signalProcessGroup, "signalGroup", "Send its processes a signal.", body: [Self.signal],
                .many("Result")
            ) { asked in
                command(.signalProcessGroup, [.string(asked.text("signal") ?? "")], asked)
            },
            RESTOperation(
                .addProcessGroup, "addGroup", "Activate a group of the configuration.", .one("Group")
            ) { asked in
                ask(.addProcessGroup, [.string(asked.name)], for: asked) { _ in known(asked) { asked.answer($0) } }
            },
            RESTOperation(
                .removeProcessGroup, "removeGroup",
                "Deactivate a group whose processes are stopped.",
                .nothing
            ) { asked in
                ask(.removeProcessGroup, [.string(asked.name)], for: asked) { _ in
                    asked.exchange.respond(HTTPResponse(status: .noContent, body: []))
                }
            },
        ]
    }

    var programOperations: [RESTOperation] {
        [
            RESTOperation(
                .scale, "scaleProgram",
                "Run so many processes of a program, until the supervisor starts again; waits for those that stop.",
                body: [.init(name: "count", kind: .integer(0...100_000), about: "How many.", isRequired: true)],
                .one("Scale")
            ) { asked in
                let count = asked.whole("count") ?? 0
                let name = ControlMethod.scale.name.description
                // Even if the client is gone: it isn't abandoned in the middle.
                control.ask(name, [.text(asked.name), .int(count)], waits: true) { answer in
                    switch CallOutcome(answer) {
                    case .value(let encoded):
                        let stopped = encoded.value ?? .array([])
                        asked.answer(.members(["count": .int(count), "stopped": JSON(stopped)]))
                    case .fault(let code, let text): asked.refuse(ProblemDetails(fault: code, text: text))
                    }
                }
            }
        ]
    }

    /// Continues if there is such a group.
    private func known(_ asked: Asked, _ then: @escaping (JSON) -> Void) {
        details(for: asked) { value in
            guard let group = Self.groups(value).first(where: { $0["name"] == .string(asked.name) }) else {
                return asked.refuse(
                    ProblemDetails(fault: Fault.badName.rawValue, text: Fault.badName.text(asked.name)))
            }
            then(group)
        }
    }

    private func command(_ method: ControlMethod, _ parameters: [XMLRPCValue], _ asked: Asked, waits: Bool = true) {
        ask(method, [.string(asked.name)] + parameters, for: asked) { value in
            asked.answer(Self.results(value), waits ? .ok : .accepted)
        }
    }

    /// Sorted by name; the processes of a group are adjacent already.
    private static func groups(_ value: Value) -> [JSON] {
        var groups: [(name: String, processes: [JSON])] = []
        for info in value.array ?? [] {
            let name = info["group"]?.text ?? ""
            if groups.last?.name != name { groups.append((name, [])) }
            groups[groups.count - 1].processes.append(process(info))
        }
        return groups.map { .members(["name": .string($0.name), "processes": .array($0.processes)]) }
    }
}
