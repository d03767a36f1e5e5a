import Kernel
import Supervise

extension Engine {
    /// This supervisor's identity, for clients that look for the supervisor behind a URL.
    var identity: SupervisorIdentity {
        var identity = SupervisorIdentity()
        identity.pid = Int(SystemProcess.id)
        identity.configuration = configurationFile ?? ""
        identity.controlSockets = controlSockets
        for settings in configuration.servers {
            if let address = gateway?.address(of: settings) {
                identity.servers.append(SupervisorIdentity.Server(address, isOpen: true))
                continue
            }
            switch settings.address {
            case .unix(let path, _, _):
                identity.servers.append(
                    SupervisorIdentity.Server(.unix(path: path, device: 0, inode: 0), isOpen: false))
            case .inet(let host, let port):
                identity.servers.append(SupervisorIdentity.Server(.inet(host: host, port: port), isOpen: false))
            }
        }
        identity.network = Self.network
        return identity
    }

    /// Of this process, which never leaves it.
    private static let network = File.linkTarget("/proc/self/ns/net") ?? ""
}
