import Kernel
import Supervise

/// The requests of the control socket, answered from the core, the logs and the configuration.
extension Engine: RequestHandler {
    func handle(_ request: ControlRequest, as id: RequestID) {
        let call: Call
        do throws(CallRejection) {
            call = try Call(request)
        } catch {
            control?.reply(id, .fault(error.fault, error.extra))
            return
        }
        if case .remoteEvent(let type, let data) = call {
            // As in supervisord, during the shutdown too: listeners are stopped last.
            output.events.publish(.remoteCommunication) { Payload.remote(type: type, data: data) }
            control?.reply(id, .true)
            return
        }
        switch call {
        case .remoteEventPart(let bytes, let typeLength):
            guard let gateway, let control, control.isGateway(id) else { break }
            control.reply(id, gateway.took(bytes, typeLength: typeLength))
            return
        case .servers, .gatewaySettings:
            guard let gateway, let control, control.isGateway(id) else { break }
            control.reply(id, gateway.answer(call))
            return
        case .revision:
            guard let control, control.isGateway(id) else { break }
            handOverRevision(as: id)
            return
        case .replacedSocket(let descriptor):
            guard let gateway, let control, control.isGateway(id) else { break }
            gateway.take(descriptor, as: id)
            return
        default: break
        }
        guard supervisor.lifecycle.isRunning else {
            control?.reply(id, .fault(.shutdownState, ""))
            return
        }
        switch call {
        case .command(let command): perform(command, as: id)
        case .restart:
            // The same as SIGHUP, and rejected in the same way.
            switch read() {
            case .success(let configuration): perform(.restart(configuration), as: id)
            case .failure(let error): control?.reply(id, .fault(.cantReread, error.faultText))
            }
        case .scale(let program, let count): scale(program, to: count, as: id)
        case .openLog(let name, let stderr): openLog(name, stderr: stderr, as: id)
        case .follow(let name, let stderr, let backlog): follow(name, stderr: stderr, backlog: backlog, as: id)
        case .events(let types): stream(types, as: id)
        case .metrics(let position): control?.reply(id, metrics(from: position))
        case .searchPath(let name): control?.reply(id, searchPath(name))
        case .sendInput(let name, let bytes): control?.reply(id, send(bytes, to: name))
        case .info(let name, let detail): control?.reply(id, supervisor.info(named: name, detail, view))
        case .settings(let name): control?.reply(id, supervisor.settings(named: name))
        case .ready(let names): control?.reply(id, supervisor.unready(names))
        case .allInfo(let detail): answer(id) { supervisor.encodeAllInfo(detail, view, into: &$0) }
        case .changes: answer(id) { supervisor.encodeChanges(into: &$0) }
        case .allConfig: answer(id) { supervisor.encodeAllConfig(view, uid: number, into: &$0) }
        case .clearAllLogs: answer(id) { clearAll(&$0) }
        case .state, .pid, .text, .identification, .reread, .updateHooks, .clearLogs, .clearMainLog, .remoteEvent,
            .remoteEventPart, .servers, .gatewaySettings, .revision, .replacedSocket:
            control?.reply(id, answer(call))
        }
    }

    /// The configuration is read with another count, and the group of the program gets it.
    private func scale(_ program: String, to count: Int, as id: RequestID) {
        var wanted = counts
        wanted.removeAll { $0.program == program }
        wanted.append(ProgramCount(program: program, count: count))
        switch read(wanted) {
        case .failure(let error): control?.reply(id, .fault(.cantReread, error.faultText))
        case .success(let new):
            guard let scaled = new.scaled.first(where: { $0.program == program }) else {
                control?.reply(id, .fault(.badName, program))
                return
            }
            counts = wanted
            _ = offer(new)
            perform(.updateGroup(scaled.group, isScaled: true), as: id)
        }
    }

    /// What updates apply from now on.
    private func offer(_ new: Configuration) -> Difference {
        output.events.hooks?.available = new.eventHooks
        return supervisor.reread(new.groups)
    }

    /// What an update of `[hook:x]` changes.
    private func updateHooks(applies: Bool, _ encoder: inout WireEncoder) {
        guard let hooks = output.events.hooks, let difference = output.events.updateHooks(applies: applies) else {
            return
        }
        if applies { supervisor.shutdownRules.awaitsHooks = !hooks.available.isEmpty }
        encode(difference, into: &encoder)
    }

    private func handOverRevision(as id: RequestID) {
        var encoder = WireEncoder()
        encoder.bool(true)
        do throws(Errno) {
            control?.reply(id, encoder.bytes, handingOver: try Revision.file())
        } catch {
            control?.reply(id, .fault(.failed, error.description))
        }
    }

    func abandon(_ id: RequestID) { tell(.abandoned(id)) }

    func gatewayHungUp() { gateway?.tell(.disconnected) }

    func log(_ level: LogLevel, _ text: String) { log.log(level, text) }

    private func perform(_ command: SupervisorCommand, as id: RequestID) {
        if isAboutMany(command), let refusal = memoryRefusal(forEachProcess: Self.memoryOfCommand) {
            control?.reply(id, refusal)
            return
        }
        var actions: [Supervisor.Action] = []
        Revision.advance()
        supervisor.perform(
            command, for: id, now: Self.now, refusal: { launcher.refusal($0) }, into: &actions)
        perform(actions)
    }

