/// What a section is for, told by its name.
enum SectionKind: UInt8, CaseIterable {
    case supervisord, supervisorctl, include, inetServer, unixServer
    case program, group, eventListener, fcgiProgram, rpcInterface, ctlPlugin, hook

    /// The section's name, or what it begins with.
    var prefix: StaticString {
        switch self {
        case .supervisord: "supervisord"
        case .supervisorctl: "supervisorctl"
        case .include: "include"
        case .inetServer: "inet_http_server"
        case .unixServer: "unix_http_server"
        case .program: "program:"
        case .group: "group:"
        case .eventListener: "eventlistener:"
        case .fcgiProgram: "fcgi-program:"
        case .rpcInterface: "rpcinterface:"
        case .ctlPlugin: "ctlplugin:"
        case .hook: "hook:"
        }
    }

    /// nil for a name that supervisord ignores.
    init?(name: Text) {
        for kind in SectionKind.allCases {
            switch kind {
            case .supervisord, .supervisorctl, .include:
                guard name.is(kind.prefix) else { continue }
            case .inetServer, .unixServer, .program, .group, .eventListener, .fcgiProgram, .rpcInterface, .ctlPlugin,
                .hook:
                guard name.hasPrefix(kind.prefix) else { continue }
            }
            self = kind
            return
        }
        return nil
    }

    /// Any key has a meaning there.
    var takesEveryKey: Bool { self == .rpcInterface || self == .ctlPlugin }
}

/// Kinds of sections that have a key.
struct SectionKinds: OptionSet {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }
    init(_ kind: SectionKind) { rawValue = 1 << UInt16(kind.rawValue) }

    // Constants, so that the table is made by the compiler; `KeyTableTests` compares them with the cases.
    static let supervisord = SectionKinds(rawValue: 0x001)
    static let supervisorctl = SectionKinds(rawValue: 0x002)
    static let include = SectionKinds(rawValue: 0x004)
    static let inetServer = SectionKinds(rawValue: 0x008)
    static let unixServer = SectionKinds(rawValue: 0x010)
    static let servers = SectionKinds(rawValue: 0x018)
    static let program = SectionKinds(rawValue: 0x020)
    static let group = SectionKinds(rawValue: 0x040)
    static let eventListener = SectionKinds(rawValue: 0x080)
    static let fcgiProgram = SectionKinds(rawValue: 0x100)
    /// Whatever describes processes.
    static let programs = SectionKinds(rawValue: 0x1A0)
    static let rpcInterface = SectionKinds(rawValue: 0x200)
    static let ctlPlugin = SectionKinds(rawValue: 0x400)
    static let hook = SectionKinds(rawValue: 0x800)
}
