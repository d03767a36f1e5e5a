import Kernel
import Supervise

/// From the decision to start a program to a child that runs it.
extension Engine {
    /// Prepares the child, and starts it.
    func begin(_ id: ProcessID) {
        guard supervisor.awaitsSpawn(id), let settings = supervisor.settings(of: id), let channels = channels(of: id)
        else { return starts.cancel(id) }
        CrashReport.phase("starting", of: settings.name)
        hasChangedPrograms = true
        if let refusal = starts.refusal { return refuse(id, refusal) }
        let group = supervisor.groupName(of: id)
        let cgroup: Int32
        do throws(StartError) {
            cgroup = try cgroups.place(settings, group: group, slot: id.slot)
        } catch {
            return refuse(id, error)
        }
        do throws(StartError) {
            try channels.open(for: id)
        } catch {
            Descriptor.close(cgroup)
            if error.isLate, starts.later(id) { return }
            return refuse(id, error)
        }
        do throws(StartError) {
            let announcement = try announcement(for: id, settings, orClosing: cgroup)
            let prepared = try launcher.prepare(settings, group: group, channels, announcement, cgroup: cgroup)
            try launch(id, settings, prepared)
        } catch {
            guard error.isLate, starts.later(id) else { return abandon(id, error) }
            endAnnouncement(of: id)
            channels.abandon()
        }
    }

    /// A descriptor for joining the cgroup of a process, or -1: a command for it runs in init's rather than not at all.
    func cgroup(for id: ProcessID, _ settings: ProcessSettings, _ group: String) -> Int32 {
        supervisor.state(of: id) == nil ? -1 : cgroups.join(settings, group: group, slot: id.slot)
    }

    private func launch(
        _ id: ProcessID, _ settings: ProcessSettings, _ prepared: Launcher.Prepared
    ) throws(StartError) {
        let spawning: Spawning
        do throws(SpawnError) {
            spawning = try Spawn.begin(prepared.request)
        } catch {
            throw launcher.meaning(of: error, named: settings.name, prepared)
        }
        starts.add(ProgramStart(id, settings, prepared, spawning, starts))
        channels(of: id)?.forked(pid: spawning.pid)
        tell(.forked(id, pid: spawning.pid))
    }

    /// The child runs its program.
    func executed(_ start: ProgramStart) {
        channels(of: start.id)?.started()
        cgroups.noteStart()
        tell(.spawned(start.id, pid: start.pid))
        startAnnouncement(of: start.id)
    }

    /// The child failed before it ran its program, or was given up.
    func failed(_ start: ProgramStart, _ failure: SpawnError) {
        let meaning = launcher.meaning(of: failure, named: start.settings.name, start.prepared)
        // A process that was stopped meanwhile gets no second child.
        guard failure.stage == .cgroup, start.settings.cgroup?.isRequired == false,
            supervisor.state(of: start.id) == .starting, start.prepared.leaveCgroup()
        else {
            return abandon(start.id, meaning)
        }
        log.warn("cgroup limits of \(start.settings.name) are not in force: \(meaning.sentence)")
        do throws(StartError) {
            try launch(start.id, start.settings, start.prepared)
        } catch {
            abandon(start.id, error)
        }
    }

    private func abandon(_ id: ProcessID, _ why: StartError) {
        let complaint = "supervisor: \(why.sentence)\nsupervisor: child process was not spawned\n"
        endAnnouncement(of: id)
        channels(of: id)?.abandon(complaint: why.isChildSide ? complaint : "")
        refuse(id, why)
    }

    private func refuse(_ id: ProcessID, _ why: StartError) {
        starts.cancel(id)
        tell(.spawnFailed(id, why))
    }
}
