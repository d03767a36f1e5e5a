import Kernel
import Supervise

/// Programs that say when they are ready, and health checks.
extension Engine {
    /// What hears a process that is about to start; nil without `notify=`.
    func announcement(
        for id: ProcessID, _ settings: ProcessSettings, orClosing cgroup: Int32
    ) throws(StartError) -> Announcement? {
        endAnnouncement(of: id)
        guard let mode = settings.notify else { return nil }
        do throws(StartError) {
            let announcement = try Announcement(id, settings, mode, self)
            announcements.append(announcement)
            return announcement
        } catch {
            Descriptor.close(cgroup)
            throw error
        }
    }

    func startAnnouncement(of id: ProcessID) {
        for announcement in announcements where announcement.id == id { announcement.started() }
    }

    func endAnnouncement(of id: ProcessID) {
        guard let index = announcements.firstIndex(where: { $0.id == id }) else { return }
        announcements.remove(at: index).ended()
    }

    // MARK: Health

    func check(_ id: ProcessID) {
        guard let settings = supervisor.settings(of: id), let check = settings.healthCheck else {
            return tell(.checked(id, nil))
        }
        switch check.check {
        case .command(let command): run(id, settings, check, command: command)
        case .probe(let target):
            guard let probe = ProbeCommand(target, seconds: check.timeout) else { return tell(.checked(id, nil)) }
            if let host = probe.namedHost(isAddress: InetSocket.isAddress) {
                return lookUp(host, probe, id, settings, check)
            }
            probes.start(id, probe, loop) { isSuccess, line in
                self.tell(.checked(id, HealthResult(isSuccess, isSuccess ? "" : line, "\(line)\n".bytes)))
            }
        }
    }

    /// A host's name is looked up by `ctl`, which is usually installed beside init: that code is as large as all of the
    /// rest of a probe.
    private func lookUp(
        _ host: String, _ probe: ProbeCommand, _ id: ProcessID, _ settings: ProcessSettings,
        _ check: HealthCheckSettings
    ) {
        let folder = File.linkTarget("/proc/self/exe").map { Directory.split($0).folder } ?? "/"
        let hint = "\(probe.written): can't find the address of \(host): write an address, or install ctl beside init"
        run(
            id, settings, check, words: ["\(folder)ctl", "probe", probe.written, "-t", "\(check.timeout)"],
            unlessMissing: hint)
    }

    /// - Parameters:
    ///   - words: instead of the command: a probe in a process of its own, which says in its line all that is wrong.
    ///   - hint: what is wrong if there is no such executable.
    private func run(
        _ id: ProcessID, _ settings: ProcessSettings, _ check: HealthCheckSettings, command: String = "",
        words: [String] = [], unlessMissing hint: String? = nil
    ) {
        var request = TaskRequest(
            name: "the health check of \(settings.name)", command: command, words: words, settings: settings,
            group: supervisor.groupName(of: id), timeout: check.timeout + (words.isEmpty ? 0 : 1))
        if settings.cgroup != nil { request.cgroup = { self.cgroups.join(slot: id.slot) } }
        do throws(StartError) {
            let task = try tasks.start(request) { result, output in
                self.checks.removeAll { $0.id == id }
                self.tell(.checked(id, HealthResult(result, output, check, hint)))
            }
            checks.append((id, task))
        } catch {
            // There is no room for it now: that isn't the program's fault.
            tell(.checked(id, nil))
        }
    }

    func cancelCheck(_ id: ProcessID) {
        if probes.cancel(id) { return tell(.checked(id, nil)) }
        for check in checks where check.id == id { tasks.cancel(check.task) }
    }
}

extension HealthResult {
    fileprivate init(_ isSuccess: Bool, _ problem: String, _ output: [UInt8]) {
        self.init(
            isSuccess: isSuccess, problem: problem, output: output,
            wall: Int(SystemClock.realtime / 1_000_000_000))
    }

    /// - Parameter hint: of a probe: what is wrong if it doesn't exist.
    fileprivate init(_ result: TaskResult, _ output: TaskOutput, _ check: HealthCheckSettings, _ hint: String?) {
        // What a command says last is usually why it failed.
        let last = output.lastLine.oneLine
        let timeout = check.timeout
        let problem =
            switch result.cause {
            case .ended(.exited(code: 0)): ""
            // A probe says it all in its line.
            case .ended where hint != nil && !last.isEmpty: last
            case .ended(let status): last.isEmpty ? status.description : "\(status.description): \(last)"
            case .timedOut: "timed out after \(timeout) second\(timeout == 1 ? "" : "s")"
            case .cancelled: "cancelled"
            case .notStarted(let error): error.cause == .missing ? hint ?? error.sentence : error.sentence
            }
        self.init(result.isSuccess, problem, output.end)
    }
}
