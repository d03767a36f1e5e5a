import Host
import Kernel
import Supervise

/// A fixed machine for the corpus tests: everything outside the configuration is constant, so that the results can be
/// compared with supervisord's on another machine.
final class StandIns: Surroundings {
    private let system = SystemSurroundings()
    /// Only files below this folder can be included; ends with a slash.
    private let fence: [UInt8]

    /// - Parameter folder: absolute, of the main file.
    init(folder: String) {
        fence = Array(folder.utf8) + (folder.utf8.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")])
    }

    func contents(of path: String) -> FileContents { system.contents(of: path) }
    func paths(matching pattern: String) -> [String] {
        system.paths(matching: pattern).filter { ConfigurationLoader.normalized($0).utf8.starts(with: fence) }
    }
    func exists(_ path: String) -> Bool { system.exists(path) }

    func isDirectory(_ path: String) -> Bool {
        if path.isEmpty || path.utf8.contains(0) { return false }
        let word = Array("nonexistent".utf8)
        let bytes = Array(path.utf8)
        guard bytes.count >= word.count else { return true }
        for start in 0...(bytes.count - word.count) where bytes[start...].starts(with: word) { return false }
        return true
    }

    func user(named name: String) -> UserRecord? {
        guard isName(name) else { return nil }
        let isRoot = name == "root"
        return UserRecord(id: isRoot ? 0 : 10000, group: .name(name), home: isRoot ? "/root" : "/home/\(name)")
    }

    func user(id: Int) -> UserRecord? {
        groupExists(id: id) ? UserRecord(id: id, group: .id(id), home: "/home/u\(id)") : nil
    }

    func group(named name: String) -> Int? { isName(name) ? (name == "root" ? 0 : 10000) : nil }
    func groupExists(id: Int) -> Bool { (0...65535).contains(id) && id != 54321 }

    func capabilities(_ text: String) -> CapabilitySets? { system.capabilities(text) }
    func capabilityName(_ number: Int) -> String? { system.capabilityName(number) }

    private func isName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, bytes.count <= 32, !bytes.starts(with: "nosuch".utf8) else { return false }
        return isLetter(first) && bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2E || $0 == 0x2D }
    }

    private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80 || byte == 0x5F }
    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    var ownUser: Int { 0 }
    var hostName: String { "oracle-host" }
    var temporaryDirectory: String { "/tmp" }
    var workingDirectory: String { system.workingDirectory }
    var environment: [EnvironmentVariable] { system.environment }
    func python(_ specification: String) -> PythonObject { PythonObject.shipped(specification) }
}
