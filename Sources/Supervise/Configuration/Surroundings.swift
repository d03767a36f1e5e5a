/// What a configuration asks about the machine it is read on.
///
/// The parser never calls the system: `Host` has the real answers, tests and `config-dump` have others.
/// Bound to classes because Embedded Swift has existentials of classes only.
public protocol Surroundings: AnyObject {
    /// The bytes of a file, for `-c` and for included files.
    func contents(of path: String) -> FileContents
    /// The bytes of a regular file of at most 128 KB, for passwords; never waits.
    func secret(in path: String) -> FileContents
    /// The paths that a shell-like pattern matches (`*`, `?`, `[a-z]`; no `**`), in any order.
    ///
    /// - Source: Python's `glob.glob`, which skips hidden names unless the pattern names the dot.
    func paths(matching pattern: String) -> [String]
    /// True for a directory and for a link to one.
    func isDirectory(_ path: String) -> Bool
    func exists(_ path: String) -> Bool
    /// nil when there is no such user.
    func user(named name: String) -> UserRecord?
    /// nil when this number may not be used as a user.
    func user(id: Int) -> UserRecord?
    /// nil when there is no such group.
    func group(named name: String) -> Int?
    func groupExists(id: Int) -> Bool
    /// What libcap's text for an inheritable-ambient-bounding tuple stands for (`^cap_chown,!cap_kill`); nil for no such text.
    func capabilities(_ text: String) -> CapabilitySets?
    /// `cap_chown` for 0; nil for a number that no capability has.
    func capabilityName(_ number: Int) -> String?
    /// The real uid of this process.
    var ownUser: Int { get }
    /// `uname`'s node name.
    var hostName: String { get }
    /// Where temporary files go: `TMPDIR` and its like, else `/tmp`.
    var temporaryDirectory: String { get }
    /// Absolute.
    var workingDirectory: String { get }
    /// The environment of this process, in its order.
    var environment: [EnvironmentVariable] { get }
    /// The processors that this process may use: those of its affinity mask, or fewer by the quota of its cgroup; at
    /// least 1.
    var processorCount: Int { get }
    /// Memory of so many bytes is there for this process: asked step by step, since no size of a file says what it will take.
    func canHave(_ bytes: Int) -> Bool
    /// What the Python object that `result_handler` or `rpcinterface_factory` names is here.
    func python(_ specification: String) -> PythonObject
}

extension Surroundings {
    public func secret(in path: String) -> FileContents { contents(of: path) }
    public func canHave(_ bytes: Int) -> Bool { true }
    public var processorCount: Int { 1 }
}

/// The answer to "what does this file hold".
public enum FileContents: Equatable, Sendable {
    case bytes([UInt8])
    case missing
    /// It exists and can't be read: a directory, no permission, too large.
    case unreadable
    /// This process has no memory for it.
    case noMemory
}

/// What the account database knows about a user.
public struct UserRecord: Equatable, Sendable {
    public var id: Int
    /// The primary group.
    public var group: Account
    public var home: String
    /// The login shell; empty where the file names none.
    public var shell: String

    public init(id: Int, group: Account, home: String, shell: String = "") {
        self.id = id
        self.group = group
        self.home = home
        self.shell = shell
    }
}

/// What stands behind the Python name of a handler or of an RPC interface.
public enum PythonObject: Equatable, Sendable {
    /// Cannot be resolved: the configuration is refused.
    case unknown
    /// Ships with supervisord; its effect is built in.
    case builtIn
    /// `supervisor_stdout:event_handler`: lines of programs on the supervisor's stdout, with a prefix.
    case stdoutPrefixer

    /// The objects of supervisord's own package that a configuration names.
    ///
    /// - Parameter specification: `module:object`; white space around the colon and `[extras]` behind mean nothing.
    public static func shipped(_ specification: String) -> PythonObject {
        var text = Text(specification)
        if let bracket = text.bytes.firstIndex(of: ASCII.openBracket),
            text.strippedRight.bytes.last == ASCII.closeBracket
        {
            text = Text(text.bytes[..<bracket])
        }
        guard let colon = text.bytes.firstIndex(of: ASCII.colon) else { return .unknown }
        let module = Text(text.bytes[..<colon]).strippedRight
        let name = Text.joined(module, ":", Text(text.bytes[(colon + 1)...]).stripped)
        for shipped in shippedNames where name.is(shipped) { return .builtIn }
        return .unknown
    }

    private static let shippedNames: [StaticString] = [
        "supervisor.dispatchers:default_handler", "supervisor.rpcinterface:make_main_rpcinterface",
    ]
}
