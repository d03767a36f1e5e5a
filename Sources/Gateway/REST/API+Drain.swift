import Supervise

/// Readiness probes fail on request, as with `ctl drain`.
extension API {
    var drainOperations: [RESTOperation] {
        [
            RESTOperation(
                .get, "/supervisor/drain", "getDrain", "Whether readiness probes fail on request.", .one("Drain")
            ) { asked in
                answerDrain(asked)
            },
            RESTOperation(
                .drain, "drain", "Let readiness probes fail while programs run on; answers at once.",
                body: [
                    .init(
                        name: "seconds", kind: .integer(1...86_400),
                        about: "How long; without it, until the drain is ended.")
                ], .one("Drain"), drain),
            RESTOperation(
                .delete, "/supervisor/drain", "endDrain", "Let readiness probes succeed again.", .one("Drain")
            ) { asked in
                tellDrain(0, asked)
            },
        ]
    }

    private func drain(_ asked: Asked) {
        tellDrain(asked.whole("seconds") ?? -1, asked)
    }

    private func tellDrain(_ seconds: Int, _ asked: Asked) {
        // init answers one with a time when that is over: nobody waits for it here.
        control.ask(ControlMethod.drain.name.description, [.int(seconds)], waits: seconds > 0) { answer in
            guard case .fault(let code, let text) = answer, !asked.exchange.isOver else { return }
            asked.refuse(ProblemDetails(fault: code, text: text))
        }
        answerDrain(asked)
    }

    /// How it is after everything that init was told before.
    private func answerDrain(_ asked: Asked) {
        control.ask(ControlMethod.metrics.name.description, [], waits: false) { answer in
            guard !asked.exchange.isOver else { return }
            switch CallOutcome(answer) {
            case .value(let encoded):
                let left = encoded.value?["drain_left"]?.int ?? -1
                asked.answer(
                    .members([
                        "draining": .bool(encoded.value?["draining"] == .bool(true)),
                        "seconds_left": left < 0 ? .null : .int(left),
                    ]))
            case .fault(let code, let text): asked.refuse(ProblemDetails(fault: code, text: text))
            }
        }
    }
}
