@testable import Supervise

/// A machine that exists only in memory.
final class FakeMachine: Surroundings {
    var files: [String: [UInt8]] = [:]
    var environment: [EnvironmentVariable] = [
        EnvironmentVariable("HOME", "/home/me"), EnvironmentVariable("PATH", "/bin"),
    ]
    var missingDirectories: Set<String> = []
    var ownUser = 0
    var hostName = "box"
    var temporaryDirectory = "/tmp"
    var workingDirectory = "/work"
    var prefixer = PythonObject.stdoutPrefixer

    var processorCount = 4

    /// The bytes of memory that are available at a time.
    var memory = Int.max

    static let path = "/etc/s.conf"

    init(_ text: String = "") { files[Self.path] = Array(text.utf8) }

    func contents(of path: String) -> FileContents { files[path].map { .bytes($0) } ?? .missing }

    func paths(matching pattern: String) -> [String] {
        files.keys.filter { path in
            let (a, b) = (path.split(separator: "/"), pattern.split(separator: "/"))
            return a.count == b.count && zip(a, b).allSatisfy { PathPattern.matches(String($0), String($1)) }
        }
    }

    func canHave(_ bytes: Int) -> Bool { bytes <= memory }

    func isDirectory(_ path: String) -> Bool { !path.isEmpty && !missingDirectories.contains(path) }
    func exists(_ path: String) -> Bool { files[path] != nil }

    func user(named name: String) -> UserRecord? {
        switch name {
        case "root": UserRecord(id: 0, group: .id(0), home: "/root")
        case "www": UserRecord(id: 33, group: .id(33), home: "/var/www/")
        default: nil
        }
    }

    func user(id: Int) -> UserRecord? {
        (0..<65536).contains(id) ? UserRecord(id: id, group: .id(id), home: "/home/u\(id)") : nil
    }

    func group(named name: String) -> Int? { name == "adm" ? 4 : nil }
    func groupExists(id: Int) -> Bool { (0..<65536).contains(id) }

    static let capabilities = ["cap_chown", "cap_dac_override", "cap_fowner", "cap_kill"]

    func capabilityName(_ number: Int) -> String? {
        Self.capabilities.indices.contains(number) ? Self.capabilities[number] : nil
    }

    /// Parses one item of libcap's text, as far as the parser needs it.
    func capabilities(_ text: String) -> CapabilitySets? {
        let name = text.drop { "!^%".contains($0) }
        guard let bit = Self.capabilities.firstIndex(where: { $0 == name.lowercased() }) else { return nil }
        let set = UInt64(1) << UInt64(bit)
        return CapabilitySets(
            dropped: text.hasPrefix("!") ? set : 0, inheritable: text.hasPrefix("!") ? 0 : set,
            ambient: text.hasPrefix("^") ? set : 0)
    }

    func python(_ specification: String) -> PythonObject {
        specification == "supervisor_stdout:event_handler" ? prefixer : PythonObject.shipped(specification)
    }

    /// - Parameter isSupervisord: use supervisord's messages, as under its name.
    func load(isSupervisord: Bool = true) throws(ConfigurationError) -> Configuration {
        try ConfigurationLoader.load(path: Self.path, surroundings: self, isSupervisord: isSupervisord)
    }

    /// The first problem's message; nil if the file is accepted.
    func refusal() -> String? {
        do throws(ConfigurationError) {
            _ = try load()
            return nil
        } catch {
            return error.text
        }
    }
}
