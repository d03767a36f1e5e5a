import Kernel
import Supervise

/// The cgroups of programs that ask for one, below the cgroup that init was started in. This object lives as long as
/// init, even through restarts: once a program has run, init may be in another cgroup.
///
/// It doesn't touch cgroupfs before a program needs it.
final class Cgroups {
    /// The names of the three controllers: for `memory_max` and `memory_high`, for `cpu_max`, and for `pids_max`.
    private let controllers: [StaticString]
    /// The most names in one line, and the most lines.
    private static let mostBytes = 200
    private static let mostReasons = 16

    private let log: SupervisorLog
    /// init's cgroup at its start; empty: not determined yet, or not available, for the reason in `impossible`.
    private var root: String
    private var impossible: String?
    /// Of each controller: whether init tried to enable it, whether it is enabled, and why it isn't available.
    private var tried = [false, false, false]
    private var enabled = [false, false, false]
    private var failures = ["", "", ""]
    /// init moved itself into `leaf`.
    private var isMoved = false
    /// Folders by slot; empty: none.
    private var folders: [String] = []
    /// By slot, like the folders: how often the kernel had killed a process there for lack of memory before the last start.
    private var kills: [Int] = []
    /// The kills in init's own cgroup at the last look; nil before the first one.
    private var ownKills: Int?
    /// Folders that can't be removed yet, because processes are still dying in them.
    private var leftOver: [String] = []
    /// What isn't available, why, and for which programs; the log has the first `said` of them.
    private var reasons: [String] = []
    private var names: [String] = []
    private var said = 0

    /// - Parameter root: init's own cgroup; empty: determined when it is first needed.
    init(log: SupervisorLog, root: String = "", controllers: [StaticString] = ["memory", "cpu", "pids"]) {
        self.log = log
        self.controllers = controllers
        self.root = root
    }

    /// Logs once what part of the configuration isn't available, for all programs together.
    func announce(_ groups: [GroupSettings]) {
        // Processes of one program have the same settings, and there may be thousands of them.
        var last: CgroupSettings?
        var reason: String?
        for group in groups.indices {
            for process in groups[group].processes.indices {
                guard let settings = groups[group].processes[process].cgroup else { continue }
                if last != settings {
                    last = settings
                    reason = problem(of: settings)
                }
                if let reason { note(reason, groups[group].processes[process].name) }
            }
        }
        say()
    }

    private func note(_ reason: String, _ name: String) {
        if let known = reasons.firstIndex(where: { $0 == reason }) {
            if known >= said, names[known].utf8.count < Self.mostBytes { names[known] += ", " + name }
        } else if reasons.count < Self.mostReasons {
            reasons.append(reason)
            names.append(name)
        }
    }

    private func say() {
        while said < reasons.count {
            let others = names[said].utf8.count < Self.mostBytes ? "" : " and others"
            log.warn("cgroup limits of \(names[said])\(others) are not in force: \(reasons[said])")
            said += 1
        }
    }

    // MARK: What is possible

    /// nil: everything in these settings is available.
    private func problem(of settings: CgroupSettings) -> String? {
        find()
        if let impossible { return impossible }
        for index in settings.limits.indices where settings.limits[index] != nil {
            let controller = Self.controller(of: index)
            if !tried[controller] {
                tried[controller] = true
                enable(controller)
            }
            if !failures[controller].isEmpty { return failures[controller] }
        }
        return nil
    }

    /// Two of the files belong to memory.
    private static func controller(of index: Int) -> Int { max(index - 1, 0) }

    /// Finds init's cgroup, and tries what every program needs: a cgroup below, and the permission to move processes
    /// into it.
    private func find() {
        guard root.isEmpty, impossible == nil else { return }
        let own: String
        switch Cgroup.own() {
        case .at(let folder): own = folder
        case .notMounted:
            impossible = "no cgroup2 file system is in /proc/self/mountinfo; mount one at /sys/fs/cgroup"
            return
        case .outside(let mount):
            impossible =
                "init's own cgroup is not below \(mount); give the container its own cgroup namespace (--cgroupns=private)"
            return
        }
        let probe = "\(own)/reeve.\(SystemProcess.id)"
        var failure = Cgroup.make(probe)
        if failure == nil {
            if !Cgroup.canWrite(own + "/cgroup.procs") { failure = .access }
            _ = Cgroup.remove(probe)
        }
        guard let failure else {
            root = own
            return
        }
        impossible =
            "no cgroup can be made in \(own): \(failure.description); "
            + (failure == .readOnly
                ? "mount it read-write for the container (docker run --privileged, podman run --systemd=always)"
                : "run init as root, or let its user own this folder, its cgroup.procs and its cgroup.subtree_control")
    }

    private func enable(_ controller: Int) {
        var error = order("+", controller)
        if error == .busy {
            // Controllers can't be enabled above processes, and init is one.
            isMoved = true
            _ = Cgroup.make(leaf)
            Cgroup.move(from: root, to: leaf)
            error = order("+", controller)
            log.info("moved init and all other processes of \(root) to \(leaf); the cgroups of programs are beside it")
        }
        guard let error else {
            enabled[controller] = true
            return
        }
        let why =
            switch error {
            case .busy: "processes that can't be moved are in it; give the container a cgroup of its own"
            case .noEntry, .invalid:
                "it is not in cgroup.controllers; enable it in the cgroup above, or boot without cgroup v1"
            default: error.description
            }
        failures[controller] =
            "the \(controllers[controller].description) controller can't be enabled in \(root): \(why)"
    }

