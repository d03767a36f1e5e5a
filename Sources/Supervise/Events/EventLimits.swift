/// What events may take of PID 1's memory, with the reasons.
public enum EventLimits {
    /// Bytes of payload that one pool keeps, beyond its `buffer_size`: 16 MB. supervisord has no such bound; a pool with
    /// `buffer_size=1000` and PROCESS_LOG keeps 64 MB there while its listeners hang. One event is kept in any case.
    public static let poolBytes = 16 << 20
    /// Bytes of text between the tags of PROCESS_COMMUNICATION, whatever `*_capture_maxbytes` says: 4 MB, so that its
    /// payload stays below `poolBytes` even where each byte becomes `\xff`.
    public static let capture = 4 << 20
    /// Bytes of a program's output in an event beyond which memory is asked for first: there are copies of it, and a byte
    /// may become `\xff`.
    public static let small = 1024
    /// Bytes of type and data of one `sendRemoteCommEvent`: 4 MB, as much as a program may say in one event. supervisord has no such
    /// bound.
    public static let remote = 4 << 20
    /// Readers of `reeve.events` in total: each is a descriptor. The gateway has one for all its clients that want the same.
    public static let streams = 32
    /// Bytes of events that such a reader may have before it: 256 KB, where the kernel allows that to this user.
    public static let streamBytes = 262_144
    /// Bytes of a listener's result line: `RESULT `, a number and a newline are far fewer.
    static let resultLine = 256
    /// Seconds until a listener is tried again that is READY and doesn't read what was sent before.
    static let stalledSeconds = 1
    /// Longest time in seconds between two looks at the wall clock while somebody waits for TICKs: a clock that was
    /// set shows within it.
    static let tickSeconds = 60
}
