/// What events may take of PID 1's memory, and why.
public enum EventLimits {
    /// Bytes of payload that one pool keeps, in addition to its `buffer_size`: 16 MB. supervisord has no such bound;
    /// there, a pool with `buffer_size=1000` and PROCESS_LOG keeps 64 MB while its listeners hang. At least one event
    /// is always kept.
    public static let poolBytes = 16 << 20
    /// Bytes of text between the tags of PROCESS_COMMUNICATION, whatever `*_capture_maxbytes` says: 4 MB, so that its
    /// payload stays below `poolBytes` even where each byte becomes `\xff`.
    public static let capture = 4 << 20
    /// An event with more than this many bytes of a program's output requires a check for memory first: there are
    /// copies of it, and a byte may become `\xff`.
    public static let small = 1024
    /// Bytes of type and data of one `sendRemoteCommEvent`: 4 MB, as for one event of a program. supervisord has no
    /// such bound.
    public static let remote = 4 << 20
    /// Readers of `reeve.events` in total: each costs a descriptor. The gateway uses one for all its clients that want
    /// the same events.
    public static let streams = 32
    /// Bytes of events that may wait in such a reader's pipe: 256 KB, if the kernel allows that for this user.
    public static let streamBytes = 262_144
    /// Bytes of a listener's result line: `RESULT `, a number and a newline are far fewer.
    static let resultLine = 256
    /// Seconds until init tries again to write to a listener that is READY but hasn't read what was sent before.
    static let stalledSeconds = 1
    /// The longest time in seconds between two looks at the wall clock while TICKs are wanted: a change of the clock
    /// shows within it.
    static let tickSeconds = 60
}
