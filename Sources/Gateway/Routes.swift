import NIOCore

/// The paths that all servers have; those of the page follow. docs/http.md lists all, and a test compares them.
enum Routes {
    /// - Parameter connections: the number of connections.
    static func all(
        control: any Asking, loop: any EventLoop, statistics: Statistics, turns: Turns, freshness: Freshness,
        events: EventStreams, connections: @escaping () -> Int
    ) -> [Route] {
        let look = ProcessReader(on: loop).read
        let following = LogFollowing(control: control, loop: loop)
        var routes = [
            // With any suffix: supervisord checks only the beginning.
            Route(
                pattern: .prefix("/RPC2"),
                handler: XMLRPCHandler(methods: Methods(control: control), freshness: freshness, on: loop)),
            Route(pattern: .prefix("/logtail"), handler: LogTail(following, isMain: false)),
            Route(pattern: .prefix("/mainlogtail"), handler: LogTail(following, isMain: true)),
            Route(
                pattern: .exact("/metrics"),
                handler: MetricsHandler(
                    control: control, loop: loop, statistics: statistics, turns: turns,
                    look: look, connections: connections)),
        ]
        for level in HealthLevel.allCases {
            routes.append(Route(pattern: .exact(level.path), handler: HealthHandler(level, control: control, on: loop)))
        }
        let usage = UsageSampling(control: control, loop: loop, turns: turns, look: look)
        let api = API(control: control, loop: loop, events: events, usage: usage)
        return routes + RESTResource.routes(api.operations)
    }
}
