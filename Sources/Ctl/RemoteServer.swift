import Host
import Kernel
import Supervise

/// The gateway executable in client mode, as a child process: it translates between this session and a server that is
/// reachable only over HTTP. It exits with the last reference.
final class TranslatorProcess {
    private let pid: Int32

    private init(pid: Int32) { self.pid = pid }

    deinit {
        // It has nothing to lose, and may be waiting for an answer that is no longer wanted.
        try? SystemProcess.signal(pid, Signal.kill.number)
        _ = try? Reaper.wait(for: pid)
    }

    /// - Returns: the process, and the client whose requests it translates.
    static func start(
        _ executable: String, url: OutputText, _ credentials: Login?
    ) throws(CtlError) -> (TranslatorProcess, ControlClient) {
        let process: TranslatorProcess
        let client: ControlClient
        do throws(Errno) {
            let pair = try UnixSocket.Pair()
            // There is nothing else to do until an answer arrives.
            try File.setBlocking(pair.own.number)
            process = TranslatorProcess(pid: try spawn(executable, pair.other.number))
            client = ControlClient(connected: pair.own)
        } catch {
            throw .refused("OSError", "[Errno \(Int(error.number))] \(error.text): \(executable)")
        }
        var parameters: [Value] = [.string(url.bytes)]
        if let credentials { parameters += [.string(credentials.username), .string(credentials.password)] }
        do throws(ControlError) {
            _ = try client.call(TranslatorProtocol.begin, parameters)
        } catch {
            throw CtlError(error)
        }
        return (process, client)
    }

    /// - Parameter connection: its end.
    private static func spawn(_ executable: String, _ connection: Int32) throws(Errno) -> Int32 {
        let null = try Descriptor.null()
        let stderr = (try? FileStatus(of: 2)) == nil ? null.number : 2
        var request = SpawnRequest(
            path: Array(executable.utf8), arguments: CStringArray([executable, "client"]),
            environment: .ofProcess(),
            descriptors: [
                .init(null.number, as: 0), .init(null.number, as: 1), .init(stderr, as: 2),
                .init(connection, as: TranslatorProtocol.descriptor),
            ])
        // Ctrl-C is for this process; if this process dies from it, the child does through its parent-death signal.
        request.group = .new
        request.deathSignal = Signal.kill.number
        request.noNewPrivileges = true
        do throws(SpawnError) {
            return try Spawn.run(request).pid
        } catch {
            throw error.errno
        }
    }
}

/// What a server may require.
struct Login {
    var username: [UInt8]
    var password: [UInt8]
}

/// Where the gateway executable may be.
struct GatewayPlaces {
    /// The one that the configuration names, the one beside this executable, the one beside the running init's.
    let candidates: [String]

    init(configured: String?) {
        var candidates: [String] = []
        if let configured { candidates.append(configured) }
        for link in ["/proc/self/exe", "/proc/1/exe"] {
            guard let target = File.linkTarget(link), let slash = target.utf8.lastIndex(of: UInt8(ascii: "/")) else {
                continue
            }
            let path = "\(String(target[...slash]))gateway"
            if !candidates.contains(where: { $0.utf8.elementsEqual(path.utf8) }) { candidates.append(path) }
        }
        self.candidates = candidates
    }

    /// The first that exists.
    var found: String? {
        for path in candidates {
            if let executable = Executable(at: path), !executable.isDirectory { return path }
        }
        return nil
    }

    /// `/bin/gateway and /sbin/gateway`.
    var shown: OutputText {
        var text: OutputText = ""
        for (index, path) in candidates.enumerated() { text = "\(text)\(index == 0 ? "" : " and ")\(path)" }
        return text
    }
}
