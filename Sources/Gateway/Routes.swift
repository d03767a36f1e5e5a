import NIOCore

/// The paths that all servers have; those of the page come behind them. docs/http.md lists all, and a test compares.
enum Routes {
    /// - Parameter connections: how many there are.
    static func all(
        control: any Asking, loop: any EventLoop, statistics: Statistics, turns: Turns, freshness: Freshness,
        connections: @escaping () -> Int
    ) -> [Route] {
        let following = LogFollowing(control: control, loop: loop)
        var routes = [
            // Whatever follows: supervisord looks at the beginning only.
            Route(
                pattern: .prefix("/RPC2"),
                handler: XMLRPCHandler(methods: Methods(control: control), freshness: freshness, on: loop)),
            Route(pattern: .prefix("/logtail"), handler: LogTail(following, isMain: false)),
            Route(pattern: .prefix("/mainlogtail"), handler: LogTail(following, isMain: true)),
            Route(
                pattern: .exact("/metrics"),
                handler: MetricsHandler(
                    control: control, loop: loop, statistics: statistics, turns: turns, connections: connections)),
        ]
        for level in HealthLevel.allCases {
            routes.append(Route(pattern: .exact(level.path), handler: HealthHandler(level, control: control, on: loop)))
        }
        return routes + Resource.routes(API(control: control, loop: loop).operations)
    }
}
