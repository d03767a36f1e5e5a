extension Interpreter {
    /// `[supervisorctl]`, whose problems count, and the place of the control socket, for which nothing else does.
    func client() -> ClientSettings {
        var settings = ClientSettings()
        readMainFile()
        settings.file = path.string
        if let section = document.section("supervisorctl") { readClient(section, &settings) }
        guard problems.isEmpty else { return settings }
        let saved = savedProblems
        settings.controlSockets = controlSockets()
        settings.gateway = configuration.supervisord.gateway
        settings.inetPorts = inetPorts()
        restore(saved)
        return settings
    }

    private func readClient(_ section: Int, _ settings: inout ClientSettings) {
        let plain = scope(here: false)
        let withHere = scope(here: true)
        settings.namesServer = document.entry(section, .serverurl) != nil
        settings.serverURL = value(section, .serverurl, withHere, settings.serverURL) { url in
            guard url.hasPrefix("unix://") else { return url.string }
            return "unix://\(Path.resolved(url.dropFirst(7), self.surroundings).string)"
        }
        settings.prompt = value(section, .prompt, plain, settings.prompt) { $0.string }
        settings.username = value(section, .username, plain, nil) { $0.string }
        settings.password = password(section).password
        settings.historyFile = value(section, .historyFile, withHere, nil) { path in
            path.isEmpty ? nil : Path.resolved(path, self.surroundings).string
        }
    }

    /// `9001` and `127.0.0.1:9001`; what is no number is the business of the server.
    private func inetPorts() -> [Int] {
        var ports: [Int] = []
        for section in document.sections.indices
        where document.sections[section].name.hasPrefix(SectionKind.inetServer.prefix) {
            guard let (written, _) = text(section, .port, scope(here: false)) else { continue }
            let digits = written.stripped.bytes.split(separator: UInt8(ascii: ":")).last ?? []
            if let port = Int(String(decoding: digits, as: UTF8.self)) { ports.append(port) }
        }
        return ports
    }

    private func controlSockets() -> [String] {
        readIncludedFiles()
        readSupervisord()
        var server: String?
        for section in document.sections.indices
        where document.sections[section].name.hasPrefix(SectionKind.unixServer.prefix) {
            guard let (file, _) = text(section, .file, scope(here: true)) else { continue }
            server = Path.resolved(file.stripped, surroundings).string
            break
        }
        return ControlSocket.paths(
            configured: configuration.supervisord.controlSocket, server: server, user: surroundings.ownUser)
    }
}
