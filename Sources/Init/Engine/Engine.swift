// PID 1: one loop that sleeps in one place, asks the core what to do, and does it.
//
// A turn: wait; act on signals; take the dead; let descriptors' owners work; let the core's time-outs pass; begin starts. What
// can be long, deaths and starts, has a share of the turn, so that signals and requests never wait for the rest of it.
// Actions of the core are performed in order as soon as it has decided. What came of a signal is told to it at once, what came of
// a start when the child reports it.

import Host
import Kernel
import Supervise

/// Why the loop ended.
enum Ending {
    case shutdown
    /// Everything is stopped and the configuration is to be read again.
    case restart(Configuration)
}

final class Engine {
    let loop: EventLoop
    let output: Output
    let log: SupervisorLog
    let launcher: Launcher
    /// Where the configuration comes from; nil when it was made from commands.
    let configurationPath: String?
    /// The same, absolute, as those are told who look for this init.
    var configurationFile: String?
    /// Where it has control sockets; the place that the configuration says is the first, even if it could not be made.
    var controlSockets: [String] = []
    /// Of the command line: they override what is read.
    private let options: SupervisorOptions
    var configuration: Configuration
    var supervisor = Supervisor()
    var control: ControlServer?
    /// Lives longer than an engine; nil where no HTTP is served.
    var gateway: Gateway?
    /// Lives longer than an engine.
    let cgroups: Cgroups
    /// Lives longer than an engine.
    let starts: ProgramStarts
    /// The output of each process, by slot.
    private var channels: [ProcessChannels?] = []
    /// Of FastCGI programs.
    private var sockets: [PoolSocket] = []
    private var queue: [Supervisor.Action] = []
    private var isPerforming = false
    private let alarm: AlarmWatcher
    private var ending: Ending?
    /// At work once everything is stopped for good; nil before, and where orphans are not init's business.
    private var sweeper: Sweeper?
    /// The core waits for listeners to have no more to do.
    private var isDelivering = false
    /// It has been said.
    var isShortOfMemory = false
    /// What the restart will start with: read and found right before anything was stopped.
    private var next: Configuration?

    init(
        loop: EventLoop, output: Output, log: SupervisorLog, configuration: Configuration, path: String?,
        options: SupervisorOptions, cgroups: Cgroups, starts: ProgramStarts
    ) throws(Errno) {
        self.cgroups = cgroups
        self.starts = starts
        self.options = options
        self.loop = loop
        self.output = output
        self.log = log
        self.configuration = configuration
        configurationPath = path
        launcher = Launcher()
        launcher.log = log
        launcher.serverURL = configuration.supervisord.serverURL
        alarm = try AlarmWatcher(loop: loop)
        supervisor.logLevel = configuration.supervisord.logLevel
        starts.engine = self
    }

    static var now: Moment {
        Moment(instant: Instant(nanoseconds: Clock.boottime), wall: Int(Clock.realtime / 1_000_000_000))
    }

    /// Runs until everything is stopped because somebody said so.
    func run(_ signals: SignalWatcher) -> Ending {
        var actions: [Supervisor.Action] = []
        output.events.start(configuration.supervisord, inputs: self)
        Errand.patience = Errand.whileSupervising
        supervisor.boot(configuration.groups, now: Self.now, into: &actions)
        perform(actions)
        while true {
            if let ending, isAlone(before: ending) { return ending }
            turn(signals)
        }
    }

    /// What one turn does at most before the next looks at signals again: nanoseconds, of deaths and of starts each.
    static let share: Int64 = 5_000_000

    private func turn(_ signals: SignalWatcher) {
        let now = Self.now.instant
        let deadline = deadline(now)
        let isDue = deadline.map { $0 <= now } ?? false
        let sleeps = !isDue && !signals.hasMore && !starts.canBegin
        if sleeps {
            alarm.set(deadline)
            starts.settle()
            TrustedFile.rest()
        }
        loop.turn(wait: sleeps) { signals.deliver(to: self) }
        watchMemory()
        if isDelivering, !output.events.isDelivering {
            isDelivering = false
            tell(.delivered)
        }
        if isDue { tick(Self.now) }
        beginStarts()
    }

    private func deadline(_ now: Instant) -> Instant? {
        let programs = earliest(supervisor.deadline(now: now), starts.deadline)
        let servers = earliest(gateway?.deadline, control?.deadline)
        let others = earliest(output.events.deadline, earliest(servers, sweeper?.deadline))
        return earliest(earliest(programs, output.deadline), others)
    }

