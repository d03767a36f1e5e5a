/// How people and schemas are told what a type takes.
extension KeyType {
    /// Before the default in docs/keys.md; empty where the sentence says it.
    var word: StaticString {
        switch self {
        case .boolean: "boolean"
        case .integer(.seconds), .bounded(_, .max, .seconds), .decimal(_, _, .seconds): "seconds"
        case .integer(.count), .bounded(_, .max, .count), .bufferSize, .backlog: "count"
        case .integer(.none): "number"
        case .processCount: "count or `auto`"
        case .bounded, .decimal: "number"
        case .size: "size"
        case .octal, .socketMode: "octal"
        case .text, .password: "text"
        case .user, .unprivilegedUser, .supervisorUser: "user"
        case .group: "name or number"
        case .groups, .exitCodes, .secureBits, .processors, .hosts, .programs, .events, .dependencies,
            .profiles:
            "list"
        case .ownership: "`user` or `user:group`"
        case .log, .ownLog, .pidfile, .folder, .plainPath, .path, .optionalPath, .socketPath, .passwordFile: "path"
        case .places: "list of paths"
        case .placesByName: "`NAME=path`, written as variables are"
        case .variables, .supervisorVariables: "variables"
        case .serverURL, .clientURL: "URL"
        case .capabilities: "libcap's text, or `none`"
        case .limit: "`soft:hard`"
        case .ioPriority: "class and level"
        case .memoryLimit: "size or `max`"
        case .cpuQuota:
            """
            share of one processor (`50%`, `150%`), microseconds and their period (`50000 100000`) or `max`
            """
        case .processLimit: "count or `max`"
        case .address: "`host:port`, `*:port` or `port`"
        case .patterns: "patterns"
        case .hook: "command"
        case .programType: "`service` or `oneshot`"
        case .autoRestart, .endPolicy, .healthAction, .notify, .probe, .oneOf, .signal, .signals, .logLevel,
            .initCapabilities, .command, .nameFormat, .handler,
            .socketURL,
            .factory:
            ""
        }
    }

    /// What its text looks like: a regular expression without anchors, nil for any text.
    var pattern: StaticString? {
        switch self {
        case .boolean:
            """
            [Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff]|1|0
            """
        case .autoRestart:
            """
            [Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff]|1|0\
            |[Uu][Nn][Ee][Xx][Pp][Ee][Cc][Tt][Ee][Dd]
            """
        case .integer, .bounded, .bufferSize, .backlog: "[-+]?[0-9_]+"
        case .processCount: "[-+]?[0-9_]+|[Aa][Uu][Tt][Oo]"
        case .decimal(_, _, .seconds):
            """
            [0-9]+([.][0-9]{1,3})?s?|[0-9]+ms
            """
        case .decimal:
            """
            [0-9]+([.][0-9]{1,3})?
            """
        case .size: "[-+]?[0-9_]+([KkMmGg][Bb])?"
        case .octal, .socketMode: "(0[oO])?[0-7_]+"
        case .exitCodes: "( *[0-9]+ *(, *[0-9]+ *)*)?"
        case .logLevel, .oneOf: "[A-Za-z]+"
        case .endPolicy: "[A-Za-z]+(-[A-Za-z]+)?"
        case .healthAction, .programType: "[A-Za-z]+"
        case .notify: " *(none|sd|fd:.+|log:.+)"
        case .signal: "[A-Za-z0-9_+]+"
        case .signals: " *[A-Za-z0-9_+]+( +[A-Za-z0-9_+]+)* *"
        case .limit: "[0-9A-Za-z_]+(:[0-9A-Za-z_]+)?"
        case .processors: "( *[0-9]+ *(- *[0-9]+ *)?(, *[0-9]+ *(- *[0-9]+ *)?)*)?"
        case .processLimit: "[0-9_]+|[Mm][Aa][Xx]"
        case .memoryLimit: "[0-9_]+([KkMmGg][Bb])?|[Mm][Aa][Xx]"
        case .text, .hook, .profiles, .plainPath, .user, .unprivilegedUser, .supervisorUser, .group, .groups,
            .ownership, .log,
            .ownLog,
            .pidfile,
            .folder, .path, .optionalPath, .places, .placesByName, .variables, .supervisorVariables, .serverURL,
            .clientURL, .capabilities, .initCapabilities, .secureBits, .ioPriority, .cpuQuota, .hosts, .command,
            .nameFormat, .programs, .events, .handler, .socketURL, .address, .socketPath, .password, .passwordFile,
            .patterns, .factory, .dependencies, .probe:
            nil
        }
    }

    /// The least and the largest value of a number, as they are written.
    var bounds: (least: String?, largest: String?) {
        switch self {
        case .bounded(let least, let largest, _): ("\(least)", largest == .max ? nil : "\(largest)")
        case .decimal(let least, let largest, _): (Thousandths.text(Int(least)), Thousandths.text(Int(largest)))
        case .bufferSize: ("1", nil)
        case .backlog: ("1", "65535")
        default: (nil, nil)
        }
    }
}
