import Host
import Kernel
import Supervise

/// The server to command and the shell's prompt, from the command line, the environment and the configuration.
struct Whereabouts {
    let server: Server
    var prompt: Text = "supervisor"

    /// The server is the one of `-s`, else of CTL_SOCKET, else of the configuration, else behind a default socket.
    init(_ options: Options, program: [UInt8]) throws(ConfigurationError) {
        if let url = options.serverURL {
            server = Server(url: url, origin: "-s")
        } else if let path = CStringArray.ofProcess().value(of: "CTL_SOCKET"), !path.isEmpty {
            server = Server(places: [Server.Place(path: path.text, origin: "CTL_SOCKET")])
        } else {
            let settings = try Self.settings(options, program)
            server = Self.server(settings)
            prompt = Text(Array(settings.prompt.utf8))
        }
    }

    private static func settings(
        _ options: Options, _ program: [UInt8]
    ) throws(ConfigurationError) -> ClientSettings {
        let surroundings = SystemSurroundings()
        let named = options.configuration?.text
        guard let path = named ?? ConfigurationLoader.find(executable: program.text, surroundings: surroundings) else {
            return ConfigurationLoader.clientDefaults(surroundings: surroundings)
        }
        return try ConfigurationLoader.loadClient(path: path, surroundings: surroundings)
    }

    private static func server(_ settings: ClientSettings) -> Server {
        let defaults = ControlSocket.paths(configured: nil, server: nil, user: Int(Process.uid))
        let areDefaults = settings.controlSockets.elementsEqual(defaults, by: isSame)
        let origin: StaticString = settings.file == nil || areDefaults ? "default" : "the configuration"
        var places = settings.controlSockets.map { Server.Place(path: $0, origin: origin) }
        guard settings.namesServer else { return Server(places: places) }
        let url = Array(settings.serverURL.utf8)
        if url.starts(with: "unix://") {
            // Where init is without a [unix_http_server], and where it is with one, if the file forgot to say so.
            let beside = Server(url: url, origin: "serverurl").places
            let others = beside.filter { place in !places.contains { isSame($0.path, place.path) } }
            places = areDefaults ? others + places : places + others
            return Server(places: places, name: Text(url))
        }
        // HTTP to this machine is a way to the init that has this configuration; its control socket is a shorter one.
        return isLocal(url) ? Server(places: places, name: Text(url)) : Server(url: url, origin: "serverurl")
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

    private static func isLocal(_ url: [UInt8]) -> Bool {
        for prefix: StaticString in ["http://localhost", "http://127.0.0.1", "http://[::1]"]
        where url.starts(with: prefix) {
            let next = url.dropFirst(prefix.utf8CodeUnitCount).first
            if next == nil || next == UInt8(ascii: ":") || next == UInt8(ascii: "/") { return true }
        }
        return false
    }
}
