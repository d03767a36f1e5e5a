import Host
import Kernel
import Supervise

/// Turns the settings of a process into a child: finds the executable, builds arguments and environment, looks up
/// the user. All of it happens before the clone.
final class Launcher {
    /// init's own environment, which every program inherits.
    let inherited = CStringArray.ofProcess()
    /// `[supervisord]`'s, for programs without a `serverurl` of their own.
    var serverURL: String?
    var log: SupervisorLog?

    /// An executable with its arguments.
    struct Command {
        var path: String
        var arguments: [String]
    }

    enum Failure: Error {
        case refused(SpawnRefusal)
        case failed(String)
    }

    /// What a look at the file system says against this process; nil: it can be tried.
    func refusal(_ settings: ProcessSettings) -> SpawnRefusal? {
        // Where a file can't be read, the start itself says so.
        guard let variables = try? variables(settings, group: "") else { return nil }
        switch find(settings, variables) {
        case .success: return nil
        case .failure(let refusal): return refusal.reason
        }
    }

    struct Refused: Error { var reason: SpawnRefusal }

    /// Splits the command by the shell's rules and finds its executable.
    ///
    /// The PATH is the program's own, of `variables`, else init's. As in supervisord the first file of that
    /// name counts, even if it can't be executed.
    func find(_ settings: ProcessSettings, _ variables: Variables) -> Result<Command, Refused> {
        let words: [String]
        do throws(CommandLine.Failure) {
            words = try CommandLine.split(settings.command)
        } catch {
            return .failure(Refused(reason: .notExecutable(error.text)))
        }
        guard let program = words.first else {
            return .failure(Refused(reason: .notExecutable("command is empty")))
        }
        var path = program
        var entry = Executable(at: program)
        if !program.bytes.contains(UInt8(ascii: "/")) {
            entry = nil
            for folder in searchPath(variables) {
                let candidate = folder.isEmpty ? program : "\(folder)/\(program)"
                if let found = Executable(at: candidate) {
                    path = candidate
                    entry = found
                    break
                }
            }
        }
        guard let entry else {
            return .failure(Refused(reason: .notFound("can't find command \(path.pythonQuoted)")))
        }
        if entry.isDirectory {
            return .failure(Refused(reason: .notExecutable("command at \(path.pythonQuoted) is a directory")))
        }
        if entry.permissions & 0o111 == 0 {
            return .failure(Refused(reason: .notExecutable("command at \(path.pythonQuoted) is not executable")))
        }
        if !Executable.isPermitted(path) {
            return .failure(Refused(reason: .notExecutable("no permission to run command \(path.pythonQuoted)")))
        }
        return .success(Command(path: path, arguments: words))
    }

    /// The PATH of a program with these variables of its own.
    func searchPath(of environment: [EnvironmentVariable]) -> [UInt8] {
        for variable in environment.reversed() where variable.name == "PATH" { return variable.value.bytes }
        if let inherited = inherited.value(of: "PATH"), !inherited.isEmpty { return inherited }
        return "/bin:/usr/bin:/usr/local/bin".bytes
    }

    private func searchPath(_ variables: Variables) -> [String] {
        if let own = variables["PATH"] { return Self.split(own) }
        if let inherited = inherited.value(of: "PATH"), !inherited.isEmpty {
            return Self.split(String(decoding: inherited, as: UTF8.self))
        }
        return ["/bin", "/usr/bin", "/usr/local/bin"]
    }

    private static func split(_ path: String) -> [String] {
        var folders: [String] = []
        var folder: [UInt8] = []
        for byte in path.bytes {
            if byte == UInt8(ascii: ":") {
                folders.append(String(decoding: folder, as: UTF8.self))
                folder = []
            } else {
                folder.append(byte)
            }
        }
        folders.append(String(decoding: folder, as: UTF8.self))
        return folders
    }

    /// Starts the process with the children's ends of `channels`, which are open, as its 0, 1 and 2. The pid, or a sentence.
    func launch(
        _ settings: ProcessSettings, group: String, _ channels: ProcessChannels, cgroup: Int32
    ) throws(Unlaunched) -> Int32 {
        let variables = try variables(settings, group: group)
        let command: Command
        switch find(settings, variables) {
        case .success(let found): command = found
        case .failure(let refused):
            switch refused.reason {
            case .notFound(let text), .notExecutable(let text):
                throw Unlaunched(sentence: text, isChildSide: false)
            }
        }
        var request = SpawnRequest(
            path: command.path.bytes, arguments: CStringArray(command.arguments),
            environment: CStringArray(
                environment: inherited, with: variables.strings, replacing: { variables.contains($0) }),
            descriptors: [
                SpawnRequest.Passed(channels.stdinForChild, as: 0),
                SpawnRequest.Passed(channels.stdoutForChild, as: 1),
                SpawnRequest.Passed(channels.stderrForChild, as: 2),
            ])
        request.directory = settings.directory.map { $0.bytes }
        request.umask = settings.umask
        request.identity = try UserIdentity.change(for: settings)
        if let identity = request.identity { channels.give(uid: identity.uid, gid: identity.gid) }
        var rules: Landlock?
        if let execution = settings.execution {
            execution.apply(to: &request)
            rules = try execution.rules(for: command.path)
            request.landlock = rules?.number
            if rules != nil { request.noNewPrivileges = true }
        }
        request.cgroup = cgroup
        while true {
            do throws(SpawnFailure) {
                return try Spawn.run(request).pid
            } catch {
                var sentence = error.sentence(for: settings.name)
                if error.stage == .cgroup, settings.cgroup?.isRequired == false {
                    log?.warn("cgroup limits of \(settings.name) are not in force: \(sentence)")
                    request.cgroup = -1
                    continue
                }
                if error.stage == .exec, error.errno == .access, rules != nil { sentence += ExecutionSettings.hint }
                throw Unlaunched(sentence: sentence, isChildSide: error.stage != .clone)
            }
        }
    }

    /// Why a process was not started.
    struct Unlaunched: Error {
        var sentence: String
        /// It happened in the child, after the fork: supervisord writes such a sentence into the child's stderr.
        var isChildSide: Bool
    }
}
