import CLinux

/// Calls on a version 2 cgroup, which is identified by its folder.
///
/// - Source: `Documentation/admin-guide/cgroup-v2.rst` of Linux.
public enum Cgroup {
    public enum Own: Equatable, Sendable {
        case at(String)
        case notMounted
        /// The cgroup file system mounted here doesn't contain this process's cgroup.
        case outside(mount: String)
    }

    /// The cgroup of this process.
    public static func own(
        mounts: String = "/proc/self/mountinfo", membership: String = "/proc/self/cgroup"
    ) -> Own {
        var folder = [CChar](repeating: 0, count: 4096)
        let found = linux_cgroup_find(mounts, membership, &folder, folder.count)
        let place = String(decoding: folder.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch found {
        case Int32(linux_cgroup_found): return .at(place)
        case Int32(linux_cgroup_outside): return .outside(mount: place)
        default: return .notMounted
        }
    }

    /// Writes to an existing control file in one call; nil on success.
    @inline(never)
    public static func write(_ text: String, to path: String) -> Errno? {
        linux_write_text(path, text) == 0 ? nil : .last
    }

    /// Creates the cgroup: nil on success, EEXIST if it existed before.
    @inline(never)
    public static func make(_ folder: String) -> Errno? { linux_make_directory(folder) == 0 ? nil : .last }

    /// Removes the cgroup. False while it, or a cgroup below it, contains a process; true if it no longer exists.
    @inline(never)
    public static func remove(_ folder: String) -> Bool {
        linux_remove_directory(folder) == 0 || Errno.last != .busy
    }

    /// Whether this process may write to the file.
    public static func canWrite(_ path: String) -> Bool { access(path, W_OK) == 0 }

    /// Opens the file through which a child joins the cgroup: the child writes `0` to it.
    public static func openToJoin(_ folder: String) throws(Errno) -> Descriptor {
        try Descriptor.open(folder + "/cgroup.procs", O_WRONLY)
    }

    /// True if the cgroup itself contains no process.
    public static func isEmpty(_ folder: String) -> Bool {
        linux_cgroup_each(folder, Int32(linux_cgroup_count), nil) == 0
    }

    /// Sends SIGKILL to every process in the cgroup and below it, including those that are being forked.
    public static func kill(_ folder: String) {
        // Linux before 5.14 has no such file. The next round catches processes that were forked meanwhile.
        guard write("1", to: folder + "/cgroup.kill") != nil else { return }
        for _ in 0..<3 { _ = linux_cgroup_each(folder, Int32(linux_cgroup_kill), nil) }
    }

    /// How many processes of this process's own cgroup the kernel has killed because memory ran out; version 2 also counts
    /// those of the cgroups below it. -1: nothing tells, as in the machine's top cgroup.
    public static func ownMemoryKills(
        membership: String = "/proc/self/cgroup", root: String = "/sys/fs/cgroup"
    ) -> Int { Int(linux_own_memory_kills(membership, root)) }

    /// The same of another cgroup; -1: it is without the memory controller.
    public static func memoryKills(in folder: String) -> Int { Int(linux_memory_kills(folder + "/memory.events")) }

    /// Moves every process of the cgroup itself to another one. The kernel accepts one process per write.
    public static func move(from folder: String, to other: String) {
        for _ in 0..<3 { _ = linux_cgroup_each(folder, Int32(linux_cgroup_move), other + "/cgroup.procs") }
    }
}
