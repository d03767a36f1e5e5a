import Kernel
import Supervise

/// A decoded request: its method with its parameters.
enum Call {
    case command(SupervisorCommand)
    case restart
    case info(String, ProcessDetail)
    case allInfo(ProcessDetail)
    case allConfig
    case settings(String)
    case scale(program: String, count: Int)
    /// What an update would stop.
    case changes
    case state
    case pid
    case text(String)
    case identification
    case reread
    /// What an update of `[hook:x]` changes, and the update itself.
    case updateHooks(applies: Bool)
    case clearLogs(String)
    case clearAllLogs
    case clearMainLog
    case openLog(name: String, stderr: Bool)
    case ready([String])
    case sendInput(name: String, bytes: [UInt8])
    case remoteEvent(type: String, data: String)
    /// From the gateway only: the next bytes of type and data of an event that is longer than a packet. `typeLength` is
    /// negative except with the last ones.
    case remoteEventPart([UInt8], typeLength: Int)
    case follow(name: String, stderr: Bool, backlog: Int)
    case events(EventTypes)
    case metrics(from: Int)
    case searchPath(String)
    /// From the gateway only: the answer has passwords.
    case servers
    case gatewaySettings
    /// From the gateway only: asks for the file of the `Revision`.
    case revision
    /// From the gateway only: asks for a replacement for this descriptor of its own.
    case replacedSocket(Int)
}

/// Why a request can't be decoded.
struct CallRejection: Error {
    var fault: Fault
    var extra = ""
}

extension Call {
    /// The version of supervisord's interface, which clients check.
    static let supervisordVersion = "4.3.0"
    static let apiVersion = "3.0"

    /// Maps each method of the table to a call. Parameters and their defaults are supervisord's.
    init(_ request: ControlRequest) throws(CallRejection) {
        let parameters = Parameters(request.parameters)
        guard let method = ControlMethod(named: request.method.bytes) else {
            throw CallRejection(fault: .unknownMethod)
        }
        switch method {
        case .startProcess:
            self = .command(.start(.named(try parameters.text(0)), wait: try parameters.flag(1)))
        case .startProcessGroup:
            self = .command(.start(.group(try parameters.text(0)), wait: try parameters.flag(1)))
        case .startAllProcesses:
            self = .command(.start(.all, wait: try parameters.flag(0)))
        case .stopProcess:
            self = .command(.stop(.named(try parameters.text(0)), wait: try parameters.flag(1)))
        case .stopProcessGroup:
            self = .command(.stop(.group(try parameters.text(0)), wait: try parameters.flag(1)))
        case .stopAllProcesses:
            self = .command(.stop(.all, wait: try parameters.flag(0)))
        case .signalProcess:
            self = .command(.signal(.named(try parameters.text(0)), try parameters.signal(1)))
        case .signalProcessGroup:
            self = .command(.signal(.group(try parameters.text(0)), try parameters.signal(1)))
        case .signalAllProcesses:
            self = .command(.signal(.all, try parameters.signal(0)))
        case .addProcessGroup: self = .command(.addGroup(try parameters.text(0)))
        case .removeProcessGroup: self = .command(.removeGroup(try parameters.text(0)))
        case .updateGroup: self = .command(.updateGroup(try parameters.text(0)))
        case .shutdown: self = .command(.shutdown)
        case .restart: self = .restart
        case .getProcessInfo: self = .info(try parameters.text(0), .supervisord)
        case .getAllProcessInfo: self = .allInfo(.supervisord)
        case .processInfo: self = .info(try parameters.text(0), .endings)
        case .allProcessInfo: self = .allInfo(.history)
        case .allStates: self = .allInfo(.state)
        case .getAllConfigInfo: self = .allConfig
        case .processSettings: self = .settings(try parameters.text(0))
        case .changes: self = .changes
        case .scale: self = .scale(program: try parameters.text(0), count: try parameters.number(1))
        case .getState: self = .state
        case .getPID: self = .pid
        case .getAPIVersion, .getVersion: self = .text(Self.apiVersion)
        case .getSupervisorVersion: self = .text(Self.supervisordVersion)
        case .getIdentification: self = .identification
        case .reloadConfig: self = .reread
        case .updateHooks: self = .updateHooks(applies: try parameters.flag(0))
        case .clearProcessLogs, .clearProcessLog:
            self = .clearLogs(try parameters.text(0))
        case .clearAllProcessLogs: self = .clearAllLogs
        case .clearLog: self = .clearMainLog
        case .sendProcessStdin:
            self = .sendInput(name: try parameters.text(0), bytes: try parameters.bytes(1))
        case .ready: self = .ready(try parameters.texts(0))
        case .drain: self = .command(.drain(seconds: try parameters.number(0)))
        case .wait:
            self = .command(
                .wait(try parameters.texts(0), try parameters.list(1).compactMap { $0.int }))
        case .startAlone:
            self = .command(.start(try parameters.selection(0), wait: try parameters.flag(1), alone: true))
        case .stopDependents:
            self = .command(.stop(try parameters.selection(0), wait: try parameters.flag(1), dependents: true))
        case .reload: self = .command(.reload(try parameters.selection(0)))
        case .sendRemoteCommEvent:
            self = .remoteEvent(type: try parameters.text(0), data: try parameters.text(1))
        case .remoteEventPart:
            self = .remoteEventPart(try parameters.bytes(0), typeLength: try parameters.number(1))
        case .openLog:
            self = .openLog(name: try parameters.text(0), stderr: try parameters.text(1) == "stderr")
        case .follow:
            self = .follow(
                name: try parameters.text(0), stderr: try parameters.text(1) == "stderr",
                backlog: try parameters.number(2))
        case .events: self = .events(EventTypes(below: try parameters.texts(0)))
        case .metrics: self = .metrics(from: request.parameters.isEmpty ? 0 : try parameters.number(0))
        case .searchPath: self = .searchPath(try parameters.text(0))
        case .servers: self = .servers
        case .gatewaySettings: self = .gatewaySettings
        case .revision: self = .revision
        case .replacedSocket: self = .replacedSocket(try parameters.number(0))
        // `ControlServer` answers these itself.
        case .identify, .authenticate: throw CallRejection(fault: .unknownMethod)
        // The gateway implements these: over the control socket, logs are passed as descriptors.
        case .readLog, .readMainLog, .readProcessStdoutLog, .readProcessLog, .readProcessStderrLog,
            .tailProcessStdoutLog, .tailProcessLog, .tailProcessStderrLog, .listMethods, .methodHelp, .methodSignature,
            .multicall:
            throw CallRejection(fault: .unknownMethod)
        }
        try parameters.end()
    }
}

