/// What all connections of a server have in common.
final class Service {
    let router: Router
    let credentials: Credentials?
    /// Paths that need no credentials: exactly as written, and in no other spelling.
    let publicPaths: [String]
    let statistics: Statistics
    let bodies: Budget
    let answers: Budget
    let streams: Budget
    /// The section of the configuration.
    let name: String
    /// The accepted values of `Host`; nil: any.
    let hosts: AllowedHosts?
    let brake: GuessBrake
    let basePath: BasePath
    let turns: Turns

    init(
        router: Router, credentials: Credentials?, publicPaths: [String] = [], statistics: Statistics, bodies: Budget,
        answers: Budget, streams: Budget, name: String = "inet_http_server", hosts: AllowedHosts? = nil,
        basePath: BasePath = BasePath(""), brake: GuessBrake, turns: Turns
    ) {
        self.turns = turns
        self.name = name
        self.hosts = hosts
        self.brake = brake
        self.basePath = basePath
        self.router = router
        self.credentials = credentials
        self.publicPaths = publicPaths
        self.statistics = statistics
        self.bodies = bodies
        self.answers = answers
        self.streams = streams
    }
}
