import NIOCore

/// What a client may cost. All of it in one place, each with its reason.
enum Limits {
    /// Bytes of a request's body. The longest that makes sense are input for a program (init keeps 256 KB of it) and a
    /// `system.multicall`; this is ten thousand calls. More is "413".
    static let body = 1 << 20
    /// Bytes of a call of XML-RPC: an event of 4 MB (`EventLimits.remote`), some of whose characters are written as `&lt;`.
    static let call = 6 << 20
    /// Bytes of all bodies together that are being received or worked on, those of `smallBody` not counted.
    static let allBodies = 16 << 20
    /// Bytes of a body that is always taken.
    static let smallBody = 16 << 10
    /// Bytes of one answer that is made at once: the state of ten thousand programs.
    static let answer = 40 << 20
    /// Bytes of a log that are made an answer at once; more go piece by piece, with only one of them in memory.
    static let logAtOnce = 64 << 10
    /// Bytes of the results of a multicall, before they are XML, which is up to five times as long: they are kept until the
    /// last one is there.
    static let results = 8 << 20
    /// Bytes of all answers together that clients haven't taken yet; a further one is "503" while there are more.
    static let allAnswers = 64 << 20
    /// Bytes of an answer that is always given, and not counted.
    static let smallAnswer = 4 << 10
    /// Bytes of an answer about all programs that is kept for a second, for others who ask the same.
    static let keptAnswer = 2 << 20
    /// Bytes of an answer that are given to the socket at once: that much is copied.
    static let piece = 256 << 10
    /// Between two pieces of long work: the loop looks at its sockets meanwhile.
    static let betweenPieces = TimeAmount.microseconds(50)
    /// Bytes of a stream that the client hasn't taken yet: some lines of a log, some hundred events.
    static let streamBuffer = 128 << 10
    /// Streams at a time: half of the connections stay for others. More are "503".
    static let streams = 128
    /// Bytes of the headers of a request, and of one of them.
    static let headers = 16 << 10
    static let header = 8 << 10
    static let headerCount = 100
    /// Connections at a time; each costs some 15 KB. Room for a further one is made by closing one that has been doing nothing;
    /// where there is none it waits in the backlog.
    static let connections = 2048
    /// Of these, for when the others are taken: probes get through, and half of it is for requests that wait to be worked on.
    static let reserve = 64
    /// How long all have to be taken until the reserve is used: in a rush of short requests there is room again before.
    static let fullPatience = TimeAmount.milliseconds(100)
    /// How long a client may do nothing, where there are too many: after its connection; after its last answer; from the
    /// first byte of a request to the last.
    static let silencePatience = TimeAmount.seconds(2)
    static let idlePatience = TimeAmount.seconds(1)
    static let receivingPatience = TimeAmount.seconds(5)
    /// Wrong passwords of one peer that are looked at without a pause: somebody who has several and tries them all.
    static let freeGuesses = 10
    /// From then on one is looked at in this time, and it takes as long to be forgiven: at most 86,400 a day.
    static let guessPause = TimeAmount.seconds(1)
    /// Passwords that wait to be looked at, of one peer and in all: each is a connection that is kept. More are "429".
    static let waitingGuesses = 16
    static let allWaitingGuesses = 64
    /// Peers whose wrong passwords are remembered; the one that is nearest to being forgiven makes room for a further one.
    static let guessingPeers = 4096
    /// Between two lines in the log about such peers.
    static let guessLines = TimeAmount.seconds(10)
    /// Connections that the kernel keeps until they are accepted, as init has it. A further client waits: at a port for a
    /// second at least, until the kernel tries again.
    static let backlog: Int32 = 1024
    /// From the first byte of a request to its last (from the connection, for the first request).
    static let request = TimeAmount.seconds(30)
    /// In which a client has to take a piece of its answer.
    static let piecePatience = TimeAmount.seconds(60)
    /// For which bytes are thrown away that a client still sends after its answer, so that it gets to read it: closing at
    /// once would make the kernel reset the connection.
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