    private func tick(_ now: Moment) {
        output.tick(now: now.instant)
        output.events.tick(now: now.instant)
        starts.tick(now.instant)
        control?.tick(now.instant)
        if let gateway, let deadline = gateway.deadline, deadline <= now.instant { gateway.tick() }
        tell(.tick, now)
    }

    /// Nobody else is there any more. The gateway and orphans end at the same time.
    private func isAlone(before ending: Ending) -> Bool {
        let isGatewayDone = isGatewayDone(before: ending)
        guard case .shutdown = ending, configuration.supervisord.killOrphans ?? Process.isInit else {
            return isGatewayDone
        }
        let sweeper = self.sweeper ?? Sweeper(log: log, gateway: gateway)
        self.sweeper = sweeper
        let now = Self.now.instant
        return sweeper.advance(since: supervisor.endingSince ?? now, now: now) && isGatewayDone
    }

    /// It leaves last, so that clients see the end; not at all before a restart that changes nothing for it.
    private func isGatewayDone(before ending: Ending) -> Bool {
        guard let gateway else { return true }
        if case .restart(let next) = ending, gateway.suits(next) { return true }
        gateway.end()
        return gateway.isOver
    }

    private func earliest(_ a: Instant?, _ b: Instant?) -> Instant? {
        guard let a else { return b }
        guard let b else { return a }
        return min(a, b)
    }

    // MARK: Talking with the core

    func tell(_ event: Supervisor.Event, _ now: Moment = Engine.now) {
        var actions: [Supervisor.Action] = []
        Revision.advance()
        supervisor.handle(event, now: now, into: &actions)
        perform(actions)
    }

    /// Performs in order. What an action leads to comes after what was decided before it.
    func perform(_ actions: [Supervisor.Action]) {
        queue.append(contentsOf: actions)
        guard !isPerforming else { return }
        isPerforming = true
        var index = 0
        while index < queue.count {
            let action = queue[index]
            index += 1
            if index >= 1024 {
                queue.removeFirst(index)
                index = 0
            }
            perform(action)
        }
        queue.removeAll(keepingCapacity: queue.capacity <= 1024)
        isPerforming = false
        endSockets()
        // At once, where there is room: whoever asks for a start and then for something else finds it begun.
        beginStarts()
    }

    private func beginStarts() {
        if starts.canBegin { starts.begin(until: Self.now.instant.advanced(nanoseconds: Self.share)) }
    }

    private func perform(_ action: Supervisor.Action) {
        switch action {
        case .spawn(let id): starts.enqueue(id)
        case .cancelSpawn(let id): starts.cancel(id)
        case .signal(let id, let pid, let signal, let group): send(signal, to: pid, group: group, for: id)
        case .log(let level, let text): log.log(level, text)
        case .reply(let request, let answer):
            // Whoever hears that a program is stopped finds its socket gone.
            endSockets()
            control?.reply(request, answer)
        case .added(let group): added(group)
        case .removed(let ids): for id in ids { removed(id) }
        case .publish(let notice): publish(notice)
        case .deliver: isDelivering = true
        case .finished(let state):
            if state == .restarting, let next { ending = .restart(next) } else { ending = .shutdown }
        }
    }

    // MARK: Processes

    /// Closes the sockets that nobody needs any more.
    private func endSockets() {
        for socket in sockets {
            socket.end(where: { supervisor.state(of: $0)?.isStopped ?? true })
        }
    }

    private func send(_ signal: Signal, to pid: Int32, group: Bool, for id: ProcessID) {
        if signal == .kill { starts.noteKill(of: pid) }
        do throws(Errno) {
            if group {
                try Process.signal(group: pid, signal.number)
            } else {
                try Process.signal(pid, signal.number)
            }
            tell(.signalled(id))
        } catch .noSuchProcess {
            let name = supervisor.settings(of: id)?.name ?? ""
            log.log(
                .debug,
                "unable to signal \(name) (pid \(pid)), it probably just exited on its own: \(Errno.noSuchProcess.text)"
            )
            tell(.signalled(id))
        } catch {
            tell(.signalFailed(id, reason: error.description))
        }
    }

