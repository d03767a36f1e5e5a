import Kernel
import Supervise

/// The listening socket of a FastCGI program: descriptor 0 of all its processes.
///
/// It stays while one of them runs or waits for a restart, so that connections wait through a restart; supervisord
/// closes it between two runs of a lone process. Unlike in supervisord, where a check before the first start ends
/// everything when it fails, it is created by the first start.
final class PoolSocket {
    private let settings: SocketSettings
    private let log: SupervisorLog
    private var use = SocketUse()
    private var bound: BoundSocket?

    /// -1 if there is none.
    var number: Int32 { bound?.number ?? -1 }

    init(_ settings: SocketSettings, log: SupervisorLog) {
        self.settings = settings
        self.log = log
    }

    struct SocketError: Error {
        var sentence: String
    }

    /// Creates the socket, unless it exists.
    func begin(_ user: ProcessID) throws(SocketError) {
        if bound == nil {
            log.info("Creating socket \(settings.url)")
            try open()
        }
        use.begin(user)
    }

    /// Closes it if that was the last process that needed it.
    func end(where isOver: (ProcessID) -> Bool) {
        if use.end(where: isOver) { close() }
    }

    func close() {
        guard let bound else { return }
        log.info("Closing socket \(settings.url)")
        bound.close()
        self.bound = nil
    }

    private func open() throws(SocketError) {
        let backlog = Int32(clamping: settings.backlog ?? Int(InetSocket.longestBacklog))
        do throws(BoundSocket.BindError) {
            switch settings.address {
            case .tcp(let host, let port): bound = try BoundSocket(host: host, port: port, backlog: backlog)
            case .unix(let path):
                bound = try BoundSocket(
                    path: path, mode: settings.mode ?? 0o700, owner: settings.owner, backlog: backlog,
                    isExclusive: false)
            }
        } catch {
            throw SocketError(sentence: "can't create socket \(settings.url): \(error.sentence)")
        }
    }
}
