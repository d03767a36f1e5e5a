/// Reads configurations.
public enum ConfigurationLoader {
    /// Where a configuration is looked for without `-c`, in this order.
    ///
    /// - Parameter executable: the path that the program was started by (`argv[0]`); the first two places are beside its folder.
    public static func searchPaths(executable: String) -> [String] {
        let above = Path.directory(of: Path.directory(of: Text(executable)))
        return [
            Path.join(above, "etc/supervisord.conf").string, Path.join(above, "supervisord.conf").string,
            "supervisord.conf", "etc/supervisord.conf", "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf",
        ]
    }

    /// The first of `searchPaths` that exists.
    public static func find(executable: String, surroundings: any Surroundings) -> String? {
        for path in searchPaths(executable: executable) where surroundings.exists(path) { return path }
        return nil
    }

    /// supervisord's warning for root: whoever can write to one of these places decides what runs.
    public static let searchedAsRoot =
        "Supervisord is running as root and it is searching for its configuration file in default locations (including "
        + "its current working directory); you probably want to specify a \"-c\" argument specifying an absolute path to "
        + "a configuration file for improved security."

    /// supervisord's sentence for a configuration that is nowhere.
    public static func notFound(executable: String) -> String {
        var paths = ""
        for path in searchPaths(executable: executable) { paths += paths.isEmpty ? path : ", \(path)" }
        return "No config file found at default paths (\(paths)); "
            + "use the -c option to specify a config file at a different path"
    }

    /// The absolute folder of a file: what `%(here)s` stands for.
    public static func folder(of path: String, surroundings: any Surroundings) -> String {
        Path.absolute(Path.directory(of: Text(path)), surroundings).string
    }

    /// A path that begins at the working directory, without `.` and `..`.
    public static func absolute(_ path: String, surroundings: any Surroundings) -> String {
        Path.absolute(Text(path), surroundings).string
    }

    /// Without `.`, `..` and doubled slashes.
    public static func normalized(_ path: String) -> String { Path.normalized(Text(path)).string }

    /// The effective configuration, or everything that is wrong with it.
    ///
    /// - Parameters:
    ///   - path: as `-c` gives it; sentences and places repeat it.
    ///   - isSupervisord: what only supervisord allows is a remark and no error.
    ///   - counts: of programs that have other ones than their `numprocs`.
    public static func load(
        path: String, surroundings: any Surroundings, isSupervisord: Bool = false, counts: [ProgramCount] = []
    ) throws(ConfigurationError) -> Configuration {
        let interpreter = Interpreter(path: path, surroundings: surroundings)
        interpreter.isSupervisord = isSupervisord
        interpreter.counts = counts
        interpreter.run()
        if let error = interpreter.error { throw error }
        return interpreter.configuration
    }

    /// What `ctl` needs of a configuration; everything else in it may be wrong.
    ///
    /// - Note: supervisorctl refuses a file without `[supervisorctl]`; here the defaults hold, as the control socket needs none.
    public static func loadClient(
        path: String, surroundings: any Surroundings
    ) throws(ConfigurationError) -> ClientSettings {
        let interpreter = Interpreter(path: path, surroundings: surroundings)
        let settings = interpreter.client()
        if let error = interpreter.error { throw error }
        return settings
    }

    /// The settings of `ctl` when there's no configuration.
    public static func clientDefaults(surroundings: any Surroundings) -> ClientSettings {
        ClientSettings(
            controlSockets: ControlSocket.paths(configured: nil, server: nil, user: surroundings.ownUser))
    }
}
