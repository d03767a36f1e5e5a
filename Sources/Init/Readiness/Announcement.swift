import Kernel
import Supervise

/// Hears what one running program says of itself, in the way that its `notify=` names.
///
/// It exists from before the start of a process until its end. What arrives before init knows that the program has been
/// executed is kept until then.
final class Announcement: Watcher {
    /// Datagrams that one turn reads, so that a program that floods blocks nothing.
    private static let portion = 32
    /// Datagrams that are read after the death of a program: more than the kernel's queue holds.
    private static let last = 1024

    let id: ProcessID
    private let engine: Engine
    private let name: String
    private var socket: NotifySocket?
    /// Who may send datagrams, besides root and init's own user.
    private var user: UInt32
    /// The pipe of `fd:N`; -1 once it is closed.
    private var reading: Int32 = -1
    private var writing: Int32 = -1
    private var target: Int32 = -1
    private var watch: Watch?
    private var isStarted = false
    private var hasAnnounced = false
    private var hasRefused = false
    private var isSeeking = false

    init(_ id: ProcessID, _ settings: ProcessSettings, _ mode: NotifyMode, _ engine: Engine) throws(StartError) {
        self.id = id
        self.engine = engine
        name = settings.name
        user = SystemProcess.uid
        do throws(Errno) {
            switch mode {
            case .systemd:
                if let identity = try? UserIdentity.change(for: settings) { user = identity.uid }
                socket = try NotifySocket(path: "/run/init.notify.\(SystemProcess.id).\(id.slot)", owner: user)
            case .descriptor(let number):
                let pipe = try PipeEnds.fromChild()
                reading = pipe.reading.take()
                writing = pipe.writing.take()
                target = number
            case .line(let text):
                isSeeking = true
                engine.channels(of: id)?.seek(SoughtLine(text) { self.announce() })
            }
        } catch {
            throw StartError(.resource, "can't make what notify= needs for '\(settings.name)': \(error.name)")
        }
    }

    /// What the child gets besides stdin, stdout and stderr.
    var passed: [SpawnRequest.Passed] { writing >= 0 ? [SpawnRequest.Passed(writing, as: target)] : [] }

    func variables(_ settings: ProcessSettings) -> [EnvironmentVariable] {
        guard let name = socket?.name else { return [] }
        var variables = [EnvironmentVariable("NOTIFY_SOCKET", name)]
        if settings.watchdogSeconds > 0 {
            variables.append(EnvironmentVariable("WATCHDOG_USEC", "\(settings.watchdogSeconds)000000"))
        }
        return variables
    }

    /// The program has been executed.
    func started() {
        isStarted = true
        Descriptor.close(writing)
        writing = -1
        let number = reading >= 0 ? reading : socket?.number ?? -1
        if number >= 0 { watch = try? engine.loop.watch(number, for: .read, self) }
        if hasAnnounced { engine.tell(.told(id, NotifyMessage(isReady: true))) }
    }

    /// The program is gone, or was not started: hears what it said last. Nothing refers to this object afterwards.
    func ended() {
        if isStarted { read(Self.last) }
        close()
    }

    func ready(_ readiness: Readiness, on watch: Watch) { read(Self.portion) }

    private func read(_ limit: Int) {
        if reading >= 0 { readPipe() }
        var left = limit
        while left > 0, let received = socket?.receive(limit: NotifyMessage.limit) {
            // No program is expected to send files: they may wait for the next turn.
            left -= received.hasFiles ? Self.portion : 1
            take(received)
        }
    }

    private func take(_ received: NotifySocket.Received) {
        if received.hangs {
            // More of those would fill init's table of descriptors.
            engine.log.warn("'\(name)' is not listened to any more: it sent files whose file systems don't answer")
            close()
        }
        let isKnown = received.uid == 0 || received.uid == user || received.uid == SystemProcess.uid
        guard isKnown, received.pid != 0 else {
            return refuse("of uid \(received.uid) and pid \(received.pid), which is another user's")
        }
        guard !received.isTruncated else { return refuse("of more than \(NotifyMessage.limit) bytes") }
        engine.tell(.told(id, NotifyMessage(received.bytes)))
    }

    /// Says it once for each run.
    private func refuse(_ what: String) {
        guard !hasRefused else { return }
        hasRefused = true
        engine.log.warn("ignored a message \(what), to the NOTIFY_SOCKET of '\(name)'")
    }

    /// A newline; what stands before it doesn't matter. The end of the file alone says nothing.
    private func readPipe() {
        var buffer = [UInt8](repeating: 0, count: 512)
        guard let count = File.readUntilEnd(reading, into: &buffer) else { return }
        let isReady = buffer[..<count].contains(UInt8(ascii: "\n"))
        if isReady || count == 0 { close() }
        if isReady { announce() }
    }

    private func announce() {
        guard !hasAnnounced else { return }
        hasAnnounced = true
        if isStarted { engine.tell(.told(id, NotifyMessage(isReady: true))) }
    }

    private func close() {
        if let watch { engine.loop.cancel(watch) }
        watch = nil
        socket = nil
        if isSeeking { engine.channels(of: id)?.seek(nil) }
        isSeeking = false
        Descriptor.close(reading)
        Descriptor.close(writing)
        reading = -1
        writing = -1
    }
}
