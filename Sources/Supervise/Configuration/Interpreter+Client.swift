extension Interpreter {
    /// `[supervisorctl]`, whose problems count, and the place of the control socket, for which nothing else does.
    func client() -> ClientSettings {
        document.skipped = [.program, .eventListener, .fcgiProgram, .group, .rpcInterface, .ctlPlugin, .hook]
        readMainFile()
        let section = document.section("supervisorctl")
        let values = section.map { clientValues($0) } ?? [:]
        var sockets: [String] = []
        var ports: [Int] = []
        if problems.isEmpty {
            let saved = savedProblems
            sockets = controlSockets()
            ports = inetPorts()
            restore(saved)
        }
        return ClientSettings(
            file: path.string, values, controlSockets: sockets, inetPorts: ports, gateway: supervisor.text(.gateway),
            namesServer: section.map { document.entry($0, .serverurl) != nil } ?? false)
    }

    private func clientValues(_ section: Int) -> KeyValues {
        var values = KeyValues()
        read(written(section, .supervisorctl), .once, section, scope(here: true), into: &values)
        readPassword(section, into: &values)
        return values
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
            configured: supervisor.text(.controlSocket), server: server, user: surroundings.ownUser)
    }
}
