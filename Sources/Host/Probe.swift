import Kernel
public import Supervise

/// Asks a server once: `ctl probe`, and the health checks that init makes in a child of its own.
public enum Probe {
    /// Prints one line, and returns the exit code: 0 if the answer is as expected, else 1.
    public static func run(_ command: ProbeCommand) -> Int32 {
        ProbeDeadline.begin(milliseconds: command.timeout, message: "\(command.late)\n".bytes)
        switch ask(command) {
        case .success(let text): return say("\(command.written): \(text)", code: 0)
        case .failure(let failure): return say("\(command.written): \(failure.sentence)", code: 1)
        }
    }

    private static func say(_ line: String, code: Int32) -> Int32 {
        File.print("\(line.oneLine)\n")
        return code
    }

    private struct Failure: Error {
        let sentence: String
    }

    private static func ask(_ command: ProbeCommand) -> Result<String, Failure> {
        do throws(Failure) {
            let connection = try connect(to: command.target.address)
            let request = command.request
            if request.isEmpty { return .success("accepts connections") }
            return try talk(command, request, over: connection)
        } catch {
            return .failure(error)
        }
    }

    private static func connect(to address: ProbeTarget.Address) throws(Failure) -> Descriptor {
        switch address {
        case .unix(let path):
            do throws(Errno) {
                return try UnixSocket.connect(to: path, kind: .stream, milliseconds: 0)
            } catch {
                throw Failure(sentence: "can't connect: \(error.text)")
            }
        case .tcp(let host, let port):
            do throws(InetSocket.ConnectError) {
                return try InetSocket.connect(to: host, port: port)
            } catch {
                switch error {
                case .kernel(let errno): throw Failure(sentence: "can't connect: \(errno.text)")
                case .unresolved(_, let text): throw Failure(sentence: "can't find the address of \(host): \(text)")
                }
            }
        }
    }

    private static func talk(
        _ command: ProbeCommand, _ request: [UInt8], over connection: borrowing Descriptor
    ) throws(Failure) -> Result<String, Failure> {
        var sent = 0
        while sent < request.count {
            guard let count = request[sent...].withUnsafeBytes({ try? File.write(connection.number, $0) }) else {
                throw Failure(sentence: "the connection broke: \(Errno.last.text)")
            }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            guard let count = buffer.withUnsafeMutableBytes({ try? File.read(connection.number, into: $0) }) else {
                throw Failure(sentence: "the connection broke: \(Errno.last.text)")
            }
            answer += buffer[..<count]
            switch command.verdict(answer, isComplete: count == 0) {
            case .incomplete: continue
            case .good(let text): return .success(text)
            case .bad(let sentence): return .failure(Failure(sentence: sentence))
            }
        }
    }
}
