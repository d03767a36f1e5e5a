import Kernel
public import Supervise

/// The answers of the machine that this process runs on.
///
/// Accounts and the working directory are read once: create a new one for each configuration.
public final class SystemSurroundings: Surroundings {
    private lazy var users = AccountFile.users((try? File.contents(of: "/etc/passwd")) ?? [])
    private lazy var groups = AccountFile.groups((try? File.contents(of: "/etc/group")) ?? [])
    public private(set) lazy var workingDirectory = Directory.current
    public private(set) lazy var environment: [EnvironmentVariable] = Machine.environment.map {
        EnvironmentVariable($0.name, $0.value)
    }

    /// The largest configuration that is read.
    private static let largestFile = 16 << 20

    /// Whether files that are read make room for what comes of them.
    private let isFirst: Bool
    private let looksAtFolders: Bool
    private static let mostFolders = 16
    private var folders: [(path: String, isFolder: Bool)] = []

    /// - Parameters:
    ///   - isFirst: for the first configuration of `init`.
    ///   - looksAtFolders: false for a reader that opens nothing in them: every folder exists then, also on a file
    ///     system that doesn't answer.
    public init(isFirst: Bool = false, looksAtFolders: Bool = true) {
        self.isFirst = isFirst
        self.looksAtFolders = looksAtFolders
    }

    // The folder may be on a file system that is slow to answer: assume that it is as it should be, and let its user
    // find out otherwise. That is no reason to reject a configuration.

    public func contents(of path: String) -> FileContents {
        do throws(Errno) {
            let status = try Errand.status(of: path)
            if status.isDirectory { return .unreadable }
            // A pipe, as from `<(...)`.
            guard status.isRegular else {
                let bytes = try File.contents(of: path, limit: Self.largestFile + 1)
                return bytes.count > Self.largestFile ? .unreadable : .bytes(bytes)
            }
            let bytes = try Errand.contents(of: path, limit: Self.largestFile)
            if isFirst { Heap.expect(configuration: bytes.count) }
            return .bytes(bytes)
        } catch {
            if error == .noMemory { return .noMemory }
            return error.isMissing ? .missing : .unreadable
        }
    }

    public func canHave(_ bytes: Int) -> Bool { Heap.canHave(bytes) }
    public var processorCount: Int {
        let mask = SystemProcess.processorCount
        return min(SystemProcess.processorQuota() ?? mask, mask)
    }

    public func secret(in path: String) -> FileContents {
        do throws(Errno) {
            return .bytes(try Errand.contents(of: path, limit: EnvironmentFile.longestVariable))
        } catch {
            return error.isMissing ? .missing : .unreadable
        }
    }

    public func paths(matching pattern: String) -> [String] {
        PathPattern.paths(
            matching: pattern, names: { Self.names(in: $0.isEmpty ? "." : $0) },
            isDirectory: { (try? Errand.status(of: $0).isDirectory) ?? false }, isName: Directory.isName)
    }

    private static func names(in folder: String) -> [String] {
        (try? Errand.status(of: folder)) == nil ? [] : Directory.names(in: folder)
    }

    public func isDirectory(_ path: String) -> Bool {
        guard looksAtFolders else { return true }
        // A thousand programs have their logs in a few folders.
        for known in folders where known.path == path { return known.isFolder }
        let answer = Self.status(path) { $0.isDirectory }
        if folders.count < Self.mostFolders { folders.append((path, answer)) }
        return answer
    }

    public func exists(_ path: String) -> Bool { Self.status(path) { _ in true } }
    private func canWrite(directory path: String) -> Bool { Self.status(path) { $0.isDirectory && $0.isWritable } }

    private static func status(_ path: String, _ judge: (Errand.Status) -> Bool) -> Bool {
        do throws(Errno) {
            return judge(try Errand.status(of: path))
        } catch {
            // Wait for only one that doesn't answer.
            if Errand.isLate(error) { Errand.patience = min(Errand.patience, Errand.whileSupervising) }
            return Errand.isLate(error)
        }
    }

    public func user(named name: String) -> UserRecord? { users.entry(named: name).map(Self.record) }

    /// Containers run with uids that no file lists: every number that the kernel accepts is a user. Without an entry
    /// its group has the same number, which grants nothing.
    public func user(id: Int) -> UserRecord? {
        if let entry = users.entry(id: id) { return Self.record(entry) }
        return Self.isAccount(id) ? UserRecord(id: id, group: .id(id), home: "/") : nil
    }

    public func group(named name: String) -> Int? { groups.entry(named: name)?.id }
    public func groupExists(id: Int) -> Bool { Self.isAccount(id) }

    public func capabilities(_ text: String) -> CapabilitySets? {
        Capabilities.sets(text).map {
            CapabilitySets(dropped: $0.dropped, inheritable: $0.inheritable, ambient: $0.ambient)
        }
    }

    public func capabilityName(_ number: Int) -> String? { Capabilities.name(number) }

    /// -1 means "unchanged" to the kernel.
    private static func isAccount(_ id: Int) -> Bool { id >= 0 && id < Int(UInt32.max) }

    private static func record(_ entry: AccountFile.Entry) -> UserRecord {
        UserRecord(id: entry.id, group: .id(entry.group), home: entry.home, shell: entry.shell)
    }

    public func userName(id: Int) -> String? { users.entry(id: id)?.name }

    /// All groups of a user, the primary one first, for `setgroups`.
    public func allGroups(of record: UserRecord, named name: String) -> [Int] {
        guard case .id(let primary) = record.group else { return [] }
        return [primary] + groups.memberships(of: name).filter { $0 != primary }
    }

    public var ownUser: Int { Machine.user }
    public var hostName: String { Machine.hostName }

    /// Python's `tempfile.gettempdir`: `TMPDIR`, `TEMP`, `TMP`, then the usual places; the first that is writable.
    public var temporaryDirectory: String {
        var candidates: [String] = []
        for name in ["TMPDIR", "TEMP", "TMP"] {
            for variable in environment where variable.name == name && !variable.value.isEmpty {
                candidates.append(variable.value)
            }
        }
        for path in candidates + ["/tmp", "/var/tmp", "/usr/tmp"] where canWrite(directory: path) { return path }
        // A read-only root: nothing is writable anywhere, which is no reason to reject the configuration.
        return "/tmp"
    }

    public func python(_ specification: String) -> PythonObject {
        specification == "supervisor_stdout:event_handler"
            ? .stdoutPrefixer : PythonObject.shipped(specification)
    }
}
