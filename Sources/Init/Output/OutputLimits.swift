/// All limits of the handling of output, with their reasons.
enum OutputLimits {
    /// Bytes of one read: the capacity of a pipe, so that one call empties a flooded pipe.
    static let read = 65536
    /// The capacity of a pipe once a program has filled it: the program can continue while its last output is being
    /// written. The same for a pipe on stdout, whose reader is then woken a quarter as often.
    static let floodedPipe = 262_144
    /// A read of this many bytes means that the program floods its pipe: a quarter of the pipe's capacity.
    static let bulk = 16384
    /// So many reads of less than `batched` before one that is bulk mean that the bulk consists of small pieces, too.
    static let pieces: Int16 = 16
    /// A flooded pipe with this many bytes makes its program wait, or soon will.
    static let almostFull = floodedPipe * 7 / 8
    /// A flood is over if its pipe is almost empty this often in a row when it is due, or almost full: once doesn't mean
    /// much.
    static let extremes: UInt8 = 2
    /// If it was almost full, the program is too fast for the clock; and probably still is after a few more pieces.
    static let piecesOfTooFast: Int16 = -1000
    /// Small writes to a stream are combined up to this many bytes; a larger one is written by itself.
    static let batch = 16384
    static let batched = 4096
    /// Bytes of a flooded pipe that are always read instead of spliced, so that `tail` can show them.
    static let unspliced = tail
    /// Fewer bytes are not worth a splice.
    static let spliced = 16384
    /// Splices of one program in a row before its pipe is read: `tail` shows something of an endless flood.
    static let splicesInARow: Int8 = 64
    /// Full reads of one program in a row before others have their turn.
    static let readsPerTurn = 4
    /// Bytes of an unfinished line that wait for its end before they go to a shared stream. A longer line is written in
    /// pieces. Container runtimes split lines at this size, too.
    static let unfinishedLine = 16384
    /// Bytes of one line after which other programs that wait may write in between: 16 MB.
    static let heldLine = 16 << 20
    /// How long a program must be silent before the start of a line is written without its end, and before a long line
    /// no longer blocks others. The check runs once a second, so it takes one to two seconds.
    static let silenceMilliseconds = 1000
    /// Bytes kept in memory for a program that has no log file, so that `ctl tail` shows something.
    static let tail = 8192
    /// Readers of `tail -f` and `logs -f` in total: each is a descriptor, and `logs -f` takes two for a program.
    static let followers = 256
    /// Channels of dead programs that wait for a stalled stream, in total: each is a descriptor and a pipe.
    static let lingering = 256
    /// How many of a program's earlier pipes are read because other processes still hold them: a program that leaves a
    /// process behind at each start must not use up descriptors. The oldest is closed first.
    static let leftBehind = 2
    /// How long, and how many bytes of it, output of processes that were left behind is read once the program has
    /// started again: enough for a worker to finish its current job.
    static let leftBehindMilliseconds = 300_000
    static let leftBehindBytes = 64 << 20
    /// Pipes in total that are read within these limits: each is a descriptor.
    static let leftBehindTotal = 512
    /// Bytes of the supervisor's own lines that wait for a stalled stdout.
    static let ownLines = 65536
    /// The same while init is short of memory; also applies to syslog, to late logs and to the stdin of a program.
    static let ownLinesInShortage = 4096
    /// Bytes for one log that wait while its file system doesn't answer. `FileSink` names the number.
    static let lateLog = 65536
    /// Bytes of the supervisor's own lines that are kept until its log is open.
    static let earlyLines = 65536
    /// How many sources a stream serves before the event loop has its turn.
    static let sourcesPerTurn = 16
    /// Bytes that wait for a syslog daemon, whose queue holds ten lines.
    static let syslog = 262_144
    /// The time between attempts to reopen a log file.
    static let reopenMilliseconds = 1000
    /// Bytes that one read (of empty lines) may grow to if every line gets a prefix: 1 MB.
    static let prefixed = 1 << 20
    /// Backups up to this number are tried by name; for more, the folder is listed.
    static let probedBackups = 64
}
