// PID 1: one loop that sleeps in one place, asks the core what to do, and does it.
//
// A turn: wait; handle signals; reap children; let the owners of descriptors work; let the core's timeouts pass; begin
// starts. Deaths and starts, which can take long, have a share of the turn, so that signals and requests never wait for
// the rest of them. The engine performs the core's actions in order as soon as it has decided. It reports the result of
// a signal at once, and that of a start when the child reports it.

import Host
import Kernel
import Supervise

final class Engine {
    let loop: EventLoop
    let output: Output
    let log: SupervisorLog
    let launcher: Launcher
    /// Where the configuration comes from; nil if it was made from commands.
    let configurationPath: String?
    /// The same, absolute, for clients that look for this init.
    var configurationFile: String?
    /// The control sockets' paths; the configured one is the first, even if its socket could not be created.
    var controlSockets: [String] = []
    /// From the command line: they override the configuration.
    private let options: SupervisorOptions
    var configuration: Configuration
    /// What `scale` has asked for.
    var counts: [ProgramCount] = []
    var supervisor: Supervisor
    var control: ControlServer?
    /// Outlives an engine; nil if HTTP is not served.
    var gateway: GatewayHost?
    /// Outlives an engine.
    let cgroups: Cgroups
    /// Outlives an engine.
    let starts: ProgramStarts
    /// Outlives an engine.
    let tasks: TaskRunner
    /// Outlives an engine; nil if nobody wants to hear when everything is ready.
    var parent: Parent?
    /// Of this engine's programs.
    private let hooks = Hooks()
    /// All owners of deadlines, in the order in which they act.
    private var deadlines = Deadlines()
    /// The output of each process, by slot.
    private var channels: [ProcessChannels?] = []
    /// What programs with `notify=` say, while they run.
    var announcements: [Announcement] = []
    /// Health checks that connect to a server; nil as long as there was none.
    private(set) var prober: Prober?
    /// Health checks that are processes.
    var checks: [(id: ProcessID, task: TaskID)] = []
    /// nil as long as no program watches files.
    private var watches: FileWatches?
    /// The sockets of FastCGI programs.
    private var sockets: [PoolSocket] = []
    /// Children that were signalled.
    var expectedDeaths = ExpectedDeaths()
    private var queue: [Supervisor.Action] = []
    private var isPerforming = false
    private let alarm: AlarmWatcher
    /// What programs leave behind.
    private let sweeper: Sweeper
    /// What could not be written to `termination_log` yet.
    var unwrittenTermination: [UInt8]?
    /// The log has reported the shortage.
    var isShortOfMemory = false
    /// The code that reads it has not been unmapped since.
    private var hasReadConfiguration = true
    /// The same for the code that starts programs and handles their deaths.
    var hasChangedPrograms = false
    /// Children that belong to nothing have ended in this turn.
    var hasBuriedOrphans = false
    private var codeReleased = Instant(nanoseconds: 0)

    init(
        loop: EventLoop, output: Output, log: SupervisorLog, configuration: Configuration, path: String?,
        options: SupervisorOptions, cgroups: Cgroups, starts: ProgramStarts, tasks: TaskRunner
    ) throws(Errno) {
        self.cgroups = cgroups
        self.starts = starts
        self.tasks = tasks
        self.options = options
        self.loop = loop
        self.output = output
        self.log = log
        self.configuration = configuration
        configurationPath = path
        supervisor = Supervisor(sweepsOrphans: configuration.supervisord.killOrphans ?? SystemProcess.isInit)
        sweeper = Sweeper(log: log)
        launcher = Launcher()
        launcher.log = log
        launcher.serverURL = configuration.supervisord.serverURL
        alarm = try AlarmWatcher(loop: loop)
        supervisor.logLevel = configuration.supervisord.logLevel
        supervisor.endRules = EndRules(configuration.supervisord)
        supervisor.updatesWholeGroups = configuration.supervisord.updatesWholeGroups
        supervisor.shutdownRules = ShutdownRules(configuration.supervisord)
        hooks.engine = self
        starts.engine = self
        tasks.launcher = launcher
    }

    static var now: Moment {
        Moment(instant: Instant(nanoseconds: SystemClock.boottime), wall: Int(SystemClock.realtime / 1_000_000_000))
    }

    /// Runs until everything is stopped on request.
    func run(_ signals: SignalWatcher) -> Ending {
        boot()
        while true {
            advanceEnding()
            parent?.look(supervisor)
            if case .finished(let ending) = supervisor.lifecycle.state { return ending }
            turn(signals)
        }
    }

