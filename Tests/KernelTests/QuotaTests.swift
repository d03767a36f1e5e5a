import Foundation
import Testing

@testable import Kernel

/// How many processors the quota of a cgroup is worth.
@Suite struct QuotaTests {
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
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("quota-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, text) in files {
            let file = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let found = SystemProcess.processorQuota(
            membership: folder.path + "/proc/self/cgroup", root: folder.path + "/sys/fs/cgroup")
        #expect(found == processors, "\(name)")
    }
}
