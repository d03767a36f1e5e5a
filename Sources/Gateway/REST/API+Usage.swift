import NIOHTTP1
import Supervise

extension API {
    var usageOperations: [RESTOperation] {
        [
            RESTOperation(
                .get, "/usage", "getUsage",
                "The processor time and memory of each program that runs, with its children: sampled for this request, or for another one within the last second.",
                .one("Usage")
            ) { asked in
                usage.sample { text in
                    asked.exchange.respond(
                        HTTPResponse(
                            status: .ok,
                            headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
                            body: text, isShared: true))
                }
            }
        ]
    }
}
