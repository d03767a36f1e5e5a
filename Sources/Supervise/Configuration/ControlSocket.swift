/// Where the control socket of a configuration is: one rule for `init`, which makes it, and for `ctl`, which looks for it.
public enum ControlSocket {
    /// Places to try in this order: `init` takes the first that it can make, `ctl` the first that somebody answers on.
    ///
    /// - Parameters:
    ///   - configured: `[supervisord] control_socket=`, absolute.
    ///   - server: `file=` of the first `[unix_http_server]`, absolute.
    ///   - user: uid of the process that makes the socket.
    /// - Returns: one path, or the defaults when the configuration names none. The last is for images without /tmp and
    ///   for roots that are read-only: runtimes give every container a /dev/shm that everybody may write to.
    public static func paths(configured: String?, server: String?, user: Int) -> [String] {
        if let configured { return [configured] }
        if let server { return [beside(server)] }
        return ["/run/init.ctl", "/tmp/init-\(user).ctl", "/dev/shm/init-\(user).ctl"]
    }

    /// The places of a whole configuration; the first unix server counts.
    public static func paths(of configuration: Configuration, user: Int) -> [String] {
        var server: String?
        for settings in configuration.servers {
            if case .unix(let path, _, _) = settings.address {
                server = path
                break
            }
        }
        return paths(configured: configuration.supervisord.controlSocket, server: server, user: user)
    }

    /// The control socket that belongs to the file of a `[unix_http_server]` or to a `unix://` URL of it.
    public static func beside(_ server: String) -> String {
        let path = Text(server)
        return Text.joined(path.hasPrefix("unix://") ? path.dropFirst(7) : path, ".ctl").string
    }
}