    private func answer(_ call: Call) -> RequestAnswer {
        var encoder = WireEncoder()
        switch call {
        case .state:
            encoder.structure(count: 2)
            encoder.key("statecode")
            encoder.int(supervisor.state.rawValue)
            encoder.key("statename")
            encoder.string(supervisor.state.name)
        case .pid: encoder.int(Int(SystemProcess.id))
        case .text(let text): encoder.string(text)
        case .identification: encoder.string(configuration.supervisord.identifier)
        case .reread:
            switch read(counts) {
            case .failure(let error): return .fault(.cantReread, error.faultText)
            case .success(let new): encode(offer(new), into: &encoder)
            }
        case .updateHooks(let applies): updateHooks(applies: applies, &encoder)
        case .clearLogs(let name): return clear(name)
        case .clearMainLog:
            do throws(TrustError) {
                try log.clear()
                encoder.bool(true)
            } catch {
                return .fault(error.errno == .noEntry ? .noFile : .failed, "")
            }
        case .command, .restart, .scale, .openLog, .follow, .events, .metrics, .searchPath, .sendInput, .remoteEvent,
            .remoteEventPart, .info, .allInfo, .allConfig, .settings, .changes, .clearAllLogs, .ready, .servers,
            .gatewaySettings, .revision, .replacedSocket:
            return .fault(.unknownMethod, "")  // answered elsewhere
        }
        return .value(encoder.bytes)
    }

    private func encode(_ difference: Difference, into encoder: inout WireEncoder) {
        encoder.array(count: 1)
        encoder.array(count: 3)
        for names in [difference.added, difference.changed, difference.removed] {
            encoder.strings(names)
        }
    }

    // MARK: What is shown

    private var view: View {
        View(
            now: Self.now,
            calendar: { seconds in
                let time = LocalTime(seconds)
                return CalendarTime(month: time.month, day: time.day, hour: time.hour, minute: time.minute)
            },
            logPath: { id, settings, isStderr in
                switch settings.logfile {
                case .none, .syslog: ""
                case .file(let path): path
                case .auto: self.channels(of: id)?.log(stderr: isStderr)?.path ?? ""
                }
            })
    }

    /// The folders in which a program's command is looked for. This doesn't know a PATH that only an `env_file` sets:
    /// reading a file may take time.
    private func searchPath(_ name: String) -> RequestAnswer {
        guard let id = supervisor.process(named: name), let settings = supervisor.settings(of: id) else {
            return .fault(.badName, name)
        }
        var encoder = WireEncoder()
        encoder.string(bytes: launcher.searchPath(of: settings.environment).path)
        return .value(encoder.bytes)
    }

    /// The uid of an account; -1 if it is unknown by now.
    private func number(_ account: Account) -> Int {
        UserIdentity(account).map { Int($0.uid) } ?? -1
    }

    // MARK: Input

    private func send(_ bytes: [UInt8], to name: String) -> RequestAnswer {
        guard let id = supervisor.process(named: name), let channels = channels(of: id) else {
            return .fault(.badName, name)
        }
        guard supervisor.isWritable(id) else { return .fault(.notRunning, name) }
        switch channels.send(bytes) {
        case .taken: return .true
        case .closed: return .fault(.noFile, name)
        case .full: return .fault(.failed, "\(name): it does not read its stdin, and no more is kept for it")
        }
    }

    // MARK: Logs

    private func clear(_ name: String) -> RequestAnswer {
        guard let id = supervisor.process(named: name), let channels = channels(of: id) else {
            return .fault(.badName, name)
        }
        do throws(TrustError) {
            try channels.clear()
        } catch {
            return .fault(.failed, name)
        }
        var encoder = WireEncoder()
        encoder.bool(true)
        return .value(encoder.bytes)
    }

    private func clearAll(_ encoder: inout WireEncoder) {
        let ids = supervisor.processesByPriority
        encoder.array(count: ids.count)
        for id in ids {
            let group = supervisor.groupName(of: id)
            let name = supervisor.name(of: id)
            var fault: Fault?
            do throws(TrustError) { try channels(of: id)?.clear() } catch { fault = .failed }
            let result = ProcessResult(
                name: name, group: group, fault: fault, extra: Namespec.text(group: group, process: name))
            result.encode(into: &encoder)
        }
    }

    /// The log of a channel; nil after the fault has been answered.
    private func channelLog(_ name: String, stderr: Bool, for request: RequestID) -> ChannelLog? {
        guard let id = supervisor.process(named: name), let channels = channels(of: id) else {
            control?.reply(request, .fault(.badName, name))
            return nil
        }
        guard let log = channels.log(stderr: stderr) else {
            control?.reply(request, .fault(.noFile, ""))
            return nil
        }
        return log
    }

    private func openLog(_ name: String, stderr: Bool, as request: RequestID) {
        var path = log.path
        do throws(Errno) {
            let opened: OpenedLog
            if name.isEmpty {
                opened = try log.openForReading()
            } else {
                guard let channel = channelLog(name, stderr: stderr, for: request) else { return }
                path = channel.path
                opened = try channel.openForReading()
            }
            var encoder = WireEncoder()
            encoder.structure(count: 2)
            encoder.key("path")
            encoder.string(opened.path)
            encoder.key("size")
            encoder.int(opened.size)
            control?.reply(request, encoder.bytes, handingOver: opened.file)
        } catch {
            control?.reply(request, .fault(.noFile, path ?? ""))
        }
    }

    private func follow(_ name: String, stderr: Bool, backlog: Int, as request: RequestID) {
        var path = log.path
        do throws(Errno) {
            let pipe: Descriptor
            if name.isEmpty {
                pipe = try log.follow(backlog: backlog)
            } else {
                guard let channel = channelLog(name, stderr: stderr, for: request) else { return }
                path = channel.path
                pipe = try channel.follow(backlog: backlog)
            }
            var encoder = WireEncoder()
            encoder.structure(count: 1)
            encoder.key("path")
            encoder.string(path ?? "")
            control?.reply(request, encoder.bytes, handingOver: pipe)
        } catch {
            control?.reply(request, .fault(.failed, error.description))
        }
    }
}
