import Host
import Kernel
import Supervise

/// Turns the settings of a process into a child: finds the executable, builds arguments and environment, looks up the
/// user. All of this happens before the clone.
final class Launcher {
    /// init's own environment, which every program inherits.
    let inherited = CStringArray.ofProcess()
    /// `[supervisord]`'s, for programs without their own `serverurl`.
    var serverURL: String?
    var log: SupervisorLog?

    /// An executable with its arguments.
    struct PreparedCommand {
        /// nil: the file system doesn't answer.
        var path: String?
        var arguments: [String]
    }

    /// Why the file system rules out a start of this process; nil if it can be tried.
    func refusal(_ settings: ProcessSettings) -> SpawnRejection? {
        // If a file can't be read, the start itself reports it.
        guard let variables = try? variables(settings, group: "") else { return nil }
        switch find(settings.command, variables) {
        case .success: return nil
        case .failure(let refusal): return refusal.reason
        }
    }

    struct LaunchError: Error {
        var reason: SpawnRejection

        init(reason: SpawnRejection) { self.reason = reason }

        /// What the lookup of `path` found.
        init(_ errno: Errno, _ path: String) {
            let path = path.pythonQuoted
            switch errno {
            case .noEntry: reason = .notFound("can't find command \(path)")
            case .isDirectory: reason = .notExecutable("command at \(path) is a directory")
            case .noExecFormat: reason = .notExecutable("command at \(path) is not executable")
            default: reason = .notExecutable("no permission to run command \(path)")
            }
        }

        var startError: StartError {
            switch reason {
            case .notFound(let text): StartError(.missing, text)
            case .notExecutable(let text): StartError(.command, text)
            }
        }
    }

    /// Finds the executable of a command.
    ///
    /// As in supervisord the first file of that name counts, even if it can't be executed.
    func find(_ command: String, _ variables: Variables) -> Result<PreparedCommand, LaunchError> {
        let words: [String]
        switch split(command) {
        case .success(let split): words = split
        case .failure(let refused): return .failure(refused)
        }
        let candidates = candidates(words[0], variables)
        switch Errand.lookUp(candidates) {
        case .found(let index):
            return .success(PreparedCommand(path: String(decoding: candidates[index], as: UTF8.self), arguments: words))
        case .refused(let index, let errno):
            return .failure(LaunchError(errno, String(decoding: candidates[index], as: UTF8.self)))
        case .missing: return .failure(LaunchError(.noEntry, words[0]))
        case .unknown: return .success(PreparedCommand(path: nil, arguments: words))
        }
    }

    /// The command, split by the shell's rules; there is at least one word.
    private func split(_ command: String) -> Result<[String], LaunchError> {
        do throws(CommandWords.SplitError) {
            let words = try CommandWords.split(command)
            return words.isEmpty ? .failure(LaunchError(reason: .notExecutable("command is empty"))) : .success(words)
        } catch {
            return .failure(LaunchError(reason: .notExecutable(error.text)))
        }
    }

    /// Where the executable may be: along the PATH of the program, of `variables`, else of init.
    private func candidates(_ program: String, _ variables: Variables) -> [[UInt8]] {
        let (path, _) = CommandSearch.path(own: variables["PATH"]?.bytes, inherited: inherited)
        return CommandSearch.candidates(program.bytes, path: path)
    }

    /// The PATH of a program with these variables of its own.
    func searchPath(of environment: [EnvironmentVariable]) -> (path: [UInt8], origin: CommandSearch.FoundIn) {
        CommandSearch.path(own: environment.last { $0.name == "PATH" }?.value.bytes, inherited: inherited)
    }

    /// Everything for a child: the request, and what must stay open until it has reported.
    final class Prepared {
        private(set) var request: SpawnRequest
        private var cgroup: Int32
        private var kept: [Int32] = []

        /// It now owns the descriptors in `request` that don't belong to channels.
        fileprivate init(_ request: SpawnRequest) {
            self.request = request
            cgroup = request.cgroup
        }

        deinit {
            Descriptor.close(cgroup)
            Descriptor.close(request.landlock ?? -1)
            for number in kept { Descriptor.close(number) }
        }

        /// Keeps an inherited descriptor open until this object is closed.
        func keep(_ descriptor: consuming Descriptor) { kept.append(descriptor.take()) }

