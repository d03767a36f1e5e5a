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
        case .probe(let target): startProber().check(id, target, timeout: check.timeout)
        }
    }

    private func run(
        _ id: ProcessID, _ settings: ProcessSettings, _ check: HealthCheckSettings, command: String
    ) {
        var request = TaskRequest(
            name: "the health check of \(settings.name)", command: command, settings: settings,
            group: supervisor.groupName(of: id), timeout: check.timeout)
        if settings.cgroup != nil { request.cgroup = { self.cgroups.join(slot: id.slot) } }
        do throws(StartError) {
            let task = try tasks.start(request) { result, output in
                self.checks.removeAll { $0.id == id }
                self.tell(.checked(id, HealthResult(result, output, check)))
            }
            checks.append((id, task))
        } catch {
            // There is no room for it now: that isn't the program's fault.
            tell(.checked(id, nil))
        }
    }

    func cancelCheck(_ id: ProcessID) {
        if let prober, prober.cancel(id) { return tell(.checked(id, nil)) }
        for check in checks where check.id == id { tasks.cancel(check.task) }
    }
}

extension HealthResult {
    init(_ isSuccess: Bool, _ problem: String, _ output: [UInt8] = []) {
        self.init(
            isSuccess: isSuccess, problem: problem, output: output,
            wall: Int(SystemClock.realtime / 1_000_000_000))
    }

    fileprivate init(_ result: TaskResult, _ output: TaskOutput, _ check: HealthCheckSettings) {
        // What a command says last is usually why it failed.
        let last = output.lastLine.oneLine
        let timeout = check.timeout
        let problem =
            switch result.cause {
            case .ended(.exited(code: 0)): ""
            case .ended(let status): last.isEmpty ? status.description : "\(status.description): \(last)"
            case .timedOut: "timed out after \(timeout) second\(timeout == 1 ? "" : "s")"
            case .cancelled: "cancelled"
            case .notStarted(let error): error.sentence
            }
        self.init(result.isSuccess, problem, output.end)
    }
}
