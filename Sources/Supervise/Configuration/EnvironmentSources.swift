/// The files that a program's environment is read from, each time that it starts.
public struct EnvironmentSources: Equatable, Sendable {
    /// `env_file`: absolute paths, of which later ones win; `-` in front: it may be missing.
    public let files: [String]
    /// `environment_from_files`: names of variables, and paths as above.
    public let values: [EnvironmentVariable]
    /// The program's own `environment=`, which is stronger than `files`, though `[supervisord]`'s is weaker.
    public let own: [EnvironmentVariable]

    /// A path as it stands in the lists, and whether the file may be missing.
    public static func place(_ path: String) -> (path: String, isOptional: Bool) {
        let text = Text(path)
        return text.hasPrefix("-") ? (text.dropFirst(1).string, true) : (path, false)
    }
}

extension EnvironmentVariable {
    /// Its name says that the value is nobody's business: what people read shows `********` for it.
    var isSecret: Bool {
        let name = Text(name).uppercased
        for word in Self.secretWords.split(by: ASCII.space) where name.contains(word) { return true }
        return name.hasSuffix("KEY") || name.hasSuffix("PASS")
    }

    private static let secretWords: Text = "PASSWORD PASSWD SECRET TOKEN CREDENTIAL"
}
