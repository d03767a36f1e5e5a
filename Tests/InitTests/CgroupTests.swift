import Foundation
import Kernel
import Testing

@testable import Init
@testable import Supervise

/// What is written to which file, in a folder that looks like cgroupfs: its files exist, and a write creates none.
@Suite(.serialized) struct CgroupTests {
    struct Tree {
        let rig: Rig
        let root: String
        let cgroups: Cgroups

        init(subtree: Bool = true) throws {
            rig = try Rig()
            root = rig.path("own")
            try Self.fill(root)
            if !subtree { try FileManager.default.removeItem(atPath: root + "/cgroup.subtree_control") }
            cgroups = Cgroups(log: rig.log, root: root)
        }

        static func fill(_ folder: String) throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in [
                "cgroup.procs", "cgroup.kill", "cgroup.subtree_control", "memory.max", "memory.high", "cpu.max",
                "pids.max",
            ] { try Data().write(to: URL(fileURLWithPath: folder + "/" + name)) }
        }

        func text(_ path: String) -> String? { try? String(contentsOfFile: root + "/" + path, encoding: .utf8) }

        /// The content of `x`; nil if it couldn't be started.
        func place(_ limits: [String?], required: Bool = false, slot: Int = 0, name: String = "x") -> Int32? {
            var values: KeyValues = [.cgroupRequired: .bool(required)]
            for (key, limit) in zip([Key.memoryMax, .memoryHigh, .cpuMax, .pidsMax], limits) {
                values[key] = limit.map { .text($0) }
            }
            let settings = ProcessSettings(name, values)
            return try? cgroups.place(settings, group: "g", slot: slot)
        }
    }

    @Test func limitsAreWritten() throws {
        let tree = try Tree()
        try Tree.fill(tree.root + "/reeve.g:x")
        let joining = try #require(tree.place(["1000", nil, "50000 100000", "7"]))
        #expect(joining >= 0)
        Descriptor.close(joining)
        #expect(tree.text("reeve.g:x/memory.max") == "1000" && tree.text("reeve.g:x/memory.high") == "")
        #expect(tree.text("reeve.g:x/cpu.max") == "50000 100000" && tree.text("reeve.g:x/pids.max") == "7")
        // The values overwrite each other in the file, so the last one remains. The kernel would process each.
        #expect(tree.text("cgroup.subtree_control")?.hasPrefix("+pids") == true)
        #expect(tree.text("reeve.g:x/cgroup.kill") == "", "nobody was in it before")
        tree.cgroups.ended(slot: 0)
        #expect(tree.text("reeve.g:x/cgroup.kill") == "1")
        #expect(tree.rig.text("supervisord.log") == "")
    }

    @Test func itsOwnCounterTellsThatMemoryRanOut() throws {
        let tree = try Tree()
        let folder = tree.root + "/reeve.g:x"
        try Tree.fill(folder)
        func count(_ kills: Int) throws {
            try Data("low 0\noom_kill \(kills)\n".utf8).write(to: URL(fileURLWithPath: folder + "/memory.events"))
        }
        try count(2)
        Descriptor.close(try #require(tree.place(["1000", nil, nil, nil])))
        #expect(!tree.cgroups.hasRunOutOfMemory(slot: 0), "the runs before it are over")
        try count(3)
        #expect(tree.cgroups.hasRunOutOfMemory(slot: 0))
        Descriptor.close(try #require(tree.place(["1000", nil, nil, nil])))
        #expect(!tree.cgroups.hasRunOutOfMemory(slot: 0))
        try FileManager.default.removeItem(atPath: folder + "/memory.events")
        #expect(!tree.cgroups.hasRunOutOfMemory(slot: 0) && !tree.cgroups.hasRunOutOfMemory(slot: 7))
    }

    @Test func beforeAnotherStartItIsEmptied() throws {
        let tree = try Tree()
        try Tree.fill(tree.root + "/reeve.g:x")
        for _ in 0..<2 { Descriptor.close(try #require(tree.place([nil, nil, nil, nil]))) }
        #expect(tree.text("reeve.g:x/cgroup.kill") == "1")
    }

    @Test func someoneElsesIsNotTaken() throws {
        let tree = try Tree()
        for name in ["reeve.g:x", "reeve.g:x+"] { try Tree.fill(tree.root + "/" + name) }
        try Data("77\n".utf8).write(to: URL(fileURLWithPath: tree.root + "/reeve.g:x/cgroup.procs"))
        Descriptor.close(try #require(tree.place([nil, nil, nil, "5"])))
        #expect(tree.text("reeve.g:x/pids.max") == "" && tree.text("reeve.g:x+/pids.max") == "5")
    }

    @Test func noSuchController() throws {
        let tree = try Tree(subtree: false)
        try Tree.fill(tree.root + "/reeve.g:x")
        try Tree.fill(tree.root + "/reeve.g:y")
        Descriptor.close(try #require(tree.place(["1000", nil, nil, nil])))
        #expect(tree.text("reeve.g:x/memory.max") == "", "it isn't enabled, so it isn't written")
        #expect(tree.place(["1000", nil, nil, nil], required: true, slot: 1, name: "y") == nil)
        Descriptor.close(try #require(tree.place([nil, nil, nil, nil], required: true, slot: 2, name: "y")))
        let said =
            "cgroup limits of x are not in force: the memory controller can't be enabled in \(tree.root): it is not"
        #expect(tree.rig.text("supervisord.log").contains(said))
        #expect(tree.rig.text("supervisord.log").components(separatedBy: "not in force").count == 2)
    }

    @Test func aLimitThatIsNotTaken() throws {
        let tree = try Tree()
        try Tree.fill(tree.root + "/reeve.g:x")
        try FileManager.default.removeItem(atPath: tree.root + "/reeve.g:x/pids.max")
        #expect(tree.place([nil, nil, nil, "9"], required: true) == nil)
        Descriptor.close(try #require(tree.place([nil, nil, nil, "9"])))
        #expect(tree.rig.text("supervisord.log").contains("reeve.g:x/pids.max doesn't take 9: No such file"))
    }

    @Test func oneLineForAllPrograms() throws {
        let tree = try Tree(subtree: false)
        var groups: [GroupSettings] = []
        for (index, name) in ["a", "b", "c", "d"].enumerated() {
            let values: KeyValues = index == 0 ? [:] : [index == 3 ? .pidsMax : .memoryMax: .text("5")]
            groups.append(GroupSettings(name, processes: [ProcessSettings(name, values)]))
        }
        tree.cgroups.announce(groups)
        tree.cgroups.announce(groups)
        let lines = tree.rig.text("supervisord.log").split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].contains("cgroup limits of b, c are not in force: the memory controller"))
        #expect(lines[1].contains("cgroup limits of d are not in force: the pids controller"))
    }

    /// With the real kernel: controllers can't be enabled above processes, so those move into a leaf, and back at the
    /// end. This needs a controller that nothing else uses; if the root doesn't delegate `hugetlb`, the test is
    /// skipped.
    @Test func processesMakeRoomForControllers() throws {
        guard case .at = Cgroup.own(), let mount = Self.mount, geteuid() == 0,
            let handed = try? String(contentsOfFile: mount + "/cgroup.subtree_control", encoding: .utf8),
            handed.contains("hugetlb")
        else { return }
        let root = mount + "/reeve-test-\(UUID().uuidString)"
        #expect(Cgroup.make(root) == nil)
        let sleeping = Foundation.Process()
        sleeping.executableURL = URL(fileURLWithPath: "/bin/sh")
        sleeping.arguments = ["-c", "echo $$ > \(root)/cgroup.procs; sleep 1000 & wait"]
        try sleeping.run()
        defer {
            Cgroup.kill(root)
            sleeping.waitUntilExit()
            _ = eventually { Cgroup.remove(root) }
        }
        #expect(eventually { !Cgroup.isEmpty(root) })
        let rig = try Rig()
        let cgroups = Cgroups(log: rig.log, root: root, controllers: ["hugetlb", "hugetlb", "hugetlb"])
        let settings = ProcessSettings("x", [.pidsMax: .text("5")])
        Descriptor.close(try cgroups.place(settings, group: "g", slot: 0))
        #expect(Cgroup.isEmpty(root) && !Cgroup.isEmpty(root + "/init"))
        #expect(FileManager.default.fileExists(atPath: root + "/reeve.g:x/hugetlb.2MB.max"))
        cgroups.removeAll()
        cgroups.end()
        #expect(!Cgroup.isEmpty(root))
        let left = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.contains("/") }
        #expect(left == [], "the tree is what it was")
    }

    private static var mount: String? {
        for line in (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        {
            let words = line.split(separator: " ")
            if line.contains(" - cgroup2 "), words.count > 4 { return String(words[4]) }
        }
        return nil
    }
}
