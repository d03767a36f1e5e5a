import NIOHTTP1
import Supervise

extension API {
    var eventOperations: [RESTOperation] {
        [
            RESTOperation(
                .events, "followEvents",
                "All events from now on, as server-sent events: `event` is the type, `id` a serial, `data` the fields as JSON.",
                query: [
                    .init(
                        name: "types",
                        kind: .words((EventType.allCases.map(\.name) + EventType.families).map(\.description)),
                        about:
                            "Event types as for listeners; a family includes all its types. Default: EVENT,REEVE, which is all of them."
                    )
                ], .events, follow)
        ]
    }

    private func follow(_ asked: Asked) {
        let names = (asked.query["types"] ?? "EVENT,REEVE").split(separator: ",").map(String.init)
        guard let types = EventStreams.types(names) else { return asked.refuse(ProblemDetails(.badRequest)) }
        var stream: AnswerStream?
        var pulse: Pulse?
        var subscription: EventSubscription?
        func over() {
            pulse?.stop()
            subscription?.cancel()
            subscription = nil
        }
        subscription = events.subscribe(
            types,
            opened: { fault in
                if let fault { return asked.refuse(ProblemDetails(fault: fault.code, text: fault.text)) }
                guard let opened = asked.exchange.stream(headers: ServerSentEvents.headers) else { return over() }
                stream = opened
                pulse = Pulse(of: opened, on: loop)
                opened.whenGone(over)
                // Tells the client that from here on it misses nothing; an answer without a byte may be held back on
                // its way.
                _ = opened.write(Array(":\n\n".utf8))
            },
            took: { event in
                let data = JSON.object(event.fields).text
                guard let stream, !stream.write(ServerSentEvents.event(event.name, id: event.serial, data: data))
                else { return }
                lose(stream)
            },
            ended: { if let stream { lose(stream) } })
        // It was opened at once, and the client is gone already.
        if stream == nil, asked.exchange.isOver { over() }
        func lose(_ stream: AnswerStream) {
            over()
            Self.say(stream, "events were lost: the client is too slow, or there are too many")
        }
    }

    /// The last event for a client that has missed something: it must read the current state and ask again.
    private static func say(_ stream: AnswerStream, _ sentence: String) {
        stream.whenDrained {
            let data = JSON.members(["detail": .string(sentence)]).text
            _ = stream.write(ServerSentEvents.event("lost", data: data))
            stream.end()
        }
    }
}
