public import Kernel
public import Supervise

/// Asks a server once: `ctl probe`, and the health checks that init makes in a child of its own.
public enum Probe {
    /// Connects to a server whose host is neither an address nor this machine; returns what is wrong, or the connection.
    ///
    /// init can't look names up: that code is as large as all of the rest of a probe.
    public typealias Connect = (_ host: String, _ port: UInt16) -> Connection

    public enum Connection: ~Copyable {
        case made(Descriptor)
        case failed(String)
    }

    /// Prints one line, and returns the exit code: 0 if the answer is as expected, else 1.
    public static func run(_ command: ProbeCommand, connectByName: @escaping Connect) -> Int32 {
        ProbeDeadline.begin(milliseconds: command.timeout, message: "\(command.late)\n".bytes)
        switch ask(command, connectByName) {
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

    private static func ask(_ command: ProbeCommand, _ connectByName: Connect) -> Result<String, Failure> {
        do throws(Failure) {
            let connection = try connect(to: command.target.address, connectByName)
            let request = command.request
            if request.isEmpty { return .success("accepts connections") }
            return try talk(command, request, over: connection)
        } catch {
            return .failure(error)
        }
    }

    private static func connect(
        to address: ProbeTarget.Address, _ connectByName: Connect
    ) throws(Failure) -> Descriptor {
        switch address {
        case .unix(let path):
            do throws(Errno) {
                return try UnixSocket.connect(to: path, kind: .stream, milliseconds: 0)
            } catch {
                throw Failure(sentence: "can't connect: \(error.text)")
            }
        case .tcp("localhost", let port):
            do throws(Errno) {
                return try InetSocket.connectToLoopback(port: port)
            } catch {
                throw Failure(sentence: "can't connect: \(error.text)")
            }
        case .tcp(let host, let port) where InetSocket.isAddress(host):
            do throws(Errno) {
                return try InetSocket.connect(toAddress: host, port: port)
            } catch {
                throw Failure(sentence: "can't connect: \(error.text)")
            }
        case .tcp(let host, let port):
            switch connectByName(host, port) {
            case .made(let connection): return connection
            case .failed(let sentence): throw Failure(sentence: sentence)
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
