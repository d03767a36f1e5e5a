import CLinux

/// A pipe, both ends close-on-exec.
@frozen
public struct PipeEnds: ~Copyable {
    public let reading: Descriptor
    public let writing: Descriptor

    private init(reading: consuming Descriptor, writing: consuming Descriptor) {
        self.reading = reading
        self.writing = writing
    }

    /// For a child's output: reading never waits, writing does.
    public static func fromChild() throws(Errno) -> PipeEnds {
        let pipe = try both()
        _ = try valueOrErrno { linux_mark_new_pipe(pipe.reading.number) }
        return pipe
    }

    /// For a child's input, or for a follower of a log: writing never waits, reading does.
    public static func toReader() throws(Errno) -> PipeEnds {
        let pipe = try both()
        _ = try valueOrErrno { linux_mark_new_pipe(pipe.writing.number) }
        return pipe
    }

    /// For a pipe that may never be written to: `markWriting` comes before the first write.
    public static func toReaderLater() throws(Errno) -> PipeEnds { try both() }

    /// From now on, writing to this end, the only one of its description, never waits.
    public static func markWriting(_ end: Int32) { _ = linux_mark_new_pipe(end) }

    private static func both() throws(Errno) -> PipeEnds {
        var ends: (Int32, Int32) = (-1, -1)
        var failure: Errno?
        withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { ends in
                do throws(Errno) {
                    _ = try valueOrErrno { linux_pipe(ends) }
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return PipeEnds(reading: Descriptor(owning: ends.0), writing: Descriptor(owning: ends.1))
    }

    /// The default capacity of a pipe, in bytes.
    public static let usualCapacity = 65536

    /// Gives the pipe at least this capacity, in bytes; false if the user's limits don't allow it. The kernel allocates
    /// memory only for its content.
    @discardableResult
    public static func widen(_ end: Int32, to capacity: Int) -> Bool {
        linux_widen_pipe(end, Int32(clamping: capacity)) >= 0
    }

    /// Makes a user the owner of the pipe, so that it can also be opened by a path such as `/dev/stdout`.
    public static func give(_ end: Int32, uid: UInt32, gid: UInt32) {
        _ = fchown(end, uid, gid)
    }

    /// Bytes in a pipe that can be read now.
    public static func waiting(_ reading: Int32) -> Int {
        max(Int(linux_readable_bytes(reading)), 0)
    }
}

extension File {
    /// Calls on this open file description return EAGAIN instead of waiting, for every process that shares it.
    public static func setNonblocking(_ number: Int32) throws(Errno) {
        _ = try valueOrErrno { linux_set_nonblocking(number, 1) }
    }

    /// Undoes `setNonblocking`.
    public static func setBlocking(_ number: Int32) throws(Errno) {
        _ = try valueOrErrno { linux_set_nonblocking(number, 0) }
    }
}