    private func order(_ sign: String, _ controller: Int) -> Errno? {
        Cgroup.write(sign + controllers[controller].description, to: root + "/cgroup.subtree_control")
    }

    private var leaf: String { root + "/init" }

    // MARK: Processes

    /// Creates a cgroup with its limits for a process that is about to start; it contains nothing of the previous
    /// process.
    ///
    /// - Returns: the descriptor for the child to join with, which the caller closes; -1 if there is none, which is
    ///   logged.
    /// - Throws: if it is required.
    func place(_ settings: ProcessSettings, group: String, slot: Int) throws(StartError) -> Int32 {
        guard let wanted = settings.cgroup else { return -1 }
        var reason = problem(of: wanted)
        var joining: Int32 = -1
        if impossible == nil {
            var refusal: Errno?
            let folder = folder(group + ":" + settings.name, slot: slot, &refusal)
            // Without one controller the others still apply.
            for index in wanted.limits.indices where failures[Self.controller(of: index)].isEmpty {
                guard let limit = wanted.limits[index] else { continue }
                let file = folder + "/" + CgroupSettings.files[index].description
                guard let error = Cgroup.write(limit, to: file) else { continue }
                reason = "\(file) doesn't take \(limit): \(error.description)"
            }
            do throws(Errno) {
                joining = try Cgroup.openToJoin(folder).take()
            } catch {
                reason = "no cgroup can be made in \(root): \((refusal ?? error).description)"
            }
            kills[slot] = Cgroup.memoryKills(in: folder)
        }
        guard let reason else { return joining }
        if wanted.isRequired {
            Descriptor.close(joining)
            throw StartError(.requirement, "cgroup_required, but \(reason)")
        }
        note(reason, settings.name)
        say()
        return joining
    }

    /// For a command that runs for a process, which may be in its cgroup already.
    ///
    /// - Returns: the descriptor for joining, which the caller closes; -1 if there is none.
    func join(_ settings: ProcessSettings, group: String, slot: Int) -> Int32 {
        let joining = join(slot: slot)
        if joining >= 0 { return joining }
        return (try? place(settings, group: group, slot: slot)) ?? -1
    }

    /// The cgroup of this slot; it exists, or `refusal` says why it can't be created.
    private func folder(_ name: String, slot: Int, _ refusal: inout Errno?) -> String {
        removeLeftOver()
        while folders.count <= slot {
            folders.append("")
            kills.append(-1)
        }
        let known = folders[slot]
        if !known.isEmpty {
            Cgroup.kill(known)
            // It may have been removed.
            refusal = Cgroup.make(known)
            return known
        }
        var folder = root + "/reeve." + Self.safe(name)
        while true {
            // An empty one is left from an earlier init, including its limits.
            _ = Cgroup.remove(folder)
            refusal = Cgroup.make(folder)
            // Another init may have a program of this name in the same cgroup: it must not be killed with this one. The
            // kernel rejects names that are too long, and then the folder is empty.
            if Cgroup.isEmpty(folder) { break }
            folder += "+"
        }
        folders[slot] = folder
        return folder
    }

    /// A part of a folder's name that is unique to this process's name.
    private static func safe(_ name: String) -> String {
        var bytes: [UInt8] = []
        for byte in name.bytes {
            if byte > 0x2F || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "+"))
                bytes.append(0x60 + byte >> 4)
                bytes.append(0x60 + byte & 15)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A descriptor for a command to join the cgroup of its process, which is there; -1 if that has none.
    func join(slot: Int) -> Int32 {
        guard slot < folders.count, !folders[slot].isEmpty else { return -1 }
        return (try? Cgroup.openToJoin(folders[slot]).take()) ?? -1
    }

    /// The process is gone: kills what is left of it.
    func ended(slot: Int) {
        if slot < folders.count, !folders[slot].isEmpty { Cgroup.kill(folders[slot]) }
    }

    /// A program runs: what the kernel does from now on may be what ends it.
    func noteStart() {
        if ownKills == nil { ownKills = Cgroup.ownMemoryKills() }
    }

    /// Whether SIGKILL, which a process has died from and which init had not sent, was the kernel's because memory ran out.
    ///
    /// The process's own cgroup tells; without one, or without its memory controller, init's own does, which others are in,
    /// too: it counts if there was such a kill since the last question.
    func hasRunOutOfMemory(slot: Int) -> Bool {
        let before = ownKills ?? 0
        let after = Cgroup.ownMemoryKills()
        ownKills = after
        if slot < folders.count, !folders[slot].isEmpty {
            let now = Cgroup.memoryKills(in: folders[slot])
            if now >= 0 { return now > kills[slot] }
        }
        return after > before
    }

    /// The process was removed, and so is its cgroup.
    func remove(slot: Int) {
        guard slot < folders.count, !folders[slot].isEmpty else { return }
        Cgroup.kill(folders[slot])
        leftOver.append(folders[slot])
        folders[slot] = ""
        removeLeftOver()
    }

    /// A restart: other processes use the slots next.
    func removeAll() {
        for slot in folders.indices { remove(slot: slot) }
    }

    private func removeLeftOver() {
        var index = 0
        while index < leftOver.count {
            if Cgroup.remove(leftOver[index]) { leftOver.remove(at: index) } else { index += 1 }
        }
    }

    /// init exits: restores the tree, except where processes are left.
    func end() {
        removeLeftOver()
        for controller in enabled.indices where enabled[controller] { _ = order("-", controller) }
        guard isMoved else { return }
        Cgroup.move(from: leaf, to: root)
        _ = Cgroup.remove(leaf)
    }
}
