import Host
import Kernel
import Supervise

/// The server to command and the shell's settings, from the command line, the environment and the configuration.
struct Whereabouts {
    let server: Server
    private(set) var prompt: Text = "supervisor"
    /// nil: the shell's lines are forgotten at its end.
    private(set) var historyFile: String?
    private let access: Access

    /// The server is the one of `-s`, else of CTL_SOCKET, else of the configuration, else behind a default socket.
    ///
    /// The configuration is read where it is needed: for the server, or for a shell.
    init(_ options: Options, program: [UInt8]) throws(ConfigurationError) {
        access = Access(options: options, program: program)
        var known: ClientSettings?
        if let url = options.serverURL {
            server = access.server(url: url, origin: "-s")
        } else if let path = CStringArray.ofProcess().value(of: "CTL_SOCKET"), !path.isEmpty {
            server = Server(places: [Server.Place(path: path.text, origin: "CTL_SOCKET")])
        } else {
            let settings = try access.settings()
            server = access.server(settings)
            known = settings
        }
        if options.words.isEmpty, known == nil {
            do throws(ConfigurationError) {
                known = try access.settings()
            } catch {
                // What nobody asked for by name may be wrong: a prompt is not worth a refusal.
                if options.configuration != nil { throw error }
            }
        }
        if let known {
            prompt = Text(Array(known.prompt.utf8))
            historyFile = known.historyFile
        }
        if let file = options.historyFile { historyFile = file.isEmpty ? nil : file.text }
    }

    /// The server of another URL.
    func server(url: [UInt8], origin: StaticString) -> Server { access.server(url: url, origin: origin) }
}

/// What the command line and the configuration say of servers.
struct Access {
    let options: Options
    let program: [UInt8]

    func settings() throws(ConfigurationError) -> ClientSettings {
        let surroundings = SystemSurroundings()
        let named = options.configuration?.text
        guard let path = named ?? ConfigurationLoader.find(executable: program.text, surroundings: surroundings) else {
            return ConfigurationLoader.clientDefaults(surroundings: surroundings)
        }
        return try ConfigurationLoader.loadClient(path: path, surroundings: surroundings)
    }

    /// Name and password for HTTP, which supervisorctl sends together or not at all, and where the executable is that
    /// speaks it. A configuration that can't be read says nothing of them.
    func resolved() -> (Credentials?, GatewayPlaces) {
        let settings = (try? settings()) ?? ClientSettings()
        let gateway = GatewayPlaces(configured: settings.gateway)
        guard let username = options.username ?? settings.username.map({ Array($0.utf8) }),
            let password = options.password ?? settings.password.map({ Array($0.utf8) })
        else { return (nil, gateway) }
        return (Credentials(username: username, password: password), gateway)
    }

    func server(url: [UInt8], origin: StaticString) -> Server {
        guard Self.localPort(url) != nil, let settings = try? settings() else {
            return Server(url: url, origin: origin, access: self)
        }
        return server(settings, url: url, origin: origin)
    }

    /// HTTP to this machine, at a port that the configuration has a server at, is a way to the init that has this
    /// configuration: its control socket is a shorter one.
    private func server(_ settings: ClientSettings, url: [UInt8], origin: StaticString) -> Server {
        guard let port = Self.localPort(url), settings.inetPorts.contains(port) else {
            return Server(url: url, origin: origin, access: self)
        }
        let http = Server.Place(path: url.text, origin: origin, way: .http)
        return Server(places: Self.places(of: settings) + [http], name: Text(url), access: self)
    }

    func server(_ settings: ClientSettings) -> Server {
        let url = Array(settings.serverURL.utf8)
        guard settings.namesServer else {
            let places = Self.places(of: settings)
            let isThere = Self.localPort(url).map { settings.inetPorts.contains($0) } ?? false
            let http = Server.Place(path: settings.serverURL, origin: "default", way: .http)
            return Server(places: isThere ? places + [http] : places, access: self)
        }
        guard url.starts(with: "unix://") else { return server(settings, url: url, origin: "serverurl") }
        // Where init is without a [unix_http_server], and where it is with one, if the file forgot to say so.
        let places = Self.places(of: settings)
        let named = Server(url: url, origin: "serverurl", access: self).places
        let beside = named.filter { place in
            place.way == .control && !places.contains { Self.isSame($0.path, place.path) }
        }
        let controls = Self.areDefaults(settings) ? beside + places : places + beside
        return Server(places: controls + named.filter { $0.way == .socket }, name: Text(url), access: self)
    }

    private static func places(of settings: ClientSettings) -> [Server.Place] {
        let origin: StaticString = settings.file == nil || areDefaults(settings) ? "default" : "the configuration"
        return settings.controlSockets.map { Server.Place(path: $0, origin: origin) }
    }

    private static func areDefaults(_ settings: ClientSettings) -> Bool {
        let defaults = ControlSocket.paths(configured: nil, server: nil, user: Int(Process.uid))
        return settings.controlSockets.elementsEqual(defaults, by: isSame)
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

    /// The port of an `http://` URL of this machine; nil for any other URL.
    private static func localPort(_ url: [UInt8]) -> Int? {
        for prefix: StaticString in ["http://localhost", "http://127.0.0.1", "http://[::1]"]
        where url.starts(with: prefix) {
            let rest = url.dropFirst(prefix.utf8CodeUnitCount).prefix { $0 != UInt8(ascii: "/") }
            if rest.isEmpty { return 80 }
            if rest.first == UInt8(ascii: ":") { return Arguments.number(rest.dropFirst()) }
        }
        return nil
    }
}
