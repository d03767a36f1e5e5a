import Host
import Kernel
import Supervise

/// The server and the shell's settings, from the command line, the environment and the configuration.
struct Whereabouts {
    let server: SupervisorServer
    private(set) var prompt: OutputText = "supervisor"
    /// nil: the shell's lines are not saved.
    private(set) var historyFile: String?
    private let access: ServerAccess

    /// The server is that of `-s`, else of CTL_SOCKET, else of the configuration's `serverurl`: none but that. If none
    /// is named, it is the one behind the configuration's control socket, else behind a default one, else at port 9001.
    ///
    /// The configuration is read only if it is needed: for the server, or for a shell.
    init(_ options: Options, program: [UInt8]) throws(ConfigurationError) {
        access = ServerAccess(options: options, program: program)
        var known: ClientSettings?
        if let url = options.serverURL {
            server = access.server(url: url, origin: "-s")
        } else if let path = CStringArray.ofProcess().value(of: "CTL_SOCKET"), !path.isEmpty {
            let place = ServerPlace(path: path.text, origin: "CTL_SOCKET")
            server = SupervisorServer(places: [place], name: place.url, access: access)
        } else {
            let settings = try access.settings()
            server = access.server(settings)
            known = settings
        }
        if options.words.isEmpty, known == nil {
            do throws(ConfigurationError) {
                known = try access.settings()
            } catch {
                // A configuration that the user didn't name may be wrong: a prompt doesn't justify an error.
                if options.configuration != nil { throw error }
            }
        }
        if let known {
            prompt = OutputText(Array(known.prompt.utf8))
            historyFile = known.historyFile
        }
        if let file = options.historyFile { historyFile = file.isEmpty ? nil : file.text }
    }

    /// The server of another URL.
    func server(url: [UInt8], origin: StaticString) -> SupervisorServer { access.server(url: url, origin: origin) }
}

/// What the command line and the configuration say about servers.
struct ServerAccess {
    let options: Options
    let program: [UInt8]

    func settings() throws(ConfigurationError) -> ClientSettings {
        let surroundings = SystemSurroundings(looksAtFolders: false)
        let named = options.configuration?.text
        guard let path = named ?? ConfigurationLoader.find(executable: program.text, surroundings: surroundings) else {
            return ConfigurationLoader.clientDefaults(surroundings: surroundings)
        }
        return try ConfigurationLoader.loadClient(path: path, surroundings: surroundings)
    }

    /// Name and password for HTTP, which supervisorctl sends together or not at all, and where the executable for HTTP
    /// is. A configuration that can't be read provides none of them.
    func resolved() -> (Login?, GatewayPlaces) {
        let settings = (try? settings()) ?? ClientSettings()
        let gateway = GatewayPlaces(configured: settings.gateway)
        guard let username = options.username ?? settings.username.map({ Array($0.utf8) }),
            let password = options.password ?? settings.password.map({ Array($0.utf8) })
        else { return (nil, gateway) }
        return (Login(username: username, password: password), gateway)
    }

    /// The server of a URL that the user has named.
    func server(url: [UInt8], origin: StaticString) -> SupervisorServer {
        // The places in the file only offer shorter ways: one that can't be read offers none.
        server(url: url, origin: origin, (try? settings()) ?? ClientSettings())
    }

    private func server(url: [UInt8], origin: StaticString, _ settings: ClientSettings) -> SupervisorServer {
        if url.starts(with: "unix://".utf8) {
            let path = ConfigurationLoader.absolute(Array(url.dropFirst(7)).text, surroundings: SystemSurroundings())
            return SupervisorServer(
                places: Self.ways(to: path, origin, settings), name: OutputText(url),
                expectation: .serves(.unix(path: path, .nothing)), access: self)
        }
        guard url.starts(with: "http://".utf8) else {
            return SupervisorServer(
                name: OutputText(url), refusal: .refused("ValueError", "Unknown protocol for serverurl \(url)"))
        }
        let http = ServerPlace(path: url.text, origin: origin, way: .http)
        // An HTTP URL with the port of a server in the configuration leads to the init that has this configuration: its
        // control socket is a shorter way.
        guard let address = URLAddress(url), address.isLocal || InetSocket.isAddress(address.host),
            settings.inetPorts.contains(address.port)
        else {
            return SupervisorServer(places: [http], name: OutputText(url), access: self)
        }
        let network = File.linkTarget("/proc/self/ns/net") ?? ""
        return SupervisorServer(
            places: Self.shorterWays(settings) + [http], name: OutputText(url),
            expectation: .serves(.inet(host: address.host, port: address.port, network: network)), access: self)
    }

