@testable import Supervise

/// Values of each type: a new type has to say what it takes.
enum KeySamples {
    /// Different from the default of every key of the type.
    static func accepted(_ row: KeyRow) -> String {
        switch row.type {
        case .boolean:
            if case .value(let written) = row.fallback, written.description == "true" { "false" } else { "true" }
        case .integer, .processCount, .bufferSize, .backlog: "7"
        case .bounded(let lowest, let highest, _): highest == .max ? "\(lowest)" : "\(lowest + 1)"
        case .decimal(let lowest, _, _): Thousandths.text(Int(lowest) + 125)
        case .size: "3KB"
        case .octal, .socketMode: "0123"
        case .text, .nameFormat, .factory, .patterns: "some"
        case .command, .hook: "/bin/other"
        case .profiles: "dev, test"
        case .programType: "oneshot"
        case .autoRestart: "true"
        case .endPolicy: "shutdown-failure"
        case .healthAction: "stop"
        case .notify: "fd:7"
        case .probe: row.name.description == "healthcheck_tcp" ? "[::1]:80" : "unix:/run/s:/health?x=1"
        case .oneOf(let list): list.words.last?.string ?? ""
        case .signal: "USR1"
        case .signals: "TERM USR1"
        case .exitCodes: "3,4"
        case .logLevel: "debug"
        case .user, .unprivilegedUser, .supervisorUser: "www"
        case .group: "adm"
        case .groups: "adm, 7"
        case .ownership: "www:adm"
        case .log, .ownLog, .pidfile, .optionalPath, .plainPath, .path, .socketPath: "/var/other"
        case .folder: "/srv"
        case .places: "/a,-/b"
        case .placesByName: "A=/a"
        case .variables, .supervisorVariables: "A=\"1\",S_TOKEN=\"hidden\""
        case .serverURL, .clientURL: "http://example.org:1"
        case .capabilities: "^cap_chown"
        case .initCapabilities: "needed"
        case .secureBits: "noroot"
        case .limit: "3:4"
        case .ioPriority: "idle"
        case .processors: "0-2"
        case .memoryLimit: "64MB"
        case .cpuQuota: "50%"
        case .processLimit: "9"
        case .hosts: "a.example"
        case .programs: "b"
        case .dependencies: "b:started:optional"
        case .events: "TICK_5"
        case .handler: "supervisor.dispatchers:default_handler"
        case .socketURL: "unix:///run/other"
        case .address: "127.0.0.1:9999"
        case .password: "hidden"
        case .passwordFile: "/pw"
        }
    }

    /// Refused by every key of the type; empty where anything is a value.
    static func refused(_ row: KeyRow) -> [String] {
        switch row.type {
        case .boolean: ["", "maybe"]
        case .integer, .processCount, .size, .octal, .socketMode: ["", "x", "1.5"]
        case .bufferSize, .backlog: ["", "x", "0", "-1"]
        case .bounded(let lowest, let highest, _):
            highest == .max ? ["", "x", "\(lowest - 1)"] : ["", "x", "\(lowest - 1)", "\(Int(highest) + 1)"]
        case .decimal(let lowest, let highest, _):
            ["", "x", "-1", ".5", "1.", "1.0001", Thousandths.text(Int(highest) + 1)] + (lowest > 0 ? ["0"] : [])
        case .hook: ["", "a \"b", "a \\"]
        case .programType: ["", "job"]
        case .profiles: ["", "a b", "a,,b"]
        case .autoRestart: ["maybe"]
        case .endPolicy: ["", "no", "stop"]
        case .healthAction: ["", "restrat", "kill"]
        case .notify: ["", "systemd", "fd:2", "fd:x", "fd:256", "log:", "log"]
        case .probe:
            ["", "x", "https://a/", "a:0", "a:b", "unix:a", "unix:/a:b", "http://a b/"]
                + (row.name.description == "healthcheck_tcp" ? ["http://a/"] : ["a:80", "unix:/s"])
        case .oneOf: ["", "serial"]
        case .signal: ["", "NOSUCH", "99", "KILL", "0", "TERM INT"]
        case .signals: ["NOSUCH", "99", "TERM,INT", "TERM KILL", "TERM 0", "1 2 3 4 5 6 7 8 10"]
        case .exitCodes: ["256", "x"]
        case .logLevel: ["loud"]
        case .user, .unprivilegedUser, .supervisorUser, .group, .groups, .ownership: ["nosuch"]
        case .nameFormat: ["a b"]
        case .log, .ownLog, .pidfile: ["/missing/x"]
        case .folder: ["/missing"]
        case .places: ["-"]
        case .placesByName, .variables, .supervisorVariables: ["A"]
        case .capabilities, .initCapabilities: ["cap_nosuch"]
        case .secureBits: ["nosuch"]
        case .limit: ["", "4:3", "x"]
        case .ioPriority: ["idle:1", "x"]
        case .processors: ["3-1", "x"]
        case .memoryLimit, .processLimit: ["", "0", "x"]
        case .cpuQuota: ["", "0%%", "x"]
        case .hosts: ["a b"]
        case .programs: ["nosuch"]
        case .dependencies: ["nosuch", "a:", "a:b:c:d", "b, a:redy", "x"]
        case .events: ["NOSUCH", ""]
        case .handler, .factory: ["nosuch:x"]
        case .socketURL: ["http://x", ""]
        case .address: ["", "x", "70000"]
        case .passwordFile: ["/missing"]
        // The rules of names and expansion are in other tests.
        case .text, .plainPath, .command, .path, .optionalPath, .socketPath, .serverURL, .clientURL, .password,
            .patterns:
            []
        }
    }
}
