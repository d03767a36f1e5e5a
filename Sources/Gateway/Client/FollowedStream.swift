import Kernel

/// A stream from the server into a pipe whose other end `ctl` has. What doesn't fit into the pipe stays with the
/// server: nothing is read while there is something to write.
final class FollowedStream {
    /// nil once all of it has been read.
    private var connection: ClientConnection?
    private var waiting: [UInt8]
    private let pipe: Descriptor
    /// Bytes that are read at a time.
    private static let piece = 16 << 10

    enum State {
        /// Wait until this descriptor is readable.
        case reading(Int32)
        /// Wait until the pipe has room.
        case writing
        /// There is nothing more to do.
        case over

        func isReading(_ number: Int32) -> Bool {
            if case .reading(number) = self { return true }
            return false
        }
    }

    /// - Parameter connection: its answer has begun.
    init(_ connection: ClientConnection, into pipe: consuming Descriptor) {
        self.connection = connection
        waiting = connection.reader.takeBody()
        self.pipe = pipe
    }

    /// The writing end of the pipe.
    var number: Int32 { pipe.number }

    var state: State {
        if !waiting.isEmpty { return .writing }
        return connection.map { .reading($0.number) } ?? .over
    }

    /// Reads what is available; call it when the connection is readable.
    func read() {
        guard let connection else { return }
        var bytes = [UInt8](repeating: 0, count: Self.piece)
        let number = connection.number
        let count = bytes.withUnsafeMutableBytes { (try? File.read(number, into: $0)) ?? 0 }
        let reader = connection.reader
        do throws(AnswerReader.AnswerError) {
            try reader.take(bytes[..<count])
        } catch {
            self.connection = nil
        }
        waiting += reader.takeBody()
        // An end that comes too early is an end, too: there is no way to report it.
        if count == 0 || reader.isComplete { self.connection = nil }
        write()
    }

    /// Forwards what has waited; call it when the pipe has room.
    func write() {
        while !waiting.isEmpty {
            var failure: Errno?
            var written: Int?
            waiting.withUnsafeBytes { bytes in
                do throws(Errno) {
                    written = try File.write(pipe.number, bytes)
                } catch {
                    failure = error
                }
            }
            if failure != nil { return giveUp() }
            guard let written, written > 0 else { return }
            waiting.removeFirst(written)
        }
    }

    /// The reader is gone.
    func giveUp() {
        waiting = []
        connection = nil
    }
}
