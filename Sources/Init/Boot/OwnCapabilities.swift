import Host
import Kernel
import Supervise

/// Which capabilities this process keeps, according to `init_capabilities=`.
struct OwnCapabilities {
    /// At the start of this process.
    private let original = Capabilities.permitted

    /// What a configuration needs on this machine, whether this process has it or not.
    static func needed(by configuration: Configuration) -> UInt64 {
        let user = SystemProcess.effectiveUID
        var limits: [UInt64] = []
        for resource in 0..<ProcessLimit.count { limits.append((try? SystemProcess.limit(resource))?.hard ?? .max) }
        let facts = CapabilityFacts(
            user: Int(user), permitted: .max, ambient: Capabilities.ambient, hardLimits: limits,
            hasGateway: GatewaySetup(configuration)?.isPossible ?? false,
            isOwn: { path in
                // Devices are inherited, or open to everyone.
                if path.bytes.starts(with: "/dev/".bytes) || path.bytes.starts(with: "/proc/".bytes) { return true }
                if let file = Executable(at: path), file.owner != user { return false }
                guard let folder = Executable(at: Directory.split(path).folder) else { return true }
                return folder.owner == user
            })
        return configuration.neededCapabilities(facts, SystemSurroundings())
    }

    /// Drops the others. A restart can't bring dropped ones back: then this reports what is missing.
    func shed(_ configuration: Configuration, _ log: SupervisorLog) {
        let wish = configuration.supervisord.initCapabilities
        let own = Capabilities.permitted
        if wish.isAll, own == original { return }
        let wanted = wish.isAll ? original : Self.needed(by: configuration) | wish.extra
        let missing = wanted & original & ~own
        if missing != 0 {
            log.warn(
                "init gave up \(Capabilities.names(missing)) at its start (init_capabilities=) and the new configuration "
                    + "needs it: it takes a new start of the container")
        }
        guard !wish.isAll, own & ~wanted != 0 else { return }
        do throws(Errno) {
            try Capabilities.keep(wanted)
            log.info("init keeps \(Capabilities.names(own & wanted)) of its capabilities")
        } catch {
            log.critical("init couldn't drop its capabilities: \(error.description)")
        }
    }
}