    /// What begins all programs is freed when this returns.
    @inline(never) private func boot() {
        var actions: [Supervisor.Action] = []
        deadlines.add(output)
        deadlines.add(output.events)
        deadlines.add(starts)
        deadlines.add(tasks)
        if let control { deadlines.add(control) }
        if let gateway { deadlines.add(gateway) }
        if let parent { deadlines.add(parent) }
        deadlines.add(self)
        output.events.start(
            configuration.supervisord, inputs: self, hooks: EventHooks(configuration.eventHooks, tasks, log))
        supervisor.shutdownRules.awaitsHooks = !configuration.eventHooks.isEmpty
        Errand.patience = Errand.whileSupervising
        supervisor.boot(configuration.groups, now: Self.now, into: &actions)
        perform(actions)
        // Before programs start, which may read their files at once.
        watches?.tick(Self.now)
    }

    /// The limit of deaths and of starts in one turn, before the next turn handles signals again: nanoseconds for each.
    static let share: Int64 = 5_000_000

    private func turn(_ signals: SignalWatcher) {
        let now = Self.now.instant
        let deadline = deadlines.earliest(now)
        let isDue = deadline.map { $0 <= now } ?? false
        let sleeps = !isDue && !signals.hasMore && !starts.canBegin
        if sleeps {
            alarm.set(deadline)
            // Of programs and of tasks.
            Spawn.settle()
            TrustedFile.rest()
            Errand.rest()
            releaseCode(now, until: deadline)
        }
        CrashReport.phase("waiting")
        loop.turn(wait: sleeps) {
            CrashReport.phase("handling signals")
            signals.deliver(to: self)
            CrashReport.phase("handling events")
        }
        if hasBuriedOrphans {
            hasBuriedOrphans = false
            supervisor.orphansEnded(Self.now.instant)
        }
        watchMemory()
        CrashReport.phase("keeping deadlines")
        if isDue { deadlines.tick(Self.now) }
        tasks.settle()
        beginStarts()
    }

    /// Unmaps init's code when there is nothing to do for a second: what runs again is mapped again. It isn't worth it
    /// after each of many deaths, nor at the end, when init is about to give everything back.
    private func releaseCode(_ now: Instant, until deadline: Instant?) {
        guard supervisor.state == .running else { return }
        guard hasReadConfiguration || hasChangedPrograms && now >= codeReleased + 1 else { return }
        if let deadline, deadline < now + 1 { return }
        if hasReadConfiguration { Heap.rest() }
        hasReadConfiguration = false
        hasChangedPrograms = false
        codeReleased = now
        ExecutableCode.release()
    }

    // MARK: The core

    func tell(_ event: Supervisor.Event, _ now: Moment = Engine.now) {
        var actions: [Supervisor.Action] = []
        Revision.advance()
        supervisor.handle(event, now: now, into: &actions)
        perform(actions)
    }

    /// Actions after which their room in the queue is used again, unless far more wait behind them.
    private static let batch = 64
    /// The actions that one death usually leads to, and some more.
    private static let actionsOfDeath = 8

    /// Handles deaths while a crowd of programs is being stopped: the kernel ends the next ones on other processors
    /// meanwhile. The queue doesn't grow, since there may be no memory for that.
    private func reapExpected() {
        while queue.capacity - queue.count >= Self.actionsOfDeath, let child = expectedDeaths.take() { reaped(child) }
    }

    /// Performs the actions in order. What an action leads to comes after what was decided before it.
    func perform(_ actions: [Supervisor.Action]) {
        parent?.isOutdated = true
        queue.append(contentsOf: actions)
        guard !isPerforming else { return }
        isPerforming = true
        var index = 0
        while index < queue.count {
            let action = queue[index]
            index += 1
            // The rest moves up: the longer it is, the less often.
            if index >= max(Self.batch, queue.count / 4) {
                queue.removeFirst(index)
                index = 0
                reapExpected()
            }
            perform(action)
        }
        // After a crowd of starts or deaths the room for all of them is not kept.
        queue.removeAll(keepingCapacity: queue.capacity <= 64)
        isPerforming = false
        endSockets()
        // At once, if there is room: a client that requests a start and then something else finds it begun.
        beginStarts()
    }

    private func beginStarts() {
        if starts.canBegin { starts.begin(until: Self.now.instant.advanced(nanoseconds: Self.share)) }
    }

    private func perform(_ action: Supervisor.Action) {
        switch action {
        case .spawn(let id): starts.enqueue(id)
        case .cancelSpawn(let id): starts.cancel(id)
        case .runHook(let id, let kind, let context): hooks.run(id, kind, context)
        case .cancelHook(let id, let kind): hooks.cancel(id, kind)
        case .look(let id, let group, let signal): look(id, group, sending: signal)
        case .signal(let id, let pid, let signal, let group): send(signal, to: pid, group: group, for: id)
        case .log(let level, let text): log.log(level, text)
        case .reply(let request, let answer):
            // A client that learns that a program has stopped must find its socket gone.
            endSockets()
            // After an update its files are watched.
            if let watches, watches.isOutdated { watches.tick(Self.now) }
            control?.reply(request, answer)
        case .added(let group): added(group)
        case .removed(let ids): for id in ids { removed(id) }
        case .joined(let ids): for id in ids { makeChannels(of: id, supervisor.groupName(of: id), socket: nil) }
        case .adapted(let ids): for id in ids { adapt(id) }
        case .publish(let notice): publish(notice)
        case .check(let id): check(id)
        case .cancelCheck(let id): cancelCheck(id)
        case .leave(let ending): leave(ending)
        case .sweep(let action):
            let own = [gateway?.pid ?? 0, prober?.group ?? 0]
            if let event = sweeper.perform(action, sparing: own) { tell(.swept(event)) }
        // The next turn checks both: the delivery, and whether another run follows.
        case .deliver, .finished: break
        case .explain(let cause): explain(cause)
        }
    }

