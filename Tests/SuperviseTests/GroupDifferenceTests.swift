import Testing

@testable import Supervise

/// `reread` compares the recorded form of groups: everything that makes a difference must be recorded.
@Suite struct GroupDifferenceTests {
    private typealias Change<Settings> = (name: String, make: @Sendable (inout Settings) -> Void)

    private static let processes: [Change<ProcessSettings>] = [
        ("name", { $0.name = "other" }), ("command", { $0.command = "other" }), ("directory", { $0.directory = "" }),
        ("umask", { $0.umask = 0 }), ("priority", { $0.priority = 1 }), ("autostart", { $0.autostart = false }),
        ("autorestart", { $0.autorestart = .always }), ("startSeconds", { $0.startSeconds = 0 }),
        ("startRetries", { $0.startRetries = 0 }), ("user", { $0.user = .id(0) }), ("user", { $0.user = .name("0") }),
        ("stdout", { $0.stdout.logfile = .none }), ("stderr", { $0.stderr.logfile = .none }),
        ("stopSignal", { $0.stopSignal = Signal(number: 35) }), ("stopSignal", { $0.stopSignal = .kill }),
        ("stopWaitSeconds", { $0.stopWaitSeconds = 1 }), ("stopAsGroup", { $0.stopAsGroup = true }),
        ("killAsGroup", { $0.killAsGroup = true }), ("exitCodes", { $0.exitCodes = [] }),
        ("redirectStderr", { $0.redirectStderr = true }), ("environment", { $0.environment = [.init("SECRET", "a")] }),
        ("environment", { $0.environment = [.init("SECRET", "b")] }), ("serverURL", { $0.serverURL = "" }),
        ("environmentSources", { $0.environmentSources = .init(files: [], values: [], own: []) }),
        ("environmentSources", { $0.environmentSources = .init(files: ["/a"], values: [], own: []) }),
        ("environmentSources", { $0.environmentSources = .init(files: [], values: [.init("A", "/a")], own: []) }),
        ("environmentSources", { $0.environmentSources = .init(files: [], values: [], own: [.init("A", "/a")]) }),
        (
            "execution",
            {
                $0.execution = ExecutionSettings()
                $0.execution?.nice = 1
            }
        ), ("cgroup", { $0.cgroup = CgroupSettings() }),
        (
            "cgroup",
            {
                $0.cgroup = CgroupSettings()
                $0.cgroup?.isRequired = true
            }
        ),
    ]

    private static let channels: [Change<ChannelSettings>] = [
        ("logfile", { $0.logfile = .none }), ("logfile", { $0.logfile = .file("/a") }),
        ("logfile", { $0.logfile = .syslog }), ("maxBytes", { $0.maxBytes = 0 }), ("backups", { $0.backups = 0 }),
        ("captureMaxBytes", { $0.captureMaxBytes = 1 }), ("eventsEnabled", { $0.eventsEnabled = true }),
        ("syslog", { $0.syslog = true }), ("prefixLines", { $0.prefixLines = true }),
        ("copyToStdout", { $0.copyToStdout = true }),
    ]

    private static let groups: [Change<GroupSettings>] = [
        ("name", { $0.name = "other" }), ("priority", { $0.priority = 1 }),
        ("processes", { $0.processes.append($0.processes[0]) }), ("processes", { $0.processes = [] }),
        ("kind", { $0.kind = .eventListener(EventListenerSettings()) }), ("kind", { $0.kind = .fcgi(socket("/a")) }),
        ("kind", { $0.kind = .fcgi(socket("/b")) }),
        ("sockets", { $0.sockets = [SharedSocket(settings: socket("/a"), processes: 0..<1)] }),
        ("sockets", { $0.sockets = [SharedSocket(settings: socket("/b"), processes: 0..<1)] }),
        ("sockets", { $0.sockets = [SharedSocket(settings: socket("/a"), processes: 0..<2)] }),
    ]

    private static func socket(_ path: String) -> SocketSettings {
        var settings = SocketSettings()
        settings.url = "unix://\(path)"
        settings.address = .unix(path: path)
        return settings
    }

    private static func fields(_ settings: Any) -> Set<String> {
        Set(Mirror(reflecting: settings).children.compactMap(\.label))
    }

    /// A group with one process whose logs are files; AUTO equals any log.
    private func group() -> GroupSettings {
        let process = ProcessSettings()
        process.stdout.logfile = .file("/out")
        process.stderr.logfile = .file("/err")
        var group = GroupSettings()
        group.processes = [process]
        return group
    }

    @Test func noFieldIsForgotten() {
        #expect(Set(Self.processes.map(\.name)) == Self.fields(ProcessSettings()))
        #expect(Set(Self.channels.map(\.name)) == Self.fields(ChannelSettings()))
        #expect(Set(Self.groups.map(\.name)) == Self.fields(GroupSettings()))
    }

    @Test func everyFieldMakesADifference() {
        var variants = [group()]
        for change in Self.groups {
            variants.append(group())
            change.make(&variants[variants.count - 1])
        }
        for change in Self.processes {
            variants.append(group())
            change.make(&variants[variants.count - 1].processes[0])
        }
        // Without a log, stdout and stderr are covered by the processes' changes.
        for change in Self.channels.dropFirst() {
            for channel in [\ProcessSettings.stdout, \ProcessSettings.stderr] {
                variants.append(group())
                change.make(&variants[variants.count - 1].processes[0][keyPath: channel])
            }
        }
        for (i, a) in variants.enumerated() {
            for (j, b) in variants.enumerated() { #expect(a.isSame(as: b) == (i == j), "\(i) and \(j)") }
        }
    }

    @Test func aCopyHasEverything() {
        for change in Self.processes {
            var one = group()
            change.make(&one.processes[0])
            var copy = one
            copy.processes[0] = ProcessSettings(one.processes[0])
            #expect(
                one.isSame(as: copy) && copy.isSame(as: one) && copy.processes[0] !== one.processes[0], "\(change.name)"
            )
        }
    }

    /// A log that becomes AUTO is no change, wherever it goes now; a file in place of AUTO is a change.
    @Test func automaticLogsAreTheSameAsAny() {
        for channel in [\ProcessSettings.stdout, \ProcessSettings.stderr] {
            let automatic = group()
            automatic.processes[0][keyPath: channel].logfile = .auto
            #expect(automatic.isSame(as: group()))
            #expect(!group().isSame(as: automatic))
        }
    }

    /// As in Python, which uses a dictionary.
    @Test func theOrderOfVariablesMakesNone() {
        let variables = [EnvironmentVariable("A", "1"), EnvironmentVariable("B", "2")]
        let (a, b) = (group(), group())
        a.processes[0].environment = variables
        b.processes[0].environment = variables.reversed()
        #expect(a.isSame(as: b))
    }
}
