import Foundation
import Testing

@testable import Kernel

/// What a process reads about its own cgroup: how many processors its quota is worth, and how often memory ran out.
@Suite struct OwnCgroupTests {
    static let quotas: [(name: String, files: [String: String], processors: Int?)] = [
        ("nothing", [:], nil),
        ("no quota", ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n"], nil),
        ("one and a half", ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n"], 2),
        ("exactly two", ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "200000 100000\n"], 2),
        ("a tenth", ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "10000 100000\n"], 1),
        ("more than there are", ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "6400000 100000\n"], 64),
        (
            "one above",
            [
                "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
                "/sys/fs/cgroup/a/cpu.max": "300000 100000\n",
            ], 3
        ),
        (
            "version 1, mounted for the container",
            [
                "/proc/self/cgroup": "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "250000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], 3
        ),
        (
            "version 1, without a quota",
            [
                "/proc/self/cgroup": "4:cpu,cpuacct:/\n", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            ], nil
        ),
        ("cpuset is another one", ["/proc/self/cgroup": "4:cpuset:/\n"], nil),
        (
            "nonsense",
            ["/proc/self/cgroup": "0::\n:\n::/..//\n\u{0}", "/sys/fs/cgroup/cpu.max": "1 0\n-5 x\n"], nil
        ),
        ("zero", ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "0 0"], nil),
    ]

    @Test(arguments: quotas.indices) func quota(_ index: Int) throws {
        let (name, files, processors) = Self.quotas[index]
        let found = try inTree(files) { SystemProcess.processorQuota(membership: $0, root: $1) }
        #expect(found == processors, "\(name)")
    }

    private static let events = "low 0\nhigh 0\nmax 7\noom 5\noom_kill 4\noom_group_kill 9\n"

    static let counters: [(name: String, files: [String: String], kills: Int)] = [
        ("nothing", [:], -1),
        ("the machine's top cgroup", ["/proc/self/cgroup": "0::/\n"], -1),
        ("a container's", ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.events": events], 4),
        (
            "the nearest one with the controller",
            [
                "/proc/self/cgroup": "0::/a/b/c\n", "/sys/fs/cgroup/a/b/c/cpu.max": "max 100000\n",
                "/sys/fs/cgroup/a/b/memory.events": events, "/sys/fs/cgroup/a/memory.events": "oom_kill 8\n",
            ], 4
        ),
        (
            "version 1",
            [
                "/proc/self/cgroup": "4:memory:/docker/x\n0::/\n",
                "/sys/fs/cgroup/memory/docker/x/memory.oom_control": "oom_kill_disable 1\nunder_oom 0\noom_kill 3\n",
            ], 3
        ),
        (
            "version 1, mounted for the container",
            [
                "/proc/self/cgroup": "4:hugetlb,memory:/docker/x\n",
                "/sys/fs/cgroup/memory/memory.oom_control": "oom_kill_disable 1\nunder_oom 0\noom_kill 2\n",
            ], 2
        ),
        (
            "version 1 before Linux 4.13, which has no counter",
            [
                "/proc/self/cgroup": "4:memory:/\n",
                "/sys/fs/cgroup/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n",
            ], -1
        ),
    ]

    @Test(arguments: counters.indices) func memoryKills(_ index: Int) throws {
        let (name, files, kills) = Self.counters[index]
        let found = try inTree(files) { Cgroup.ownMemoryKills(membership: $0, root: $1) }
        #expect(found == kills, "\(name)")
    }

    /// Makes the files in a folder, and calls `body` with the places of `/proc/self/cgroup` and `/sys/fs/cgroup` there.
    private func inTree<Result>(_ files: [String: String], _ body: (String, String) -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cgroup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, text) in files {
            let file = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return body(folder.path + "/proc/self/cgroup", folder.path + "/sys/fs/cgroup")
    }
}
