import Kernel
import Supervise

extension Server {
    /// The server to command: `-s`, else CTL_SOCKET, else what the configuration says, else the default sockets.
    static func find(_ options: Options, program: [UInt8]) throws(Options.Mistake) -> Server {
        if let url = options.serverURL { return Server(url: url, origin: "-s") }
        if let path = CStringArray.ofProcess().value(of: "CTL_SOCKET"), !path.isEmpty {
            return Server(places: [Place(path: path.text, origin: "CTL_SOCKET")])
        }
        let paths = ControlSocket.paths(configured: nil, server: nil, user: Int(Process.uid))
        return Server(places: paths.map { Place(path: $0, origin: "default") })
    }

    var prompt: Text { "supervisor" }
}
