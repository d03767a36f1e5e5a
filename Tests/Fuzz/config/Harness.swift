// ../run compiles this together with Sources/Supervise as one module. Any bytes must be read without a trap, in bounded
// time and memory, and give either a configuration or a reason.

/// Files and accounts as the input defines them: the main file, then one included file per NUL byte.
private final class FuzzMachine: Surroundings {
    let files: [[UInt8]]
    let environment = [EnvironmentVariable("HOME", "/root"), EnvironmentVariable("A", "1")]
    let ownUser = 0
    let hostName = "box"
    let temporaryDirectory = "/tmp"
    let workingDirectory = "/w"

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        files = bytes.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false).map { Array($0) }
    }

    func contents(of path: String) -> FileContents {
        guard let digit = path.utf8.last, digit >= 0x30, Int(digit - 0x30) < files.count else { return .missing }
        return .bytes(files[Int(digit - 0x30)])
    }

    func paths(matching pattern: String) -> [String] {
        (1..<max(1, files.count)).map { "/c/\($0)" }.filter { PathPattern.matches($0, pattern) || files.count > 2 }
    }

    func isDirectory(_ path: String) -> Bool { !path.isEmpty && !path.utf8.contains(0x21) }
    func exists(_ path: String) -> Bool { true }
    func user(named name: String) -> UserRecord? {
        name.utf8.count < 5 ? UserRecord(id: name.utf8.count, group: .id(1), home: "/h/") : nil
    }
    func user(id: Int) -> UserRecord? { id >= 0 ? UserRecord(id: id, group: .id(id), home: "/") : nil }
    func group(named name: String) -> Int? { name.utf8.count < 5 ? 7 : nil }
    func groupExists(id: Int) -> Bool { id >= 0 }
    func capabilities(_ text: String) -> CapabilitySets? {
        text.utf8.count < 9 ? CapabilitySets(dropped: 1, inheritable: 2, ambient: 2) : nil
    }
    func capabilityName(_ number: Int) -> String? { number < 3 ? "cap_\(number)" : nil }
    func python(_ specification: String) -> PythonObject {
        specification.utf8.count == 3 ? .stdoutPrefixer : PythonObject.shipped(specification)
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    let machine = FuzzMachine(bytes)
    let interpreter = Interpreter(path: "/c/0", surroundings: machine)
    // The real limits would cost seconds each time that the fuzzer finds them.
    interpreter.processesLeft = 40
    interpreter.expandedBytesLeft = 1 << 20
    let text = String(decoding: bytes.prefix(64), as: UTF8.self)
    interpreter.run()
    if let error = interpreter.error {
        precondition(!error.problems.isEmpty && error.problems.count <= ConfigurationError.mostProblems)
        precondition(!error.report.isEmpty && !error.json.isEmpty)
    }
    check(interpreter.configuration)
    _ = Interpreter(path: "/c/0", surroundings: machine).client()
    _ = try? CommandWords.split(text)
    _ = PathPattern.matches(text, String(decoding: bytes.suffix(32), as: UTF8.self))
    var variables = Variables()
    _ = try? EnvironmentFile.read(Array(bytes), into: &variables) { $0.count < 3 ? $0 : nil }
    precondition(variables.strings.allSatisfy { $0.contains(UInt8(ascii: "=")) && !$0.contains(0) })
    _ = AccountFile.users(Array(bytes)).entry(named: "root")
    _ = AccountFile.groups(Array(bytes)).memberships(of: "root")
    return 0
}

private func check(_ configuration: Configuration) {
    var processes = 0
    for group in configuration.groups {
        processes += group.processes.count
        for socket in group.sockets {
            precondition(group.processes.indices.contains(socket.processes) || socket.processes.isEmpty)
        }
        for process in group.processes { _ = try? CommandWords.split(process.command) }
    }
    precondition(processes <= 40)
    precondition(configuration.remarks.count <= Interpreter.mostRemarks)
    precondition(configuration.json().last == UInt8(ascii: "\n"))
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
