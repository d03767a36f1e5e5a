import Host
import Kernel
import Supervise

/// The server to command and the shell's settings, from the command line, the environment and the configuration.
struct Whereabouts {
    let server: Server
    private(set) var prompt: Text = "supervisor"
    /// nil: the shell's lines are forgotten at its end.
    private(set) var historyFile: String?
    private let options: Options
    private let program: [UInt8]

    /// The server is the one of `-s`, else of CTL_SOCKET, else of the configuration, else behind a default socket.
    ///
    /// The configuration is read where it is needed: for the server, or for a shell.
    init(_ options: Options, program: [UInt8]) throws(ConfigurationError) {
        (self.options, self.program) = (options, program)
        var known: ClientSettings?
        if let url = options.serverURL {
            server = Self.server(url: url, origin: "-s", options, program)
        } else if let path = CStringArray.ofProcess().value(of: "CTL_SOCKET"), !path.isEmpty {
            server = Server(places: [Server.Place(path: path.text, origin: "CTL_SOCKET")])
        } else {
            let settings = try Self.settings(options, program)
            server = Self.server(settings)
            known = settings
        }
        if options.words.isEmpty, known == nil {
            do throws(ConfigurationError) {
                known = try Self.settings(options, program)
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
    func server(url: [UInt8], origin: StaticString) -> Server {
        Self.server(url: url, origin: origin, options, program)
    }

    private static func server(
        url: [UInt8], origin: StaticString, _ options: Options, _ program: [UInt8]
    ) -> Server {
        guard isLocal(url) else { return Server(url: url, origin: origin) }
        let settings = (try? settings(options, program)) ?? ClientSettings()
        return Server(places: places(of: settings), name: Text(url), isHTTP: true)
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

    private static func places(of settings: ClientSettings) -> [Server.Place] {
        let origin: StaticString = settings.file == nil || areDefaults(settings) ? "default" : "the configuration"
        return settings.controlSockets.map { Server.Place(path: $0, origin: origin) }
    }

    private static func areDefaults(_ settings: ClientSettings) -> Bool {
        let defaults = ControlSocket.paths(configured: nil, server: nil, user: Int(Process.uid))
        return settings.controlSockets.elementsEqual(defaults, by: isSame)
    }

    private static func server(_ settings: ClientSettings) -> Server {
        var places = places(of: settings)
        guard settings.namesServer else { return Server(places: places) }
        let url = Array(settings.serverURL.utf8)
        if url.starts(with: "unix://") {
            // Where init is without a [unix_http_server], and where it is with one, if the file forgot to say so.
            let beside = Server(url: url, origin: "serverurl").places
            let others = beside.filter { place in !places.contains { isSame($0.path, place.path) } }
            places = areDefaults(settings) ? others + places : places + others
            return Server(places: places, name: Text(url))
        }
        // HTTP to this machine is a way to the init that has this configuration; its control socket is a shorter one.
        return isLocal(url)
            ? Server(places: places, name: Text(url), isHTTP: true) : Server(url: url, origin: "serverurl")
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
