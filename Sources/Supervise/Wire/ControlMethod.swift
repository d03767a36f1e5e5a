/// Every method that can be asked for, over the control socket or XML-RPC, which spells them in the same way.
///
/// - Source: the names, parameters and types of `supervisor` and `system` are supervisord 4.3.0's.
public enum ControlMethod: UInt8, CaseIterable, Sendable {
    case getAPIVersion, getVersion, getSupervisorVersion, getIdentification, getState, getPID
    case readLog, readMainLog, clearLog, shutdown, restart, reloadConfig
    case addProcessGroup, removeProcessGroup
    case startProcess, startProcessGroup, startAllProcesses
    case stopProcess, stopProcessGroup, stopAllProcesses
    case signalProcess, signalProcessGroup, signalAllProcesses
    case getAllConfigInfo, getProcessInfo, getAllProcessInfo
    case readProcessStdoutLog, readProcessLog, readProcessStderrLog
    case tailProcessStdoutLog, tailProcessLog, tailProcessStderrLog
    case clearProcessLogs, clearProcessLog, clearAllProcessLogs
    case sendProcessStdin, sendRemoteCommEvent
    case listMethods, methodHelp, methodSignature, multicall
    case identify, authenticate
    case processInfo, allProcessInfo, allStates, processSettings, ready, drain, wait, changes, updateGroup, updateHooks,
        scale, startAlone, stopDependents, reload, openLog, follow, events, metrics, searchPath
    case servers, gatewaySettings, revision, replacedSocket, remoteEventPart

    /// Who answers.
    public enum Answerer: Equatable, Sendable {
        /// init, to whoever may control it.
        case supervisor
        /// init, to everybody who may connect: who it is, and whether they may control it.
        case access
        /// init, and only on the gateway's own connection.
        case supervisorForGateway
        /// The gateway: from what init hands over, or from its own knowledge.
        case gateway
    }

    private struct Row {
        var name: StaticString
        /// `name:type`, separated by spaces; a question mark follows one that may be left out.
        var parameters: StaticString
        var answerer: Answerer
        var rest: StaticString

        init(
            _ name: StaticString, _ parameters: StaticString, _ answerer: Answerer = .supervisor,
            rest: StaticString = ""
        ) {
            self.name = name
            self.parameters = parameters
            self.answerer = answerer
            self.rest = rest
        }
    }