        /// The next child stays in init's cgroup; false if that was so before.
        func leaveCgroup() -> Bool {
            guard cgroup >= 0 else { return false }
            Descriptor.close(cgroup)
            cgroup = -1
            request.cgroup = -1
            return true
        }
    }

    /// Prepares a process with the children's ends of `channels`, which are open, as its 0, 1 and 2.
    ///
    /// - Parameter cgroup: the descriptor for joining a cgroup, or -1; closed when it isn't needed any more.
    func prepare(
        _ settings: ProcessSettings, group: String, _ channels: ProcessChannels, _ announcement: Announcement?,
        cgroup: Int32
    ) throws(StartError) -> Prepared {
        var descriptors = [
            SpawnRequest.Passed(channels.stdinForChild, as: 0), SpawnRequest.Passed(channels.stdoutForChild, as: 1),
            SpawnRequest.Passed(channels.stderrForChild, as: 2),
        ]
        if let announcement { descriptors += announcement.passed }
        let prepared = try prepare(
            settings, command: settings.command, group: group,
            variables: announcement?.variables(settings) ?? [], descriptors, cgroup: cgroup)
        if let identity = prepared.request.identity { channels.give(uid: identity.uid, gid: identity.gid) }
        return prepared
    }

    /// Prepares a command with the settings of a process.
    ///
    /// - Parameters:
    ///   - words: instead of the command: the path of an executable, and its arguments.
    ///   - own: variables in addition to those of the process.
    func prepare(
        _ settings: ProcessSettings, command: String, words: [String] = [], group: String,
        variables own: [EnvironmentVariable],
        _ descriptors: [SpawnRequest.Passed], cgroup: Int32
    ) throws(StartError) -> Prepared {
        do throws(StartError) {
            return try ready(settings, command, words, group, own, descriptors, cgroup)
        } catch {
            Descriptor.close(cgroup)
            throw error
        }
    }

    private func ready(
        _ settings: ProcessSettings, _ command: String, _ given: [String], _ group: String,
        _ own: [EnvironmentVariable],
        _ descriptors: [SpawnRequest.Passed], _ cgroup: Int32
    ) throws(StartError) -> Prepared {
        var variables = try variables(settings, group: group)
        variables.set(own)
        var words = given
        if words.isEmpty {
            switch split(command) {
            case .success(let split): words = split
            case .failure(let refused): throw refused.startError
            }
        }
        var request = SpawnRequest(
            path: words[0].bytes, arguments: CStringArray(words),
            environment: CStringArray(environment: inherited, with: variables.strings),
            descriptors: descriptors)
        // The child does the lookup: the folder may hang.
        request.candidates = CStringArray(
            given.isEmpty ? candidates(words[0], variables) : [words[0].bytes])
        request.directory = settings.directory.map { $0.bytes }
        request.umask = settings.umask
        // In the background there is nothing to hand over: another process has the terminal.
        if settings.isMain, let group = try? Terminal.foregroundGroup(0), group == SystemProcess.group {
            request.terminal = .foreground(0)
        }
        request.identity = try UserIdentity.change(for: settings)
        request.cgroup = cgroup
        guard let execution = settings.execution else { return Prepared(request) }
        execution.apply(to: &request)
        guard execution.usesLandlock else { return Prepared(request) }
        var path = words[0]
        if given.isEmpty {
            switch find(command, variables) {
            case .failure(let refused): throw refused.startError
            case .success(let found):
                guard let found = found.path else { throw StartError(.step, Self.hanging, isLate: true) }
                path = found
            }
        }
        request.landlock = try execution.rules(for: path)
        if request.landlock != nil { request.noNewPrivileges = true }
        return Prepared(request)
    }

    /// Converts the failure of a child.
    func meaning(of failure: SpawnError, named name: String, _ prepared: Prepared) -> StartError {
        let sentence = failure.sentence(for: name)
        switch failure.kind {
        case .command: return LaunchError(failure.errno, failure.subject).startError
        case .resource: return StartError(.resource, sentence, isChildSide: failure.stage != .clone)
        case .step:
            let isForbidden = failure.stage == .exec && failure.errno == .access && prepared.request.landlock != nil
            return StartError(
                failure.stage == .exec ? .execution : .step, sentence + (isForbidden ? ExecutionSettings.hint : ""),
                isChildSide: true)
        }
    }

    static let hanging = "couldn't examine its command: the file system doesn't answer"
}
