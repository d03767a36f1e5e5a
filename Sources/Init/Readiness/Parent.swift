import Kernel
import Supervise

/// The process that has started init, and wants to hear when everything is ready (`notify_parent`): sd_notify(3), at the
/// sender's end. It outlives an engine.
final class Parent: DeadlineOwner {
    /// A path, or `@` and an abstract name.
    private let socket: String
    private let log: SupervisorLog
    private var notice = ParentNotice()
    /// What it heard last, and the end that it has heard of.
    private var told = ""
    private var isTold: SupervisorState?
    /// Its queue was full.
    private var retryAt: Instant?
    private var hasFailed = false
    private var isWanted = true
    /// Something may have changed since the last look.
    var isOutdated = true

    private init(_ socket: String, _ log: SupervisorLog) {
        self.socket = socket
        self.log = log
    }

    /// The one of the next run; nil: nobody wants to hear it. The first time, it takes the variable out of the
    /// environment, so that no program inherits it.
    ///
    /// - Parameter isWanted: what the configuration says.
    @inline(never)
    static func next(after last: Parent?, isWanted: Bool, _ log: SupervisorLog) -> Parent? {
        var parent = last
        if isWanted, last == nil, let name = SystemProcess.takeVariable("NOTIFY_SOCKET"), !name.isEmpty {
            parent = Parent(name, log)
        }
        guard let parent else { return nil }
        parent.notice = ParentNotice()
        parent.isTold = nil
        parent.isWanted = isWanted
        parent.isOutdated = true
        // A restart that was announced is over.
        if !isWanted { parent.tell("READY=1\nSTATUS=") }
        return parent
    }

    /// Tells what is new. Called in each turn of the loop.
    @inline(never)
    func look(_ supervisor: Supervisor) {
        guard isOutdated, isWanted, retryAt == nil else { return }
        isOutdated = false
        let state = supervisor.state
        guard state == .running else {
            guard isTold != state else { return }
            isTold = state
            // systemd compares the time with that of its own request.
            return tell(
                state == .restarting
                    ? "RELOADING=1\nSTATUS=restarting all programs\nMONOTONIC_USEC=\(SystemClock.monotonic / 1000)"
                    : "STOPPING=1\nSTATUS=shutting down")
        }
        let text = notice.text(supervisor)
        if text != told { tell(text) }
    }

    @inline(never)
    private func tell(_ text: String) {
        told = text
        do throws(Errno) {
            let connection = try Datagrams.connect(to: socket)
            if try Datagrams.send(text.bytes, to: connection.number) { return }
            told = ""
            isTold = nil
            retryAt = Engine.now.instant + 1
        } catch {
            // Container runtimes leave when they have heard READY.
            guard !hasFailed else { return }
            hasFailed = true
            log.warn("can't tell the parent process (notify_parent, NOTIFY_SOCKET=\(socket)): \(error.description)")
        }
    }

    // MARK: Time

    func deadline(_ now: Instant) -> Instant? { retryAt }

    func tick(_ now: Moment) {
        guard let retryAt, now.instant >= retryAt else { return }
        self.retryAt = nil
        isOutdated = true
    }
}
