import Kernel
import Supervise

/// Starts the gateway's process: with systemd's protocol for socket activation, and nothing else of this process: no
/// capability, no file, no variable that it doesn't need, and if possible another user.
struct GatewayLauncher {
    /// Its first listening socket; its control connection comes after the last one.
    static let firstSocket = 3
    /// The account that owns nothing, for a missing `/etc/passwd`.
    private static let nobody: UInt32 = 65534

    /// The users that this process can choose for the gateway.
    private enum Choice {
        /// A user of its own.
        case own
        /// That uid doesn't exist in this user namespace; the log has reported it.
        case nobody
        /// This process may not change to another user (no CAP_SETUID, one user in its namespace); the log has reported
        /// it.
        case unchanged
    }
    private var choice = Choice.own

    /// Of the last start.
    private var identity: SpawnRequest.Identity?
    /// Why it doesn't have the wanted user; not logged yet.
    private var reason: String?

    struct LaunchError: Error {
        var sentence: String
    }

    struct Started: ~Copyable {
        /// A gateway on its way to its program.
        let spawning: Spawning
        let lines: GatewayLines
        let connection: Descriptor
    }

    /// Begins a start, without waiting for anything that the child does.
    ///
    /// - Parameter servers: the servers that the sockets belong to.
    mutating func begin(
        _ executable: String, _ servers: [ServerSettings], _ sockets: [BoundSocket], as user: GatewayUser,
        _ output: Output
    ) throws(LaunchError) -> Started {
        let sentence: String
        do throws(Errno) {
            let pair = try UnixSocket.Pair()
            let pipe = try PipeEnds.fromChild()
            let null = try Descriptor.null()
            // Everything that can fail comes before the start.
            let lines = try GatewayLines(pipe.reading, output: output)
            var descriptors = [
                SpawnRequest.Passed(null.number, as: 0), SpawnRequest.Passed(pipe.writing.number, as: 1),
                SpawnRequest.Passed(pipe.writing.number, as: 2),
            ]
            var number = Int32(clamping: Self.firstSocket)
            for socket in sockets {
                descriptors.append(SpawnRequest.Passed(socket.number, as: number))
                number += 1
            }
            descriptors.append(SpawnRequest.Passed(pair.other.number, as: number))
            do throws(SpawnError) {
                var request = SpawnRequest(
                    path: executable.bytes, arguments: CStringArray([executable.bytes]),
                    environment: Self.environment(servers), descriptors: descriptors)
                identity = Self.mayBecomeAnother ? identity(of: user) : nil
                restrict(&request)
                return Started(spawning: try Spawn.begin(request), lines: lines, connection: pair.own)
            } catch {
                lines.finish()
                sentence = error.sentence(for: "gateway")
            }
        } catch {
            sentence = error.description
        }
        throw LaunchError(sentence: sentence)
    }

    private func restrict(_ request: inout SpawnRequest) {
        request.identity = identity
        request.directory = [UInt8(ascii: "/")]
        request.noNewPrivileges = true
        request.capabilities = .nothing
        request.limits = Self.limits()
        request.namesItself = true
        // The gateway exits when its control connection closes; this is for one that hangs.
        request.deathSignal = Signal.kill.number
    }

    /// The gateway runs: logs its user once, if it is not the wanted one.
    mutating func executed(_ log: SupervisorLog) {
        if let reason { log.warn(reason) }
        reason = nil
    }

    /// Changes to a user of its own if possible, else to nobody, else keeps init's.
    ///
    /// - Returns: true if the next start differs, and may succeed.
    mutating func adapts(to failure: SpawnError) -> Bool {
        guard let identity, Self.isForbidden(failure) else { return false }
        let why = "\(failure.sentence(for: "gateway")) (\(failure.errno.name))"
        if choice == .own, failure.errno == .invalid {
            choice = .nobody
            reason =
                "the gateway runs as nobody instead of uid \(identity.uid), so programs with user=nobody can signal it: "
                + "\(why). Set gateway_user= to a user of this container that no program uses"
        } else {
            choice = .unchanged
            let who = SystemProcess.uid == 0 ? "root" : "init's own user"
            reason = "the gateway runs as \(who), without capabilities: \(why)"
        }
        return true
    }

    /// Names of sections, joined by colons; their own colons (`inet_http_server:x`) become dots.
    private static func environment(_ servers: [ServerSettings]) -> CStringArray {
        var names = "LISTEN_FDNAMES=".bytes
        for server in servers {
            for byte in server.section.bytes { names.append(byte == UInt8(ascii: ":") ? UInt8(ascii: ".") : byte) }
            names.append(UInt8(ascii: ":"))
        }
        names.append(contentsOf: "control".bytes)
        // Swift's runtime ends a process that can't find its own files, which takes /proc: this tells it not to look.
        let backtrace = "SWIFT_BACKTRACE=enable=no,swift-backtrace=/".bytes
        var variables = [
            backtrace, names, "LISTEN_PID=0000000000".bytes, "LISTEN_FDS=\(servers.count + 1)".bytes,
        ]
        let own = CStringArray.ofProcess()
        for name in ["PATH", "TZ", "LANG"] {
            if let value = own.value(of: name) { variables.append("\(name)=".bytes + value) }
        }
        return CStringArray(variables)
    }

    /// Bytes: several times what all its clients together can make it keep (64 MB of answers; `Limits` in
    /// Sources/Gateway).
    private static let mostMemory: UInt64 = 512 << 20
    /// Its 2,048 connections, a log or a pipe for some of them, and its own needs.
    private static let mostDescriptors: UInt64 = 4096

    /// Only these limits, and no core file, which would hold passwords.
    private static func limits() -> [SpawnRequest.Limit] {
        var limits: [SpawnRequest.Limit] = []
        for (resource, most) in [
            (ProcessLimit.data, mostMemory), (ProcessLimit.openFiles, mostDescriptors), (ProcessLimit.core, 0),
        ] {
            let hard = min(most, (try? SystemProcess.limit(resource))?.hard ?? most)
            limits.append(SpawnRequest.Limit(resource, soft: hard, hard: hard))
        }
        return limits
    }

    /// No capability check for root: if root lacks one, that deserves a warning.
    private static var mayBecomeAnother: Bool {
        let needed = Capability.setuid.bit | Capability.setgid.bit
        return SystemProcess.uid == 0 || Capabilities.permitted & needed == needed
    }

    /// nil: no other user than init's.
    private func identity(of user: GatewayUser) -> SpawnRequest.Identity? {
        switch choice {
        case .unchanged: return nil
        case .nobody: return Self.nobodyElse()
        case .own: break
        }
        if let account = user.account, let record = UserIdentity(account), record.uid != 0 {
            return SpawnRequest.Identity(uid: record.uid, gid: record.gid, groups: [record.gid])
        }
        let id = UInt32(clamping: user.free)
        return SpawnRequest.Identity(uid: id, gid: id, groups: [id])
    }

    private static func nobodyElse() -> SpawnRequest.Identity {
        let record = UserIdentity(.name("nobody"))
        var uid = record?.uid ?? nobody
        if uid == 0 { uid = nobody }
        let gid = record?.gid ?? nobody
        return SpawnRequest.Identity(uid: uid, gid: gid, groups: [gid])
    }

    /// EINVAL: a user that doesn't exist in this user namespace.
    private static func isForbidden(_ failure: SpawnError) -> Bool {
        guard failure.errno == .notPermitted || failure.errno == .invalid else { return false }
        switch failure.stage {
        case .setgroups, .setgid, .setuid: return true
        default: return false
        }
    }
}
