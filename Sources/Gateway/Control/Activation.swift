import Kernel

/// The sockets that this process inherits, by systemd's protocol for socket activation.
///
/// - Source: sd_listen_fds(3); the last descriptor is the connection to init, named `control`.
struct Activation {
    private static let first: Int32 = 3

    /// Listening sockets, in the order of `reeve.servers()`.
    let servers: [Int32]
    let control: Int32

    struct ActivationError: Error {
        let sentence: String
    }

    init(environment: [String: String], process: Int32) throws(ActivationError) {
        guard let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }) else {
            throw ActivationError(
                sentence: "init starts the gateway when a client connects to an HTTP server; see init(8)")
        }
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == process else {
            throw ActivationError(sentence: "LISTEN_PID is not this process's pid: the sockets are for another process")
        }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard count >= 2, count < 4096, names.last == "control" else {
            throw ActivationError(sentence: "LISTEN_FDNAMES must end with `control`, the connection to init")
        }
        control = Self.first + count - 1
        servers = Array(Self.first..<control)
    }
}
