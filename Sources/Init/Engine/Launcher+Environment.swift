import Kernel
import Supervise

/// What init sets in the environment of a program beyond what it inherits.
extension Launcher {
    /// Weakest first: supervisord's own variables, those of `user_env`, `environment=` of `[supervisord]`, `env_file`,
    /// `environment=` of the program, `environment_from_files`. Files are read at each start, so that a changed secret
    /// takes effect with it.
    func variables(_ settings: ProcessSettings, group: String) throws(StartError) -> Variables {
        var variables = Variables()
        variables.set("SUPERVISOR_ENABLED", "1")
        if let url = settings.serverURL ?? serverURL, !url.isEmpty { variables.set("SUPERVISOR_SERVER_URL", url) }
        variables.set("SUPERVISOR_PROCESS_NAME", settings.name)
        variables.set("SUPERVISOR_GROUP_NAME", group)
        if settings.execution?.userEnvironment == true { variables.set(UserIdentity.variables(for: settings.user)) }
        variables.set(settings.environment)
        guard let sources = settings.environmentSources else { return variables }
        for file in sources.files { try read(file, as: "", into: &variables) }
        // These are in `settings.environment`, too, where the files may have replaced them.
        variables.set(sources.own)
        for value in sources.values { try read(value.value, as: value.name, into: &variables) }
        return variables
    }

    /// - Parameter name: the variable whose value the file holds; empty for an `env_file`.
    private func read(_ place: String, as name: String, into variables: inout Variables) throws(StartError) {
        let (path, isOptional) = EnvironmentSources.place(place)
        let key = name.isEmpty ? "env_file " : "environment_from_files \(name)="
        let why: String
        var isLate = false
        do throws(Errno) {
            let bytes = try Errand.contents(of: path, limit: Variables.largestFile(for: name))
            guard let problem = variables.take(bytes, as: name, inherited: { inherited.value(of: $0) }) else { return }
            why = problem
        } catch .noDevice {
            why = "it is no regular file"
        } catch .fileTooLarge {
            why = name.isEmpty ? "it is larger than 1 MB" : "it is larger than a variable can be (128 KB with its name)"
        } catch {
            if error.isMissing, isOptional { return }
            isLate = Errand.isLate(error)
            let advice =
                error.isMissing
                ? "write \(name.isEmpty ? "" : "\(name)=")-\(path) if it may be missing"
                : "init reads it, as the user that it runs as"
            why = isLate ? "its file system doesn't answer" : "\(error.name) (\(advice))"
        }
        throw StartError(.step, "couldn't read \(key)\(path): \(why)", isLate: isLate)
    }
}