    /// The server at a Unix socket. The control socket itself is as good as the socket that it is beside.
    private static func ways(
        to path: String, _ origin: StaticString, _ settings: ClientSettings
    ) -> [ServerPlace] {
        var places: [ServerPlace] = []
        let isControlSocket = Array(path.utf8).suffix(4).elementsEqual(".ctl".utf8)
        if isControlSocket { places.append(ServerPlace(path: path, origin: origin)) }
        let beside = ControlSocket.beside(path)
        places.append(ServerPlace(path: beside, origin: origin, proof: .expected, isTold: !isControlSocket))
        places += shorterWays(settings).filter { !isSame($0.path, beside) && !isSame($0.path, path) }
        if !isControlSocket { places.append(ServerPlace(path: path, origin: origin, way: .socket)) }
        return places
    }

    /// Where an init may be found that serves a URL, and whose control socket is elsewhere.
    private static func shorterWays(_ settings: ClientSettings) -> [ServerPlace] {
        let defaults = defaultPlaces().map { $0.unexpected }
        let own = settings.controlSockets.filter { path in !defaults.contains { isSame($0.path, path) } }
        return own.map { ServerPlace(path: $0, origin: "the configuration", proof: .expected, isTold: false) }
            + defaults
    }

    /// The server of a configuration.
    func server(_ settings: ClientSettings) -> SupervisorServer {
        guard !settings.namesServer else {
            return server(url: Array(settings.serverURL.utf8), origin: "serverurl", settings)
        }
        let defaults = Self.defaultPlaces()
        // Its control socket is where the file says.
        let own = settings.controlSockets.filter { path in !defaults.contains { Self.isSame($0.path, path) } }
        var places = own.map { ServerPlace(path: $0, origin: "the configuration") }
        var expectation: Expectation?
        if let file = settings.file {
            // Several may run: the one with this file takes precedence over the first.
            expectation = .has(
                configuration: ConfigurationLoader.absolute(file, surroundings: SystemSurroundings()),
                controlSockets: own)
            places += defaults.map { $0.unexpected }
        }
        // A user who passes a file that says where its init is means no other one.
        let saysWhere = !own.isEmpty || !settings.inetPorts.isEmpty
        if !saysWhere || options.configuration == nil { places += defaults }
        var urls: [(String, StaticString)] = []
        if let port = settings.inetPorts.first { urls.append(("http://localhost:\(port)", "the configuration")) }
        if settings.inetPorts.first != 9001 { urls.append((settings.serverURL, "default")) }
        places += urls.map { ServerPlace(path: $0.0, origin: $0.1, way: .http) }
        return SupervisorServer(places: places, expectation: expectation, access: self)
    }

    /// Where to find an init whose configuration names no place, or that also listens at a default one: this user's,
    /// and for root the one of PID 1's user.
    private static func defaultPlaces() -> [ServerPlace] {
        var users = [UInt32(truncatingIfNeeded: SystemProcess.uid)]
        if users[0] == 0, let user = userOfInit(), user != 0 { users.append(user) }
        var places: [ServerPlace] = []
        for user in users {
            for path in ControlSocket.paths(configured: nil, server: nil, user: Int(user))
            where !places.contains(where: { isSame($0.path, path) }) {
                let isShared = !path.utf8.starts(with: "/run/".utf8)
                places.append(ServerPlace(path: path, origin: "default", owner: isShared ? user : nil))
            }
        }
        return places
    }

    /// The effective uid of PID 1, which usually is the container's init.
    private static func userOfInit() -> UInt32? {
        guard let status = try? File.contents(of: "/proc/1/status", limit: 4096) else { return nil }
        for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: "Uid:".utf8) {
            let numbers = line.dropFirst(4).split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            guard numbers.count > 1, let number = Arguments.number(numbers[1]) else { return nil }
            return UInt32(exactly: number)
        }
        return nil
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}
