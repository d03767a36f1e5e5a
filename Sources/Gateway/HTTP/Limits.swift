import NIOCore

/// What a client may cost. All limits are here, each with its reason.
enum Limits {
    /// Bytes of a request's body. The longest sensible ones are input for a program (init keeps 256 KB of it) and a
    /// `system.multicall`; this is ten thousand calls. More is "413".
    static let body = 1 << 20
    /// Bytes of an XML-RPC call: an event of 4 MB (`EventLimits.remote`), some of whose characters are written as
    /// `&lt;`.
    static let call = 6 << 20
    /// Bytes of all bodies together that are being received or handled, except those within `smallBody`.
    static let allBodies = 16 << 20
    /// Bytes of a body that is always accepted.
    static let smallBody = 16 << 10
    /// Bytes of an answer that is made at once: the state of ten thousand programs.
    static let answer = 40 << 20
    /// Bytes of a log that are answered at once; more go piece by piece, with only one of them in memory.
    static let logAtOnce = 64 << 10
    /// Bytes of the results of a multicall, before they become XML, which is up to five times as long: they are kept
    /// until the last one has arrived.
    static let results = 8 << 20
    /// Bytes of all answers together that clients haven't read yet; while there are more, a further one is "503".
    static let allAnswers = 64 << 20
    /// Bytes of an answer that is always sent, and not counted.
    static let smallAnswer = 4 << 10
    /// Bytes of an answer about all programs that is kept for a second, for other clients with the same request.
    static let keptAnswer = 2 << 20
    /// Bytes of an answer that are written to the socket at once, and copied for that.
    static let piece = 256 << 10
    /// Between two pieces of long work: the loop serves its sockets meanwhile.
    static let betweenPieces = TimeAmount.microseconds(50)
    /// Bytes of a stream that the client hasn't read yet: some lines of a log, some hundred events.
    static let streamBuffer = 128 << 10
    /// The limit of streams: half of the connections stay for others. More are "503".
    static let streams = 128
    /// Bytes of the headers of a request, and of one of them.
    static let headers = 16 << 10
    static let header = 8 << 10
    static let headerCount = 100
    /// The limit of connections; each costs about 15 KB. A further one takes the place of an idle one; if there is none
    /// it waits in the backlog.
    static let connections = 2048
    /// Of these, the reserve for when the others are taken: probes get through, and half of it is for requests that
    /// wait to be handled.
    static let reserve = 64
    /// How long all must be taken before the reserve is used: in a rush of short requests there is room again earlier.
    static let fullPatience = TimeAmount.milliseconds(100)
    /// How long a client may be idle when there are too many: after connecting; after its last answer; from the first
    /// byte of a request to the last.
    static let silencePatience = TimeAmount.seconds(2)
    static let idlePatience = TimeAmount.seconds(1)
    static let receivingPatience = TimeAmount.seconds(5)
    /// Wrong passwords of one peer that are checked without a pause: for a user who has several and tries them all.
    static let freeGuesses = 10
    /// From then on one is checked per this interval, and forgiving one takes as long: at most 86,400 a day.
    static let guessPause = TimeAmount.seconds(1)
    /// Passwords that wait for their check, of one peer and in all: each keeps a connection. More are "429".
    static let waitingGuesses = 16
    static let allWaitingGuesses = 64
    /// Peers whose wrong passwords are remembered; the one that is closest to being forgiven makes room for a further
    /// one.
    static let guessingPeers = 4096
    /// Between two log lines about such peers.
    static let guessLines = TimeAmount.seconds(10)
    /// Connections that the kernel keeps until they are accepted, as in init. A further client waits: on TCP for at
    /// least a second, until the kernel tries again.
    static let backlog: Int32 = 1024
    /// From the first byte of a request to its last (from the connection, for the first request).
    static let request = TimeAmount.seconds(30)
    /// The time that a client has for reading a piece of its answer.
    static let piecePatience = TimeAmount.seconds(60)
    /// The time for which bytes are discarded that a client still sends after its answer, so that it can read the
    /// answer: closing at once would make the kernel reset the connection.
    static let lingering = TimeAmount.seconds(2)
}

/// Bytes that all clients use together.
final class Budget {
    private let limit: Int
    private var used = 0

    init(limit: Int) { self.limit = limit }

    /// False: not now.
    func take(_ bytes: Int) -> Bool {
        guard used + bytes <= limit else { return false }
        used += bytes
        return true
    }

    func giveBack(_ bytes: Int) { used -= bytes }
}
