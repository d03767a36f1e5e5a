import Foundation
import Testing

@testable import Kernel

@Suite struct CgroupTests {
    static let unified = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"
    static let v1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu"

    struct Case: Sendable {
        var mounts: [String]
        var membership: [String]
        var wanted: Cgroup.Own
    }

    static let cases: [Case] = [
        Case(mounts: [v1, unified], membership: ["1:cpu:/x", "0::/a/b"], wanted: .at("/sys/fs/cgroup/unified/a/b")),
        Case(mounts: [unified], membership: ["0::/"], wanted: .at("/sys/fs/cgroup/unified")),
        // Tags, an escaped space, several mounts.
        Case(
            mounts: [#"5 4 0:1 / /a\040b rw master:7 shared:1 - cgroup2 none rw"#, unified], membership: ["0::/x"],
            wanted: .at("/a b/x")),
        // Only part of the hierarchy is mounted, as without a cgroup namespace.
        Case(
            mounts: ["5 4 0:1 /docker/1 /sys/fs/cgroup ro - cgroup2 none rw"], membership: ["0::/docker/1"],
            wanted: .at("/sys/fs/cgroup")),
        Case(
            mounts: ["5 4 0:1 /docker/1 /sys/fs/cgroup ro - cgroup2 none rw"], membership: ["0::/docker/1/x"],
            wanted: .at("/sys/fs/cgroup/x")),
        Case(
            mounts: ["5 4 0:1 /docker/1 /sys/fs/cgroup ro - cgroup2 none rw"], membership: ["0::/docker/12"],
            wanted: .outside(mount: "/sys/fs/cgroup")),
        Case(mounts: [unified], membership: ["0::/../y"], wanted: .outside(mount: "/sys/fs/cgroup/unified")),
        Case(mounts: [unified], membership: ["0::/.."], wanted: .outside(mount: "/sys/fs/cgroup/unified")),
        Case(mounts: [unified], membership: ["0::/..y"], wanted: .at("/sys/fs/cgroup/unified/..y")),
        Case(mounts: [v1], membership: ["0::/"], wanted: .notMounted),
        Case(mounts: [], membership: [], wanted: .notMounted),
        Case(mounts: [unified], membership: ["1:cpu:/"], wanted: .outside(mount: "/sys/fs/cgroup/unified")),
        // Malformed lines, and lines that are too long: cut, without an overrun.
        Case(
            mounts: ["", "a", "- cgroup2", "1 2 3 4 5 6 -", unified], membership: ["0::/x"],
            wanted: .at("/sys/fs/cgroup/unified/x")),
        Case(
            mounts: ["1 2 3 / /\(String(repeating: "m", count: 9000)) rw - cgroup2 x rw", unified],
            membership: ["0::/x"],
            wanted: .at("/sys/fs/cgroup/unified/x")),
        Case(
            mounts: ["1 2 3 / /\(String(repeating: "m", count: 5000)) rw - cgroup2 x rw"], membership: ["0::/x"],
            wanted: .outside(mount: "")),
        Case(
            mounts: [unified], membership: ["0::/\(String(repeating: "c", count: 5000))"],
            wanted: .outside(mount: "/sys/fs/cgroup/unified")),
    ]

    @Test(arguments: cases) func theOwnCgroup(_ one: Case) throws {
        let folder = NSTemporaryDirectory() + "reeve-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data((one.mounts.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/mounts"))
        try Data((one.membership.joined(separator: "\n") + "\n").utf8).write(
            to: URL(fileURLWithPath: folder + "/membership"))
        #expect(Cgroup.own(mounts: folder + "/mounts", membership: folder + "/membership") == one.wanted)
    }

    @Test func withoutProc() {
        #expect(Cgroup.own(mounts: "/nowhere", membership: "/nowhere") == .notMounted)
    }

    /// A child that can't join its cgroup is a failed start.
    @Test func whatCannotBeJoined() throws {
        let null = try Descriptor.open("/dev/null", O_RDONLY)
        let failed = failure(["/bin/true"]) { $0.cgroup = null.number }
        #expect(failed?.stage == .cgroup && failed?.sentence(for: "x") == "couldn't join its cgroup: EBADF")
    }
}
