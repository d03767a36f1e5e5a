/// Every limit of what happens to bytes of programs, with its reason.
enum OutputLimits {
    /// Bytes of one read: what a pipe holds, so that a flooded pipe is emptied by one call.
    static let read = 65536
    /// What a pipe may hold once a program has filled it: it then writes while its last output is on its way.
    static let floodedPipe = 262_144
    /// Bytes of a read from which on a program floods its pipe: a quarter of what that holds.
    static let bulk = 16384
    /// Small writes to a stream go together, up to so many bytes; a larger one goes by itself.
    static let batch = 16384
    static let batched = 4096
    /// Bytes of a flooded pipe that are never spliced, so that they are looked at: `tail` shows them.
    static let unspliced = tail
    /// Fewer are not worth a splice.
    static let spliced = 16384
    /// Splices of one program in a row before it is read again: `tail` shows something of a flood that doesn't end.
    static let splicesInARow = 64
    /// Full reads of one program in a row, before the others have their turn.
    static let readsPerTurn = 4
    /// Bytes of an unfinished line that wait for its end before they go to a stream that programs share. A longer
    /// line goes in pieces. Container runtimes cut lines at this size as well.
    static let unfinishedLine = 16384
    /// Bytes of one line after which others may write in between, when they wait: 16 MB.
    static let heldLine = 16 << 20
    /// How long a program is silent before the start of a line goes without its end, and before a long line no
    /// longer keeps others waiting: once a second it is looked at, so it takes one to two seconds.
    static let silenceMilliseconds = 1000
    /// Bytes kept in memory for a program that has no log file, so that `ctl tail` shows something.
    static let tail = 8192
    /// Readers of `tail -f` and `logs -f` in total: each is a descriptor, and `logs -f` takes two for a program.
    static let followers = 256
    /// Channels of dead programs that wait for a stalled stream, in total: each is a descriptor and a pipe.
    static let lingering = 256
    /// Generations of a program's pipes that are read after their processes have ended, because others hold them: a program that
    /// leaves somebody behind at each start must not use up descriptors. The oldest is closed first.
    static let leftBehind = 2
    /// How long, and how many bytes of it, who was left behind is read once the program has started again: time enough for a
    /// worker to finish what it has begun.
    static let leftBehindMilliseconds = 300_000
    static let leftBehindBytes = 64 << 20
    /// Pipes in total that are read within these limits: each is a descriptor.
    static let leftBehindTotal = 512
    /// Bytes of the supervisor's own lines that wait for a stalled stdout.
    static let ownLines = 65536
    /// The same while init is short of memory, and for syslog and the stdin of one program.
    static let ownLinesInShortage = 4096
    /// Bytes of the supervisor's own lines before its log is open.
    static let earlyLines = 65536
    /// Sources that a stream takes from before the event loop has its turn.
    static let sourcesPerTurn = 16
    /// Bytes that wait for a syslog daemon, which takes ten lines at a time.
    static let syslog = 262_144
    /// Between attempts to open a log file again that could not be opened.
    static let reopenMilliseconds = 1000
    /// Bytes that one read may become when every line gets a prefix (a read of empty lines): 1 MB.
    static let prefixed = 1 << 20
    /// Backups up to which each name is tried; for more the folder is listed.
    static let probedBackups = 64
}
