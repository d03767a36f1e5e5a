import Kernel
import Supervise

/// `ctl probe`: asks a server once, and waits for its answer.
enum Probe {
    /// Prints one line, and returns the exit code: 0 if the answer is as expected, else 1.
    static func run(_ command: ProbeCommand) -> Int32 {
        ProbeDeadline.begin(milliseconds: command.timeout, message: "\(command.late)\n".bytes)
        let (line, isSuccess) = answer(to: command)
        File.print("\(line)\n")
        return isSuccess ? 0 : 1
    }

    /// What the server says, in one line, and whether that is as expected. However long it takes.
    static func answer(to command: ProbeCommand) -> (line: String, isSuccess: Bool) {
        switch ask(command) {
        case .success(let text): ("\(command.written): \(text)".oneLine, true)
        case .failure(let failure): ("\(command.written): \(failure.sentence)".oneLine, false)
        }
    }

    private struct Failure: Error {
        let sentence: String
    }

    private static func ask(_ command: ProbeCommand) -> Result<String, Failure> {
        do throws(Failure) {
            let connection = try connect(command)
            let request = command.request
            if request.isEmpty { return .success("accepts connections") }
            return try talk(command, request, over: connection)
        } catch {
            return .failure(error)
        }
    }

    private static func connect(_ command: ProbeCommand) throws(Failure) -> Descriptor {
        do throws(InetSocket.ConnectError) {
            switch command.target.address {
            case .unix(let path): return try Self.connect(toPath: path)
            case .tcp(let host, let port): return try Self.connect(to: host, port)
            }
        } catch {
            switch error {
            case .kernel(let errno): throw Failure(sentence: "can't connect: \(errno.text)")
            case .unresolved(_, let text):
                let host = command.namedHost(isAddress: InetSocket.isAddress) ?? ""
                throw Failure(sentence: "can't find the address of \(host): \(text)")
            }
        }
    }

    private static func connect(toPath path: String) throws(InetSocket.ConnectError) -> Descriptor {
        do throws(Errno) {
            return try UnixSocket.connect(to: path, kind: .stream, milliseconds: 0)
        } catch {
            throw .kernel(error)
        }
    }

    private static func connect(to host: String, _ port: UInt16) throws(InetSocket.ConnectError) -> Descriptor {
        do throws(Errno) {
            if host == "localhost" { return try InetSocket.connectToLoopback(port: port) }
            if InetSocket.isAddress(host) { return try InetSocket.connect(toAddress: host, port: port) }
        } catch {
            throw .kernel(error)
        }
        return try InetSocket.connect(to: host, port: port)
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
