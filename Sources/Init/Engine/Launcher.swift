import Host
import Kernel
import Supervise

/// Turns the settings of a process into a child: finds the executable, builds arguments and environment, looks up
/// the user. All of it happens before the clone.
final class Launcher {
    /// init's own environment, which every program inherits.
    private let inherited = CStringArray.ofProcess()
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
        switch find(settings) {
        case .success: nil
        case .failure(let refusal): refusal.reason
        }
    }

    struct Refused: Error { var reason: SpawnRefusal }

    /// Splits the command by the shell's rules and finds its executable.
    ///
    /// The PATH is the program's own, from `environment=`, else init's. As in supervisord the first file of that
    /// name counts, even if it can't be executed.
    func find(_ settings: ProcessSettings) -> Result<Command, Refused> {
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
        if !program.utf8.contains(UInt8(ascii: "/")) {
            entry = nil
            for folder in searchPath(settings) {
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

    private func searchPath(_ settings: ProcessSettings) -> [String] {
        if let own = settings.environment.last(where: { $0.name == "PATH" }) { return Self.split(own.value) }
        if let inherited = inherited.value(of: "PATH"), !inherited.isEmpty {
            return Self.split(String(decoding: inherited, as: UTF8.self))
        }
        return ["/bin", "/usr/bin", "/usr/local/bin"]
    }

    private static func split(_ path: String) -> [String] {
        var folders: [String] = []
        var folder: [UInt8] = []
        for byte in path.utf8 {
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
    ) -> Result<Int32, Unlaunched> {
        let command: Command
        switch find(settings) {
        case .success(let found): command = found
        case .failure(let refused):
            switch refused.reason {
            case .notFound(let text), .notExecutable(let text):
                return .failure(Unlaunched(sentence: text, isChildSide: false))
            }
        }
        var request = SpawnRequest(
            path: Array(command.path.utf8), arguments: CStringArray(command.arguments),
            environment: environment(settings, group: group),
            descriptors: [
                SpawnRequest.Passed(channels.stdinForChild, as: 0),
                SpawnRequest.Passed(channels.stdoutForChild, as: 1),
                SpawnRequest.Passed(channels.stderrForChild, as: 2),
            ])
        request.directory = settings.directory.map { Array($0.utf8) }
        request.umask = settings.umask
        request.cgroup = cgroup
        if let user = settings.user {
            switch identity(user) {
            case .success(let identity):
                request.identity = identity
                if let identity { channels.give(uid: identity.uid, gid: identity.gid) }
            case .failure(let unlaunched): return .failure(unlaunched)
            }
        }
        while true {
            do throws(SpawnFailure) {
                let child = try Spawn.run(request)
                return .success(child.pid)
            } catch {
                let sentence = error.sentence(for: settings.name)
                if error.stage == .cgroup, settings.cgroup?.isRequired == false {
                    log?.warn("cgroup limits of \(settings.name) are not in force: \(sentence)")
                    request.cgroup = -1
                    continue
                }
                return .failure(Unlaunched(sentence: sentence, isChildSide: error.stage != .clone))
            }
        }
    }

    /// Why a process was not started.
    struct Unlaunched: Error {
        var sentence: String
        /// It happened in the child, after the fork: supervisord writes such a sentence into the child's stderr.
        var isChildSide: Bool
    }

    /// Variables of supervisord's first, so that `environment=` can override them.
    private func environment(_ settings: ProcessSettings, group: String) -> CStringArray {
        var variables: [(name: [UInt8], value: [UInt8])] = [
            (Array("SUPERVISOR_ENABLED".utf8), [UInt8(ascii: "1")])
        ]
        if let url = settings.serverURL ?? serverURL, !url.isEmpty {
            variables.append((Array("SUPERVISOR_SERVER_URL".utf8), Array(url.utf8)))
        }
        variables.append((Array("SUPERVISOR_PROCESS_NAME".utf8), Array(settings.name.utf8)))
        variables.append((Array("SUPERVISOR_GROUP_NAME".utf8), Array(group.utf8)))
        for variable in settings.environment {
            variables.append((Array(variable.name.utf8), Array(variable.value.utf8)))
        }
        return CStringArray(environment: inherited, overriding: variables)
    }

    /// nil: the process is that user already, so nothing needs to be changed, nor any right to change it.
    private func identity(_ user: Account) -> Result<SpawnRequest.Identity?, Unlaunched> {
        guard let record = UserIdentity(user) else {
            let text =
                switch user {
                case .name(let name): "Can't find username \(name.pythonQuoted)"
                case .id(let id): "Can't find uid \(id)"
                }
            return .failure(
                Unlaunched(sentence: "couldn't setuid to \(user.description): \(text)", isChildSide: true))
        }
        if record.uid == Process.uid { return .success(nil) }
        return .success(
            SpawnRequest.Identity(uid: record.uid, gid: record.gid, groups: record.groups))
    }
}
