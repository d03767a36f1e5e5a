import CLinux

/// Calls on a cgroup of the second version by its folder.
///
/// - Source: `Documentation/admin-guide/cgroup-v2.rst` of Linux.
public enum Cgroup {
    public enum Own: Equatable, Sendable {
        case at(String)
        case notMounted
        /// What is mounted at this place doesn't contain the process's own cgroup.
        case outside(mount: String)
    }

    /// The one that this process is in.
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

    /// One write into a file of the kernel's, which is there; nil: it took it.
    @inline(never)
    public static func write(_ text: String, to path: String) -> Errno? {
        linux_write_text(path, text) == 0 ? nil : .last
    }

    /// nil: it is there now; EEXIST: it was before.
    @inline(never)
    public static func make(_ folder: String) -> Errno? { linux_make_directory(folder) == 0 ? nil : .last }

    /// False while somebody is in it, or in one below it; true when it isn't there any more.
    @inline(never)
    public static func remove(_ folder: String) -> Bool {
        linux_remove_directory(folder) == 0 || Errno.last != .busy
    }

    /// Whether a file may be written.
    public static func canWrite(_ path: String) -> Bool { access(path, W_OK) == 0 }

    /// For a child to join by: it writes `0`.
    public static func openToJoin(_ folder: String) throws(Errno) -> Descriptor {
        try Descriptor.open(folder + "/cgroup.procs", O_WRONLY)
    }

    /// Nobody is in this cgroup itself.
    public static func isEmpty(_ folder: String) -> Bool {
        linux_cgroup_each(folder, Int32(linux_cgroup_count), nil) == 0
    }

    /// SIGKILL for everybody in it and below it, also for those that are just being forked.
    public static func kill(_ folder: String) {
        // Before Linux 5.14 there is no such file. What is forked meanwhile is met by the next round.
        guard write("1", to: folder + "/cgroup.kill") != nil else { return }
        for _ in 0..<3 { _ = linux_cgroup_each(folder, Int32(linux_cgroup_kill), nil) }
    }

    /// Moves everybody who is in one cgroup itself into another; one after the other, since that's how the kernel takes them.
    public static func move(from folder: String, to other: String) {
        for _ in 0..<3 { _ = linux_cgroup_each(folder, Int32(linux_cgroup_move), other + "/cgroup.procs") }
    }
}
