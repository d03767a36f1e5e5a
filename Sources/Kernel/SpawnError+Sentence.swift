extension SpawnError {
    /// One sentence for log lines and `spawnerr`, in supervisord's words where it has them.
    ///
    /// - Parameter name: of the program.
    public func sentence(for name: String) -> String {
        let what: String
        switch stage {
        case .clone where errno == .again: return "Too many processes in process table to spawn '\(name)'"
        case .clone: return "unknown error during fork for '\(name)': \(errno.name)"
        case .descriptors where errno == .tooManyFiles: return "too many open files to spawn '\(name)'"
        case .lookup where errno == .noEntry: return "can't find command '\(subject)'"
        case .lookup where errno == .isDirectory: return "command at '\(subject)' is a directory"
        case .lookup where errno == .noExecFormat: return "command at '\(subject)' is not executable"
        case .lookup: return "no permission to run command '\(subject)'"
        case .setgroups: return "couldn't setuid to \(subject): Could not set groups of effective user"
        case .setgid: return "couldn't setuid to \(subject): Could not set group id of effective user"
        case .cgroup: what = "join its cgroup"
        case .oomScore: what = "set oom_score_adj"
        case .privileges: what = "set no_new_privs"
        case .landlock: what = "restrict it with Landlock"
        case .group: what = "create a process group"
        case .signals: what = "reset signals"
        case .descriptors: what = "set up descriptors"
        case .terminal: what = "hand over the terminal"
        case .limits: what = "set \(subject)"
        case .nice: what = "set nice"
        case .ioPriority: what = "set ionice"
        case .affinity: what = "set cpu_affinity"
        case .inheritable: what = "make \(capability) inheritable"
        case .bounding: what = "take \(capability) out of the bounding set"
        case .directory: what = "chdir to \(subject)"
        case .setuid: what = "setuid to \(subject)"
        case .ambient: what = "make \(capability) ambient"
        case .secureBits: what = "set securebits"
        case .capabilities: what = "drop capabilities"
        case .deathSignal: what = "set the signal for the parent's death"
        case .exec: what = "exec \(subject)"
        case .late:
            return "couldn't start it within 5 seconds: the file system of its directory or its executable hangs"
        }
        return "couldn't \(what): \(errno.name)\(hint)"
    }

    /// What a failed step was about.
    public enum Kind: Sendable {
        /// Creating the process or a descriptor.
        case resource
        /// The command is missing or can't be executed.
        case command
        /// A step between the two.
        case step
    }

    public var kind: Kind {
        switch stage {
        case .clone: .resource
        case .descriptors: errno == .tooManyFiles ? .resource : .step
        case .lookup: .command
        case .cgroup, .oomScore, .privileges, .landlock, .group, .signals, .terminal, .limits, .nice, .ioPriority,
            .affinity, .inheritable, .bounding, .setgroups, .setgid, .directory, .setuid, .ambient, .secureBits,
            .capabilities, .deathSignal, .exec, .late:
            .step
        }
    }

    /// What is required, where the kernel's error doesn't say it.
    private var hint: StaticString {
        guard errno == .notPermitted || errno == .access else { return "" }
        return switch stage {
        case .limits, .oomScore: " (it takes cap_sys_resource to raise a hard limit, or to lower oom_score_adj)"
        case .nice, .ioPriority: " (it takes cap_sys_nice)"
        case .inheritable, .ambient: " (init has to have it)"
        case .bounding: " (it takes cap_setpcap; no_new_privs=true makes do without)"
        case .secureBits: " (it takes cap_setpcap)"
        default: ""
        }
    }

    private var capability: String { Capabilities.name(detail) ?? "capabilities" }
}
