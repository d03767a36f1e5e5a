import Kernel
import Supervise

/// What init sets in the environment of a program beyond what it inherits.
extension Launcher {
    /// Weakest first: supervisord's own variables, `environment=` of `[supervisord]`, `env_file`, `environment=` of the
    /// program, `environment_from_files`. Files are read anew at each start, so that a secret that was changed arrives with it.
    func variables(_ settings: ProcessSettings, group: String) throws(Unlaunched) -> Variables {
        var variables = Variables()
        variables.set("SUPERVISOR_ENABLED", "1")
        if let url = settings.serverURL ?? serverURL, !url.isEmpty { variables.set("SUPERVISOR_SERVER_URL", url) }
        variables.set("SUPERVISOR_PROCESS_NAME", settings.name)
        variables.set("SUPERVISOR_GROUP_NAME", group)
        variables.set(settings.environment)
        guard let sources = settings.environmentSources else { return variables }
        for file in sources.files { try read(file, into: &variables) }
        // These are in `settings.environment`, too, where the files may have replaced them.
        variables.set(sources.own)
        for value in sources.values { try read(value, into: &variables) }
        return variables
    }

    private func read(_ file: String, into variables: inout Variables) throws(Unlaunched) {
        let start = "couldn't read env_file "
        guard let bytes = try contents(of: file, limit: EnvironmentFile.largest, start, "") else { return }
        do throws(EnvironmentFile.Problem) {
            try EnvironmentFile.read(bytes, into: &variables) { inherited.value(of: $0) }
        } catch {
            let path = EnvironmentSources.place(file).path
            throw Unlaunched(sentence: "\(start)\(path): line \(error.line): \(error.reason)", isChildSide: false)
        }
    }

    private func read(_ variable: EnvironmentVariable, into variables: inout Variables) throws(Unlaunched) {
        let (start, name) = ("couldn't read environment_from_files ", "\(variable.name)=")
        // With its name and `=` it has to be a string that the kernel takes.
        let limit = max(EnvironmentFile.longestVariable - name.utf8.count, 0)
        guard let bytes = try contents(of: variable.value, limit: limit, start, name) else { return }
        let value = EnvironmentFile.value(bytes)
        if value.contains(0) {
            let path = EnvironmentSources.place(variable.value).path
            throw Unlaunched(
                sentence: "\(start)\(name)\(path): there is a NUL byte in it, which no variable can hold",
                isChildSide: false)
        }
        variables.set(variable.name, bytes: value)
    }

    /// nil: it's missing, and may be. `start` and `name` are what sentences begin with.
    private func contents(
        of place: String, limit: Int, _ start: String, _ name: String
    ) throws(Unlaunched) -> [UInt8]? {
        let (path, isOptional) = EnvironmentSources.place(place)
        do throws(RegularFile.Failure) {
            return try RegularFile.contents(of: path, limit: limit)
        } catch {
            if error.isMissing, isOptional { return nil }
            let why =
                switch error {
                case .kernel(let errno) where error.isMissing:
                    "\(errno.name) (write \(name)-\(path) if it may be missing)"
                case .kernel(let errno): "\(errno.name) (init reads it, as the user that it runs as)"
                case .isNotRegular: "it is no regular file"
                case .isTooLarge where name.isEmpty: "it is larger than 1 MB"
                case .isTooLarge: "it is larger than a variable can be (128 KB with its name)"
                }
            throw Unlaunched(sentence: "\(start)\(name)\(path): \(why)", isChildSide: false)
        }
    }
}
