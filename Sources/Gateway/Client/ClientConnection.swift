import Kernel
import NIOHTTP1

/// A connection to an HTTP server, for one exchange at a time. It blocks: its user has nothing else to do.
final class ClientConnection {
    private let socket: Descriptor
    let reader = AnswerReader()

    /// Bytes that are read at a time.
    private static let piece = 64 << 10
    /// Bytes of an answer: the longest that `ctl` takes over the control protocol.
    private static let longestBody = 256 << 20

    init(_ socket: consuming Descriptor) { self.socket = socket }

    /// For a caller that waits for it together with others.
    var number: Int32 { socket.number }

    /// The server hasn't closed it since the last exchange, nor sent what nobody asked for.
    var isAlive: Bool {
        guard let ready = try? File.waitReadable([socket.number], milliseconds: 0) else { return false }
        return !ready.contains(true)
    }

    func send(_ head: HTTPRequestHead, _ body: [UInt8] = []) throws(ClientError) {
        let bytes = reader.request(head, body)
        var done = 0
        while done < bytes.count {
            var failure: Errno?
            bytes.withUnsafeBytes { all in
                do throws(Errno) {
                    done += try File.write(socket.number, UnsafeRawBufferPointer(rebasing: all[done...])) ?? 0
                } catch {
                    failure = error
                }
            }
            if let failure { throw .broken(failure) }
        }
    }

    /// The status line and the headers of the answer. Some of its body may have come with them.
    func head() throws(ClientError) -> HTTPResponseHead {
        var hasBegun = false
        while true {
            if let head = reader.head { return head }
            guard try read() else {
                throw hasBegun ? .exception("http.client.BadStatusLine", "") : .hungUp
            }
            hasBegun = true
        }
    }

    /// - Returns: also whether another request may follow on the connection.
    func body(_ head: HTTPResponseHead) throws(ClientError) -> (bytes: [UInt8], isLasting: Bool) {
        var body = reader.takeBody()
        while !reader.isComplete {
            guard body.count <= Self.longestBody else { throw .tooLong }
            guard try read() else {
                body += reader.takeBody()
                guard reader.isComplete else { throw Self.incomplete(body.count) }
                return (body, false)
            }
            body += reader.takeBody()
        }
        return (body, head.isKeepAlive)
    }

    private static func incomplete(_ count: Int) -> ClientError {
        .exception("http.client.IncompleteRead", "IncompleteRead(\(count) bytes read)")
    }

    /// Gives what is there to the reader; false at the end.
    private func read() throws(ClientError) -> Bool {
        var bytes = [UInt8](repeating: 0, count: Self.piece)
        var result: Result<Int, Errno> = .success(0)
        bytes.withUnsafeMutableBytes { room in
            do throws(Errno) {
                result = .success(try File.read(socket.number, into: room) ?? 0)
            } catch {
                result = .failure(error)
            }
        }
        let count: Int
        switch result {
        case .success(let read): count = read
        case .failure(let errno): throw .broken(errno)
        }
        do throws(AnswerReader.AnswerError) {
            if count > 0 { try reader.take(bytes[..<count]) } else { try reader.end() }
        } catch {
            switch error {
            case .tooLong: throw .tooLong
            // The end before the head has its own words.
            case .head(let line): if count > 0 { throw .exception("http.client.BadStatusLine", line) }
            case .body: throw Self.incomplete(reader.takeBody().count)
            }
        }
        return count > 0
    }
}
