import Testing

@testable import Supervise

/// What `reread` reports as a change of a group.
@Suite struct GroupDifferenceTests {
    /// A group with one process whose logs are files; AUTO equals any log.
    private func group(_ change: (inout KeyValues) -> Void = { _ in }) -> GroupSettings {
        var values: KeyValues = [.stdoutLogfile: .log(.file("/out")), .stderrLogfile: .log(.file("/err"))]
        change(&values)
        return GroupSettings("a", processes: [ProcessSettings("a", values)])
    }

    private static let socket = SharedSocket(
        settings: SocketSettings(address: .unix(path: "/a")), processes: 0..<1)

    @Test func everythingBesideKeysMakesADifference() {
        let process = group().processes[0]
        let variants = [
            group(), GroupSettings("b", processes: [process]), GroupSettings("a", priority: 1, processes: [process]),
            GroupSettings("a", kind: .eventListener, processes: [process]),
            GroupSettings("a", [.bufferSize: .int(1)], processes: [process]),
            GroupSettings("a", processes: [process, process]), GroupSettings("a"),
            GroupSettings("a", processes: [process], sockets: [Self.socket]),
            GroupSettings("a", processes: [process.with(.stdout)]),
            GroupSettings("a", processes: [process.with(.stdoutCopy)]),
            GroupSettings("a", processes: [ProcessSettings("b", process.values)]),
            GroupSettings(
                "a", processes: [ProcessSettings("a", process.values, ownEnvironment: [EnvironmentVariable("A", "")])]),
        ]
        for (i, a) in variants.enumerated() {
            for (j, b) in variants.enumerated() { #expect(a.isSame(as: b) == (i == j), "\(i) and \(j)") }
        }
    }

    /// A log that becomes AUTO is no change, wherever it goes now; a file in place of AUTO is a change.
    @Test func automaticLogsAreTheSameAsAny() {
        for key in [Key.stdoutLogfile, .stderrLogfile] {
            let automatic = group { $0[key] = nil }
            #expect(automatic.isSame(as: group()))
            #expect(!group().isSame(as: automatic))
        }
    }

    /// As in Python, which uses a dictionary.
    @Test func theOrderOfVariablesMakesNone() {
        let variables = [EnvironmentVariable("A", "1"), EnvironmentVariable("B", "2")]
        let (a, b) = (VariableList(variables), VariableList(variables.reversed()))
        #expect(group { $0[.environment] = .variables(a) }.isSame(as: group { $0[.environment] = .variables(b) }))
    }
}
