import CLinux

/// Changes in folders: inotify(7).
public struct FolderWatch: ~Copyable {
    /// What has happened in a folder, or to it.
    public struct Event {
        public enum Kind: Equatable, Sendable {
            /// A file that was open for writing was closed.
            case written
            /// Something was created here, or moved here.
            case arrived
            /// Something was deleted, or moved away.
            case left
            /// The folder itself was deleted or moved.
            case moved
            /// The number is not valid any more.
            case ended
            /// The kernel has dropped events.
            case overflow
        }

        public let kind: Kind
        /// Of the folder; -1 for `overflow`.
        public let number: Int32
        /// In the folder; empty if it is about the folder.
        public let name: [UInt8]
    }

    public let descriptor: Int32
    private static let headSize = 16
    /// Bytes of one call: the longest event has 16 and a name of 255 with its zero.
    private static let bufferSize = 4096
    /// Calls of one turn, so that a flood of changes blocks nothing.
    private static let portion = 4

    /// - Throws: EMFILE if this user has too many (`fs.inotify.max_user_instances`).
    public init() throws(Errno) {
        descriptor = try valueOrErrno { linux_watch_create() }
    }

    deinit { Descriptor.close(descriptor) }

    /// Begins to watch a folder; the number of one that is watched already is the same again.
    ///
    /// - Throws: ENOENT, ENOTDIR, ENOSPC (`fs.inotify.max_user_watches`); see also `Errand.isLate`.
    public borrowing func add(_ folder: String) throws(Errno) -> Int32 {
        var number: Int32 = -1
        let error = linux_watch_add(descriptor, folder, Errand.patience, &number)
        if error != 0 { throw Errno(number: error) }
        return number
    }

    public borrowing func remove(_ number: Int32) { linux_watch_remove(descriptor, number) }

    /// What has happened since the last call, or the first part of it.
    public borrowing func read() -> [Event] {
        var events: [Event] = []
        var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
        for _ in 0..<Self.portion {
            let count = buffer.withUnsafeMutableBytes { (try? File.read(descriptor, into: $0)) ?? 0 }
            guard count > 0 else { break }
            Self.parse(buffer[..<count], into: &events)
        }
        return events
    }

    /// struct inotify_event: the number, the mask, a cookie, the length of what follows, and a name with zeros at its end.
    private static func parse(_ bytes: ArraySlice<UInt8>, into events: inout [Event]) {
        var rest = bytes
        while rest.count >= headSize {
            let (number, mask, size) = (word(rest, 0), word(rest, 4), Int(word(rest, 12)))
            guard rest.count - headSize >= size else { return }
            let name = rest.dropFirst(headSize).prefix(size).prefix { $0 != 0 }
            for (bits, kind) in kinds where mask & bits != 0 {
                events.append(Event(kind: kind, number: Int32(bitPattern: number), name: Array(name)))
            }
            rest = rest.dropFirst(headSize + size)
        }
    }

    private static var kinds: [(bits: UInt32, kind: Event.Kind)] {
        [
            (UInt32(linux_watch_written), .written), (UInt32(linux_watch_arrived), .arrived),
            (UInt32(linux_watch_left), .left), (UInt32(linux_watch_moved), .moved),
            (UInt32(linux_watch_ended), .ended), (UInt32(linux_watch_overflow), .overflow),
        ]
    }

    private static func word(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
        var word: UInt32 = 0
        for byte in bytes.dropFirst(offset).prefix(4).reversed() { word = word << 8 | UInt32(byte) }
        return word
    }
}
