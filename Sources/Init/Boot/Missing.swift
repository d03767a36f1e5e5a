import Supervise

/// What a configuration asks for and this version doesn't do yet: said once at the start, so that nobody has to find out.
enum Missing {
    static func sentences(_ configuration: Configuration) -> [String] {
        var sentences: [String] = []
        for server in configuration.servers {
            sentences.append("[\(server.section)]: this version opens no HTTP server; ctl has a socket of its own")
        }
        return sentences
    }
}