    private var row: Row {
        switch self {
        case .getAPIVersion: Row("supervisor.getAPIVersion", "")
        case .getVersion: Row("supervisor.getVersion", "")
        case .getSupervisorVersion: Row("supervisor.getSupervisorVersion", "")
        case .getIdentification: Row("supervisor.getIdentification", "")
        case .getState: Row("supervisor.getState", "", rest: "GET /supervisor")
        case .getPID: Row("supervisor.getPID", "")
        case .readLog: Row("supervisor.readLog", "offset:int length:int", .gateway, rest: "GET /log")
        case .readMainLog: Row("supervisor.readMainLog", "offset:int length:int", .gateway)
        case .clearLog: Row("supervisor.clearLog", "", rest: "POST /supervisor/clear-log")
        case .shutdown: Row("supervisor.shutdown", "", rest: "POST /supervisor/shutdown")
        case .restart: Row("supervisor.restart", "", rest: "POST /supervisor/restart")
        case .reloadConfig: Row("supervisor.reloadConfig", "", rest: "POST /supervisor/reread")
        case .addProcessGroup: Row("supervisor.addProcessGroup", "name:string", rest: "POST /groups/{name}/add")
        case .removeProcessGroup:
            Row("supervisor.removeProcessGroup", "name:string", rest: "POST /groups/{name}/remove")
        case .startProcess:
            Row("supervisor.startProcess", "name:string wait:boolean?", rest: "POST /processes/{name}/start")
        case .startProcessGroup:
            Row("supervisor.startProcessGroup", "name:string wait:boolean?", rest: "POST /groups/{name}/start")
        case .startAllProcesses:
            Row("supervisor.startAllProcesses", "wait:boolean?", rest: "POST /supervisor/start-all")
        case .stopProcess:
            Row("supervisor.stopProcess", "name:string wait:boolean?", rest: "POST /processes/{name}/stop")
        case .stopProcessGroup:
            Row("supervisor.stopProcessGroup", "name:string wait:boolean?", rest: "POST /groups/{name}/stop")
        case .stopAllProcesses: Row("supervisor.stopAllProcesses", "wait:boolean?", rest: "POST /supervisor/stop-all")
        case .signalProcess:
            Row("supervisor.signalProcess", "name:string signal:string", rest: "POST /processes/{name}/signal")
        case .signalProcessGroup:
            Row("supervisor.signalProcessGroup", "name:string signal:string", rest: "POST /groups/{name}/signal")
        case .signalAllProcesses: Row("supervisor.signalAllProcesses", "signal:string")
        case .getAllConfigInfo: Row("supervisor.getAllConfigInfo", "", rest: "GET /configuration")
        case .getProcessInfo: Row("supervisor.getProcessInfo", "name:string", rest: "GET /processes/{name}")
        case .getAllProcessInfo: Row("supervisor.getAllProcessInfo", "", rest: "GET /processes")
        case .readProcessStdoutLog:
            Row(
                "supervisor.readProcessStdoutLog", "name:string offset:int length:int", .gateway,
                rest: "GET /processes/{name}/logs/stdout")
        case .readProcessLog: Row("supervisor.readProcessLog", "name:string offset:int length:int", .gateway)
        case .readProcessStderrLog:
            Row(
                "supervisor.readProcessStderrLog", "name:string offset:int length:int", .gateway,
                rest: "GET /processes/{name}/logs/stderr")
        case .tailProcessStdoutLog:
            Row("supervisor.tailProcessStdoutLog", "name:string offset:int length:int", .gateway)
        case .tailProcessLog: Row("supervisor.tailProcessLog", "name:string offset:int length:int", .gateway)
        case .tailProcessStderrLog:
            Row("supervisor.tailProcessStderrLog", "name:string offset:int length:int", .gateway)
        case .clearProcessLogs:
            Row("supervisor.clearProcessLogs", "name:string", rest: "POST /processes/{name}/clear-logs")
        case .clearProcessLog: Row("supervisor.clearProcessLog", "name:string")
        case .clearAllProcessLogs: Row("supervisor.clearAllProcessLogs", "")
        case .sendProcessStdin:
            Row("supervisor.sendProcessStdin", "name:string chars:string", rest: "POST /processes/{name}/stdin")
        case .sendRemoteCommEvent: Row("supervisor.sendRemoteCommEvent", "type:string data:string")
        case .listMethods: Row("system.listMethods", "", .gateway)
        case .methodHelp: Row("system.methodHelp", "name:string", .gateway)
        case .methodSignature: Row("system.methodSignature", "name:string", .gateway)
        case .multicall: Row("system.multicall", "calls:array", .gateway)
        case .identify: Row("reeve.identify", "", .access)
        case .authenticate: Row("reeve.authenticate", "proof:string", .access)
        case .processInfo: Row("reeve.processInfo", "name:string")
        case .allProcessInfo: Row("reeve.allProcessInfo", "")
        case .allStates: Row("reeve.allStates", "")
        case .processSettings: Row("reeve.processSettings", "name:string")
        case .ready: Row("reeve.ready", "names:array")
        case .drain: Row("reeve.drain", "seconds:int", rest: "POST /supervisor/drain")
        case .changes: Row("reeve.changes", "")
        case .updateGroup: Row("reeve.updateGroup", "name:string")
        case .updateHooks: Row("reeve.updateHooks", "applies:boolean")
        case .scale: Row("reeve.scale", "name:string count:int", rest: "POST /programs/{name}/scale")
        case .wait: Row("reeve.wait", "names:array states:array")
        case .startAlone: Row("reeve.startAlone", "name:string wait:boolean?")
        case .stopDependents: Row("reeve.stopDependents", "name:string wait:boolean?")
        case .reload: Row("reeve.reload", "name:string", rest: "POST /processes/{name}/reload")
        case .openLog: Row("reeve.openLog", "name:string stream:string")
        case .follow: Row("reeve.follow", "name:string stream:string backlog:int")
        case .events: Row("reeve.events", "types:array", rest: "GET /events")
        case .metrics: Row("reeve.metrics", "position:int?")
        case .searchPath: Row("reeve.searchPath", "name:string")
        case .servers: Row("reeve.servers", "", .supervisorForGateway)
        case .gatewaySettings: Row("reeve.gatewaySettings", "", .supervisorForGateway)
        case .revision: Row("reeve.revision", "", .supervisorForGateway)
        case .replacedSocket: Row("reeve.replacedSocket", "descriptor:int", .supervisorForGateway)
        case .remoteEventPart: Row("reeve.remoteEventPart", "bytes:string typeLength:int", .supervisorForGateway)
        }
    }

    public var name: StaticString { row.name }
    /// How the REST API spells it, as `POST /processes/{name}/start`. Empty: it has no operation of its own.
    public var rest: StaticString { row.rest }
    public var answerer: Answerer { row.answerer }
    public var parameters: StaticString { row.parameters }

    /// nil: there is no such method.
    public init?(named name: [UInt8]) {
        for method in Self.allCases where method.name.withUTF8Buffer({ name.elementsEqual($0) }) {
            self = method
            return
        }
        return nil
    }
}