    /// A child is gone: its last output comes first, then what that means.
    func reaped(_ child: Reaped) {
        guard let status = ExitStatus(child.status) else { return }
        if let gateway, gateway.reaped(child.pid, status) { return }
        if starts.reaped(child.pid) { return }
        guard let id = supervisor.process(pid: child.pid) else {
            log.log(.info, "reaped unknown pid \(child.pid) (\(status.description))")
            return
        }
        cgroups.ended(slot: id.slot)
        channels(of: id)?.childExited()
        channels(of: id)?.count(status)
        tell(.exited(pid: child.pid, status))
    }

    func channels(of id: ProcessID) -> ProcessChannels? {
        channels.indices.contains(id.slot) ? channels[id.slot] : nil
    }

    private func added(_ group: String) {
        let members = supervisor.processes(inGroup: group) ?? []
        addPool(group, members)
        var shared: [PoolSocket?] = []
        for socket in supervisor.sockets(ofGroup: group) {
            let pool = PoolSocket(socket.settings, log: log)
            sockets.append(pool)
            while shared.count < members.count { shared.append(nil) }
            for index in socket.processes where shared.indices.contains(index) { shared[index] = pool }
        }
        for (index, id) in members.enumerated() {
            guard let settings = supervisor.settings(of: id) else { continue }
            // Programs that were given as commands have no channels that anybody knows by name.
            let prefix = configurationPath == nil ? "\(settings.name) | " : nil
            while channels.count <= id.slot { channels.append(nil) }
            channels[id.slot] = ProcessChannels(
                settings, prefix: prefix, socket: index < shared.count ? shared[index] : nil,
                events: outputEvents(settings, of: id, group), output: output)
        }
    }

    private func removed(_ id: ProcessID) {
        cgroups.remove(slot: id.slot)
        if let socket = channels(of: id)?.socket {
            socket.close()
            sockets.removeAll { $0 === socket }
        }
        channels(of: id)?.remove()
        if channels.indices.contains(id.slot) { channels[id.slot] = nil }
    }

    // MARK: Signals

    func received(_ signal: Signal) {
        switch signal {
        case .terminate, .interrupt, .quit, .halt:
            log.log(.warn, "received \(signal.name) indicating exit request")
            tell(.end(.shutdown))
        case .hangup: hangup()
        case .user2:
            log.log(.info, "received SIGUSR2 indicating log reopen request")
            log.reopen()
            for channel in channels { channel?.reopen() }
        default:
            log.log(.blather, "received \(signal.name) indicating nothing")
        }
    }

    /// The new configuration is read first: a broken one is refused and everything keeps running.
    private func hangup() {
        guard supervisor.state != .shutdown else {
            log.log(.warn, "ignored SIGHUP indicating restart request (shutdown in progress)")
            return
        }
        log.log(.warn, "received SIGHUP indicating restart request")
        switch read() {
        case .success(let configuration):
            next = configuration
            tell(.end(.restarting))
        case .failure(let error):
            log.lines(.critical, "the restart is refused, everything keeps running: \(error.report)")
        }
    }

    /// The configuration as it is on disk now.
    func read() -> Result<Configuration, ConfigurationError> {
        guard let configurationPath else { return .success(configuration) }
        Errand.patience = Errand.forConfiguration
        defer { Errand.patience = Errand.whileSupervising }
        do throws(ConfigurationError) {
            let read = try ConfigurationLoader.load(
                path: configurationPath, surroundings: SystemSurroundings(), isSupervisord: options.isSupervisord)
            options.apply(to: read.supervisord)
            return withReserve(read)
        } catch {
            return .failure(error)
        }
    }

    /// `restart` over the control socket: the same as SIGHUP, and refused in the same way.
    func restartRequested() -> ConfigurationError? {
        switch read() {
        case .success(let configuration):
            next = configuration
            return nil
        case .failure(let error): return error
        }
    }

    /// Closes what the run had open, and lets go of who holds this engine; programs are gone.
    func close() {
        for channel in channels { channel?.remove() }
        channels = []
        for socket in sockets { socket.close() }
        sockets = []
        cgroups.removeAll()
        starts.detach()
        output.events.stop()
        gateway?.detach()
        gateway = nil
        control?.stop()
        control = nil
        alarm.cancel(in: loop)
    }
}

extension ExitStatus {
    /// nil for a child that only stopped.
    init?(_ status: WaitStatus) {
        if let code = status.exitCode {
            self = .exited(code: code)
        } else if let signal = status.signal {
            self = .signalled(Signal(number: signal), core: status.dumpedCore)
        } else {
            return nil
        }
    }
}
