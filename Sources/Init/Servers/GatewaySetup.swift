import Host
import Kernel
import Supervise

/// The settings that a gateway is started with.
final class GatewaySetup {
    let servers: [ServerSettings]
    let executable: String
    /// Seconds.
    let idleTimeout: Int
    let identifier: String

    /// nil without servers.
    init?(_ configuration: Configuration) {
        guard !configuration.servers.isEmpty else { return nil }
        servers = configuration.servers
        executable = Self.executable(configuration.supervisord)
        idleTimeout = configuration.supervisord.gatewayIdleTimeout
        identifier = configuration.supervisord.identifier
    }

    /// Whether a gateway started with one setup can continue with the other.
    func isSame(as other: GatewaySetup) -> Bool {
        executable == other.executable && idleTimeout == other.idleTimeout && identifier == other.identifier
            && servers == other.servers
    }

    /// The executable exists.
    var isPossible: Bool { Executable(at: executable).map { !$0.isDirectory } ?? false }

    /// `gateway=`, else `gateway` beside this process's own executable.
    private static func executable(_ settings: SupervisorSettings) -> String {
        if let path = settings.gateway { return path }
        let own = File.linkTarget("/proc/self/exe") ?? "/"
        let folder = ConfigurationLoader.folder(of: own, surroundings: SystemSurroundings())
        return folder.utf8.count == 1 ? "/gateway" : "\(folder)/gateway"
    }

    /// supervisord's sentence for an occupied socket: scripts look for it.
    static let occupied =
        "Another program is already listening on a port that one of our HTTP servers is configured to use.  "
        + "Shut this program down first before starting supervisord."

    /// supervisord's sentence for a socket that can't be opened.
    static func sentence(_ failure: BoundSocket.BindError, _ server: ServerSettings) -> String {
        let start = "Cannot open an HTTP server: socket.error reported"
        switch failure {
        case .kernel(.addressInUse): return occupied
        case .kernel(let errno): return "\(start) errno.\(errno.name) (\(errno.number))"
        case .unknownHost: return "\(start) -2 (\(failure.sentence))"
        case .owner:
            guard case .unix(let path, _, let owner) = server.address else { return "\(start) errno.EPERM (1)" }
            let uid = Int(owner.user.flatMap { UserIdentity($0)?.uid } ?? 0)
            let gid = owner.group?.groupNumber.map { Int($0) } ?? -1
            let own = Int(SystemProcess.effectiveUID)
            return
                "Not permitted to chown \(path) to uid/gid (\(uid), \(gid)); adjust \"sockchown\" value in config file "
                + "or on command line to values that the current user "
                + "(\(SystemSurroundings().userName(id: own) ?? "\(own)")) can successfully chown"
        }
    }
}
