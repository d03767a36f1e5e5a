import Kernel
import Supervise

/// The control socket's name in the file system: accepts clients for the server.
final class ControlListener: Watcher {
    private let loop: EventLoop
    /// nil after `stop`.
    private var server: ControlServer?
    private let socket: ListeningSocket
    private var watch: Watch?
    /// Closed to accept one client, and disconnect it at once, if the process is out of descriptors.
    private var spare: Descriptor?
    /// The log has reported the shortage of descriptors; false again once a client can be accepted.
    private var isSaid = false
    /// When `tick` matters; nil while the socket is watched.
    private(set) var retryAt: Instant?

    init(
        at path: String, mode: UInt32, user: UInt32?, group: UInt32?, loop: EventLoop, server: ControlServer
    ) throws(Errno) {
        self.loop = loop
        self.server = server
        socket = try ListeningSocket(at: path, mode: mode, user: user, group: group)
        spare = try? Descriptor.null()
        watch = try loop.watch(socket.descriptor.number, for: .read, self)
    }

    func ready(_ readiness: Readiness, on watch: Watch) {
        // A burst of clients must not delay the programs.
        for _ in 0..<16 {
            do throws(Errno) {
                guard let connection = try socket.accept() else { return }
                isSaid = false
                server?.admit(connection)
            } catch {
                guard error == .tooManyFiles || error == .tooManyFilesInSystem else {
                    server?.log(.error, "control socket: cannot accept a client: \(error.description)")
                    return
                }
                return refuseOne()
            }
        }
    }

    /// Out of descriptors: disconnects one client, which would otherwise wake the loop again and again.
    private func refuseOne() {
        spare = nil
        let isGone = (try? socket.accept()) != nil
        spare = try? Descriptor.null()
        if !isSaid { server?.log(.error, "control socket: out of file descriptors, disconnecting clients") }
        isSaid = true
        // Not even that one could be accepted: pause for a while.
        if !isGone { pause() }
    }

    private func pause() {
        if let watch { loop.cancel(watch) }
        watch = nil
        retryAt = Engine.now.instant + 1
    }

    /// Checks again whether clients can be accepted.
    func tick(_ now: Instant) {
        guard let retryAt, now >= retryAt else { return }
        self.retryAt = nil
        if spare == nil { spare = try? Descriptor.null() }
        watch = try? loop.watch(socket.descriptor.number, for: .read, self)
        if watch == nil { self.retryAt = now + 1 }
    }

    /// Stops listening and removes the name.
    func stop() {
        if let watch { loop.cancel(watch) }
        watch = nil
        retryAt = nil
        server = nil
        socket.removeName()
    }
}