    // MARK: Processes

    /// Closes the sockets that are no longer needed.
    private func endSockets() {
        for socket in sockets {
            socket.end(where: { supervisor.state(of: $0)?.isStopped ?? true })
        }
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
            makeChannels(of: id, group, socket: index < shared.count ? shared[index] : nil)
        }
    }

    private func makeChannels(of id: ProcessID, _ group: String, socket: PoolSocket?) {
        guard let settings = supervisor.settings(of: id) else { return }
        // Programs from the command line have no channels that a client could name.
        let prefix = configurationPath == nil ? "\(settings.name) | " : nil
        noteWatch(settings)
        while channels.count <= id.slot { channels.append(nil) }
        channels[id.slot] = ProcessChannels(
            settings, prefix: prefix, socket: socket, events: outputEvents(settings, of: id, group), output: output)
    }

    /// Its settings have changed in place.
    private func adapt(_ id: ProcessID) {
        guard let settings = supervisor.settings(of: id) else { return }
        channels(of: id)?.adapt(to: settings)
        prober?.isOutdated = true
        noteWatch(settings)
    }

    /// A program has come, or has other settings.
    private func noteWatch(_ settings: ProcessSettings) {
        if let watches {
            watches.isOutdated = true
            return
        }
        guard settings.watch != nil else { return }
        do throws(Errno) {
            let watches = try FileWatches(self)
            self.watches = watches
            deadlines.add(watches)
        } catch {
            log.warn("no files are watched for '\(settings.name)' and others: \(error.text)")
        }
    }

    func startProber() -> Prober {
        if let prober { return prober }
        let prober = Prober(self)
        self.prober = prober
        deadlines.add(prober)
        return prober
    }

    private func removed(_ id: ProcessID) {
        cgroups.remove(slot: id.slot)
        watches?.isOutdated = true
        prober?.isOutdated = true
        endAnnouncement(of: id)
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
            tell(.terminate)
        case .hangup: hangup()
        case .user2:
            log.log(.info, "received SIGUSR2 indicating log reopen request")
            log.reopen()
            for channel in channels { channel?.reopen() }
        default:
            if !passToMain(signal) { log.log(.blather, "received \(signal.name) indicating nothing") }
        }
    }

    /// Reads the new configuration first: a broken one is rejected and everything keeps running.
    private func hangup() {
        guard supervisor.state != .shutdown else {
            log.log(.warn, "ignored SIGHUP indicating restart request (shutdown in progress)")
            return
        }
        log.log(.warn, "received SIGHUP indicating restart request")
        switch read() {
        case .success(let configuration): tell(.end(.restart(configuration)))
        case .failure(let error):
            log.lines(.critical, "the restart is refused, everything keeps running: \(error.report)")
        }
    }

    /// Reads the configuration from disk.
    ///
    /// - Parameter counts: instead of `numprocs`.
    func read(_ counts: [ProgramCount] = []) -> Result<Configuration, ConfigurationError> {
        guard let configurationPath else { return .success(configuration) }
        CrashReport.phase("reading the configuration")
        hasReadConfiguration = true
        Errand.patience = Errand.forConfiguration
        defer { Errand.patience = Errand.whileSupervising }
        do throws(ConfigurationError) {
            let read = try ConfigurationLoader.load(
                path: configurationPath, surroundings: SystemSurroundings(), isSupervisord: options.isSupervisord,
                counts: counts)
            return withReserve(read.applying(options))
        } catch {
            return .failure(error)
        }
    }

    /// Closes what the run had open, and detaches everything that refers to this engine; programs are gone.
    func close() {
        for channel in channels { channel?.remove() }
        channels = []
        for socket in sockets { socket.close() }
        sockets = []
        for announcement in announcements { announcement.ended() }
        announcements = []
        cgroups.removeAll()
        starts.detach()
        tasks.detach()
        prober?.close()
        prober = nil
        hooks.engine = nil
        watches?.close()
        watches = nil
        deadlines.removeAll()
        output.events.stop()
        gateway?.detach()
        gateway = nil
        control?.stop()
        control = nil
        alarm.cancel(in: loop)
    }
}
