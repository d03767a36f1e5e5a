import Kernel

/// Where a URL of `serverurl=` leads, read as supervisorctl reads it.
enum ServerAddress: Equatable {
    case unix(path: String)
    case inet(host: String, port: UInt16)

    /// - Parameter url: `unix:///path` or `http://host[:port]`; ignores what follows, as supervisorctl does.
    init(url: String) throws(ClientError) {
        if url.hasPrefix("unix://") {
            self = .unix(path: String(url.dropFirst(7)))
            return
        }
        guard url.hasPrefix("http://") else {
            throw .exception("ValueError", "Unknown protocol for serverurl \(url)")
        }
        let authority = url.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A user in the URL doesn't authenticate: `username=` does.
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        var host = place
        var port: Substring = ""
        if place.first == "[", let end = place.firstIndex(of: "]") {
            host = place[place.index(after: place.startIndex)..<end]
            port = place[place.index(after: end)...].drop { $0 == ":" }
        } else if let colon = place.firstIndex(of: ":") {
            host = place[..<colon]
            port = place[place.index(after: colon)...]
        }
        guard port.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
            throw .exception("ValueError", "Port could not be cast to integer value as '\(port)'")
        }
        guard let number = port.isEmpty ? 80 : UInt16(port) else {
            throw .exception("ValueError", "Port out of range 0-65535")
        }
        self = .inet(host: host.lowercased(), port: number)
    }

    /// The value of `Host`.
    var host: String {
        switch self {
        case .unix: "localhost"
        case .inet(let host, let port): (host.contains(":") ? "[\(host)]" : host) + (port == 80 ? "" : ":\(port)")
        }
    }

    func connect() throws(ClientError) -> Descriptor {
        switch self {
        case .unix(let path):
            do throws(Errno) {
                return try UnixSocket.connect(to: path, kind: .stream, milliseconds: 0)
            } catch {
                throw .unreachable(error)
            }
        case .inet(let host, let port):
            do throws(InetSocket.ConnectError) {
                return try InetSocket.connect(to: host, port: port)
            } catch {
                switch error {
                case .kernel(let errno): throw .unreachable(errno)
                case .unresolved(let code, let text): throw .exception("socket.gaierror", "[Errno \(code)] \(text)")
                }
            }
        }
    }
}
