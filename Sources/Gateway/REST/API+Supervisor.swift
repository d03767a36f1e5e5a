import NIOHTTP1
import Supervise

extension API {
    var supervisorOperations: [RESTOperation] {
        [
            RESTOperation(.getState, "getSupervisor", "The supervisor itself.", .one("Supervisor"), supervisor),
            RESTOperation(
                .shutdown, "shutdown", "Stop everything, then exit.", .one("State"),
                isDeferred: true
            ) { asked in
                ask(.shutdown, for: asked) { _ in asked.answer(.members(["state": .string("SHUTDOWN")]), .accepted) }
            },
            RESTOperation(
                .restart, "restart", "Stop everything, then start again with the current configuration.",
                .one("State"), isDeferred: true
            ) { asked in
                ask(.restart, for: asked) { _ in asked.answer(.members(["state": .string("RESTARTING")]), .accepted) }
            },
            RESTOperation(
                .reloadConfig, "reread", "Read the configuration, and report what has changed.",
                .one("Changes")
            ) { asked in
                ask(.reloadConfig, for: asked) { answer in
                    changeHooks(applies: false, Changes(answer), asked) { asked.answer($0.document) }
                }
            },
            RESTOperation(
                .post, "/supervisor/update", "update",
                "Read the configuration and apply its changes: groups that changed are stopped and started again.",
                .one("Changes")
            ) { asked in
                ask(.reloadConfig, for: asked) { update(Changes($0), asked) }
            },
            RESTOperation(
                .startAllProcesses, "startAll", "Start everything.", body: [Self.waits], .many("Result"),
                isDeferred: true
            ) { asked in
                let waits = asked.flag("wait")
                ask(.startAllProcesses, [.bool(waits)], for: asked) {
                    asked.answer(Self.results($0), waits ? .ok : .accepted)
                }
            },
            RESTOperation(
                .stopAllProcesses, "stopAll", "Stop everything.", body: [Self.waits], .many("Result"),
                isDeferred: true
            ) { asked in
                let waits = asked.flag("wait")
                ask(.stopAllProcesses, [.bool(waits)], for: asked) {
                    asked.answer(Self.results($0), waits ? .ok : .accepted)
                }
            },
            RESTOperation(.clearLog, "clearLog", "Clear the supervisor's own log.", .nothing) {
                asked in
                ask(.clearLog, for: asked) { _ in asked.exchange.respond(HTTPResponse(status: .noContent, body: [])) }
            },
            RESTOperation(
                .getAllConfigInfo, "getConfiguration",
                "Every process of the configuration that was read last, without environments and passwords.",
                .many("ConfiguredProcess")
            ) { asked in
                ask(.getAllConfigInfo, for: asked) { asked.answer(Self.results($0)) }
            },
        ]
    }

    private func supervisor(_ asked: Asked) {
        ask(.getState, for: asked) { state in
            ask(.getPID, for: asked) { pid in
                ask(.getIdentification, for: asked) { identification in
                    ask(.getSupervisorVersion, for: asked) { version in
                        asked.answer(
                            .members([
                                "name": .string(Version.name), "version": .string(Version.number),
                                "identification": JSON(identification), "pid": JSON(pid), "state": JSON(state),
                                "supervisor_version": JSON(version),
                            ]))
                    }
                }
            }
        }
    }

    // MARK: update

    /// What reading the configuration changes; names of groups, and of sections of hooks.
    private struct Changes {
        var added: [Value] = []
        var changed: [Value] = []
        var removed: [Value] = []
        var hooks: [Value] = []

        init(_ answer: Value) {
            // A list of one list of three: supervisord's XML-RPC can't return several values.
            guard let lists = answer.array?.first?.array, lists.count == 3 else { return }
            (added, changed, removed) = (lists[0].array ?? [], lists[1].array ?? [], lists[2].array ?? [])
        }

        var document: JSON {
            .members([
                "added": JSON(.array(added)), "changed": JSON(.array(changed)), "removed": JSON(.array(removed)),
                "hooks": JSON(.array(hooks)),
            ])
        }
    }

    /// In the order of `ctl update`, one call after the other; the first fault ends it.
    private func update(_ changes: Changes, _ asked: Asked) {
        var steps: [(method: ControlMethod, group: Value)] = []
        for group in changes.removed { steps += [(.stopProcessGroup, group), (.removeProcessGroup, group)] }
        for group in changes.changed { steps.append((.updateGroup, group)) }
        for group in changes.added { steps.append((.addProcessGroup, group)) }
        perform(steps[...], asked) { changeHooks(applies: true, changes, asked) { asked.answer($0.document) } }
    }

    /// What is changed about `[hook:x]`, or only would be.
    private func changeHooks(applies: Bool, _ changes: Changes, _ asked: Asked, _ done: @escaping (Changes) -> Void) {
        control.ask(ControlMethod.updateHooks.name.description, [.bool(applies)], waits: false) { answer in
            switch CallOutcome(answer) {
            case .fault(let code, let text): asked.refuse(ProblemDetails(fault: code, text: text))
            case .value(let encoded):
                var all = changes
                let hooks = encoded.value.map { Changes($0) } ?? Changes(.array([]))
                all.hooks = hooks.added + hooks.changed + hooks.removed
                done(all)
            }
        }
    }

    private func perform(
        _ steps: ArraySlice<(method: ControlMethod, group: Value)>, _ asked: Asked, _ done: @escaping () -> Void
    ) {
        guard let step = steps.first else { return done() }
        let name = step.group.text ?? ""
        guard step.method == .updateGroup else {
            return ask(step.method, [.string(name)], for: asked) { _ in perform(steps.dropFirst(), asked, done) }
        }
        // It isn't served over XML-RPC.
        control.ask(step.method.name.description, [.text(name)], waits: true) { answer in
            // Even if the client is gone: an update isn't abandoned in the middle.
            guard case .fault(let code, let text) = answer else { return perform(steps.dropFirst(), asked, done) }
            asked.refuse(ProblemDetails(fault: code, text: text))
        }
    }
}
