import Host
import Kernel
import Supervise

/// A listening socket for children to serve: this process never accepts from it.
final class BoundSocket {
    let number: Int32
    private var unix: ListeningSocket?
    /// Where it listens; the host is numeric.
    let address: SupervisorIdentity.Server.Address

    enum BindError: Error {
        /// The host is neither a number nor in `/etc/hosts`.
        case unknownHost
        case kernel(Errno)
        /// The ownership of the path can't be changed: EPERM.
        case owner

        var sentence: String {
            switch self {
            case .unknownHost: "the host is neither a number nor in /etc/hosts"
            case .kernel(let errno): errno.description
            case .owner: Errno.notPermitted.description
            }
        }
    }

    /// - Parameter host: empty: every interface.
    init(host: String, port: Int, backlog: Int32) throws(BindError) {
        guard let address = Self.address(of: host) else { throw .unknownHost }
        do throws(Errno) {
            number = try InetSocket.listening(at: address, port: UInt16(clamping: port), backlog: backlog).take()
            self.address = .inet(host: address, port: port)
        } catch {
            throw .kernel(error)
        }
    }

    /// - Parameter isExclusive: as in `ListeningSocket`.
    init(
        path: String, mode: UInt32, owner: Ownership?, backlog: Int32, isExclusive: Bool
    ) throws(BindError) {
        do throws(Errno) {
            let socket = try ListeningSocket(
                at: path, kind: .stream, mode: mode, user: try Self.user(owner), group: try Self.group(owner),
                backlog: backlog, isExclusive: isExclusive)
            number = socket.descriptor.number
            address = .unix(path: path, device: socket.device, inode: socket.inode)
            unix = consume socket
        } catch {
            throw error == .notPermitted && owner?.user != nil ? .owner : .kernel(error)
        }
    }

    /// Clients that connect to the path still reach this socket; true if it has no path.
    var isNamed: Bool {
        guard unix != nil else { return true }
        return unix?.isNamed ?? true
    }

    /// Closes it and removes its name. Call it once, last.
    func close() {
        if let unix = unix.take() {
            unix.removeName()
        } else {
            Descriptor.close(number)
        }
    }

    /// Its numeric address. This asks no name server: PID 1 would have to wait for it.
    private static func address(of host: String) -> String? {
        if host.isEmpty { return "0.0.0.0" }
        if InetSocket.isAddress(host) { return host }
        let hosts = (try? File.contents(of: "/etc/hosts")) ?? []
        return HostsFile.address(of: host, in: hosts) ?? (host == "localhost" ? "127.0.0.1" : nil)
    }

    /// If the owner is gone since the configuration was read, this fails with the kernel's error.
    private static func user(_ owner: Ownership?) throws(Errno) -> UInt32? {
        guard let user = owner?.user else { return nil }
        guard let uid = UserIdentity(user)?.uid else { throw .invalid }
        return uid
    }

    private static func group(_ owner: Ownership?) throws(Errno) -> UInt32? {
        guard let group = owner?.group else { return nil }
        guard let gid = group.groupNumber else { throw .invalid }
        return gid
    }
}

extension Account {
    /// The number of a group in the current `/etc/group`.
    var groupNumber: UInt32? {
        switch self {
        case .name(let name): SystemSurroundings().group(named: name).flatMap { UInt32(exactly: $0) }
        case .id(let id): UInt32(exactly: id)
        }
    }
}
