import Host
import Kernel
import Supervise

/// The listening socket of a FastCGI program: descriptor 0 of all its processes.
///
/// It stays while one of them runs or waits to be started again, so that connections wait through a restart;
/// supervisord closes it between two runs of a lone process. There is no look at it before the first start, as
/// supervisord has one that ends everything when it fails.
final class PoolSocket {
    private let settings: SocketSettings
    private let log: SupervisorLog
    private var use = SocketUse()
    private var unix: ListeningSocket?
    /// -1 when there is none.
    private(set) var number: Int32 = -1

    init(_ settings: SocketSettings, log: SupervisorLog) {
        self.settings = settings
        self.log = log
    }

    struct Failure: Error {
        var sentence: String
    }

    /// Makes the socket, if nobody has done so yet.
    func begin(_ user: ProcessID) throws(Failure) {
        if number < 0 {
            log.info("Creating socket \(settings.url)")
            try open()
        }
        use.begin(user)
    }

    /// Closes it when that was the last that needed it.
    func end(where isOver: (ProcessID) -> Bool) {
        if use.end(where: isOver) { close() }
    }

    func close() {
        guard number >= 0 else { return }
        log.info("Closing socket \(settings.url)")
        if let unix = unix.take() {
            unix.removeName()
        } else {
            Descriptor.close(number)
        }
        number = -1
    }

    private func open() throws(Failure) {
        let backlog = Int32(clamping: settings.backlog ?? Int(InetSocket.longestBacklog))
        var address: String?
        if case .tcp(let host, _) = settings.address {
            address = Self.address(of: host)
            if address == nil { throw failure("the host is neither a number nor in /etc/hosts") }
        }
        do throws(Errno) {
            switch settings.address {
            case .tcp(_, let port):
                number = try InetSocket.listening(
                    at: address ?? "", port: UInt16(clamping: port), backlog: backlog
                ).take()
            case .unix(let path):
                let socket = try ListeningSocket(
                    at: path, kind: .stream, mode: settings.mode ?? 0o700, user: try owner(), group: try group(),
                    backlog: backlog, isExclusive: false)
                number = socket.descriptor.number
                unix = consume socket
            }
        } catch {
            throw failure(error.description)
        }
    }

    private func failure(_ reason: String) -> Failure {
        Failure(sentence: "can't create socket \(settings.url): \(reason)")
    }

    /// Its IPv4 address as a number with dots. No name server is asked: PID 1 would have to wait for it.
    private static func address(of host: String) -> String? {
        if InetSocket.isAddress(host) { return host }
        let hosts = (try? File.contents(of: "/etc/hosts")) ?? []
        return HostsFile.address(of: host, in: hosts) ?? (host == "localhost" ? "127.0.0.1" : nil)
    }

    /// An owner that is gone since the configuration was read fails as the kernel would say it.
    private func owner() throws(Errno) -> UInt32? {
        guard let user = settings.owner?.user else { return nil }
        guard let uid = UserIdentity(user)?.uid else { throw .invalid }
        return uid
    }

    private func group() throws(Errno) -> UInt32? {
        guard let group = settings.owner?.group else { return nil }
        guard let gid = group.groupNumber else { throw .invalid }
        return gid
    }
}

extension Account {
    /// The number of a group as `/etc/group` has it now.
    var groupNumber: UInt32? {
        switch self {
        case .name(let name): SystemSurroundings().group(named: name).flatMap { UInt32(exactly: $0) }
        case .id(let id): UInt32(exactly: id)
        }
    }
}
