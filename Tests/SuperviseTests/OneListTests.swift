import Foundation
import Testing

@testable import Supervise

/// States, event types and methods have one list each. If another language or a document has a second one, a test here
/// compares them.
@Suite struct OneListTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The names in the first column of the table below a heading.
    static func rows(of document: String, below heading: String) throws -> Set<String> {
        let section = try #require(try text(document).components(separatedBy: "\n\(heading)\n").dropFirst().first)
        var names: Set<String> = []
        for line in section.split(separator: "\n") {
            if line.hasPrefix("## ") { break }
            if line.hasPrefix("| `") { names.insert(String(line.split(separator: "`")[1])) }
        }
        return names
    }

    @Test func statesAreSupervisordsWithItsNumbers() {
        let states = ProcessState.allCases.map { "\($0.name) \($0.rawValue)" }
        #expect(
            states == [
                "STOPPED 0", "STARTING 10", "RUNNING 20", "BACKOFF 30", "STOPPING 40", "EXITED 100", "FATAL 200",
                "UNKNOWN 1000",
            ])
        for state in ProcessState.allCases {
            #expect(ProcessState(named: state.name) == state)
            #expect("PROCESS_STATE_\(state.name)" == EventType(state).name.description, "each has an event")
            #expect(!(state.isStopped && state.isRunning) && !(state.isStopped && state.isSignallable))
        }
        #expect(ProcessState.allCases.filter { !$0.isStopped && !$0.isRunning } == [.stopping])
        #expect(Set(ProcessState.allCases.map(\.word)).count == ProcessState.allCases.count)
    }

    @Test func eventTypes() throws {
        let names = EventType.subscriptions.map(\.description)
        #expect(Set(names).count == names.count)
        let theirs = names.filter { !$0.hasPrefix("REEVE") }
        #expect(try Self.rows(of: "docs/compatibility.md", below: "## Events") == Set(theirs))
        for family in EventType.families {
            #expect(EventType.allCases.contains { $0.isBelow(family.description) }, "\(family) stands for something")
        }
        for type in EventType.allCases {
            let above = EventType.families.filter { type.isBelow($0.description) }
            #expect(above.count == (type == .remoteCommunication ? 1 : 2), "EVENT or REEVE, and its own family")
        }
    }

    @Test func thePageFollowsAllThatChangesIt() throws {
        let script = try Self.text("Sources/Gateway/Web/Assets/shared.js")
        let list = try #require(
            script.components(separatedBy: "const TYPES = [").last?.components(separatedBy: "];").first)
        // A line is names, or ends of names behind a common beginning: `["A", "B"].map((name) => `BEGINNING_${name}`)`.
        var followed: Set<String> = []
        for line in list.components(separatedBy: "\n") {
            let words = line.components(separatedBy: "\"").enumerated().filter { $0.offset % 2 == 1 }.map { $0.element }
            let pieces = line.components(separatedBy: "`")
            let beginning = pieces.count == 3 ? pieces[1].replacingOccurrences(of: "${name}", with: "") : ""
            followed.formUnion(words.map { beginning + $0 })
        }
        let states = ProcessState.allCases.map { "PROCESS_STATE_\($0.name)" }
        let types: [EventType] = [
            .checking, .healthy, .unhealthy, .waiting, .completed, .skipped, .disabled, .groupAdded, .groupRemoved,
            .supervisorRunning, .supervisorStopping,
        ]
        #expect(followed == Set(states + types.map(\.name.description)))
    }

    @Test func methods() throws {
        let names = ControlMethod.allCases.map(\.name.description)
        #expect(Set(names).count == names.count)
        for method in ControlMethod.allCases {
            #expect(ControlMethod(named: Array(method.name.description.utf8)) == method)
            for parameter in method.parameters.description.split(separator: " ") {
                let type = parameter.split(separator: ":").last ?? ""
                #expect(
                    ["int", "string", "boolean", "array", "struct"].contains(type.trimming(suffix: "?")), "\(parameter)"
                )
            }
        }
        let offered = names.filter { !$0.hasPrefix("reeve.") }
        #expect(try Self.rows(of: "docs/compatibility.md", below: "## Methods") == Set(offered))
    }

    /// No code uses the name of a method that isn't in the list.
    @Test func everyMethodThatIsNamedExists() throws {
        let names = Set(ControlMethod.allCases.map(\.name.description))
        let sources = try #require(FileManager.default.enumerator(atPath: Self.root.appending(path: "Sources").path))
        let pattern = /"((?:supervisor|reeve|system)\.[a-z][A-Za-z]+)"/
        var count = 0
        for case let path as String in sources where path.hasSuffix(".swift") {
            for match in try Self.text("Sources/\(path)").matches(of: pattern) {
                count += 1
                #expect(names.contains(String(match.1)), "\(path)")
            }
        }
        #expect(count > names.count)
    }
}

extension Substring {
    fileprivate func trimming(suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : String(self)
    }
}