/// The parameters of a request, taken by position. Too many, too few or of the wrong type: INCORRECT_PARAMETERS.
private final class Parameters {
    private let values: [Value]
    private var used = 0

    init(_ values: [Value]) {
        self.values = values
    }

    /// All processes for an empty name.
    func selection(_ index: Int) throws(CallRejection) -> Selection {
        let name = try text(index)
        return name.isEmpty ? .all : .named(name)
    }

    private func value(_ index: Int) -> Value? {
        used = max(used, index + 1)
        return index < values.count ? values[index] : nil
    }

    func text(_ index: Int) throws(CallRejection) -> String {
        guard let text = value(index)?.text else { throw CallRejection(fault: .incorrectParameters) }
        return text
    }

    func bytes(_ index: Int) throws(CallRejection) -> [UInt8] {
        guard let bytes = value(index)?.bytes else { throw CallRejection(fault: .incorrectParameters) }
        return bytes
    }

    func list(_ index: Int) throws(CallRejection) -> [Value] {
        guard let values = value(index)?.array else { throw CallRejection(fault: .incorrectParameters) }
        return values
    }

    func texts(_ index: Int) throws(CallRejection) -> [String] {
        var texts: [String] = []
        for value in try list(index) {
            guard let text = value.text else { throw CallRejection(fault: .incorrectParameters) }
            texts.append(text)
        }
        return texts
    }

    func number(_ index: Int) throws(CallRejection) -> Int {
        guard let number = value(index)?.int else { throw CallRejection(fault: .incorrectParameters) }
        return number
    }

    /// `wait`: true by default; a number counts as in Python.
    func flag(_ index: Int) throws(CallRejection) -> Bool {
        switch value(index) {
        case nil: return true
        case .bool(let flag): return flag
        case .int(let number): return number != 0
        case .string(let bytes): return !bytes.isEmpty
        case .array, .structure: throw CallRejection(fault: .incorrectParameters)
        }
    }

    /// A name or a number, the latter also as text.
    func signal(_ index: Int) throws(CallRejection) -> String {
        switch value(index) {
        case .int(let number): return "\(number)"
        case .string(let bytes): return String(decoding: bytes, as: UTF8.self)
        case nil, .bool, .array, .structure: throw CallRejection(fault: .incorrectParameters)
        }
    }

    func end() throws(CallRejection) {
        if values.count > used { throw CallRejection(fault: .incorrectParameters) }
    }
}
