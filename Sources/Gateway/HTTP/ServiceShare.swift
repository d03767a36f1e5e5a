/// What one connection has taken of its server's common limits: bytes of bodies and of answers, and a stream.
struct ServiceShare {
    private let service: Service
    private var body = 0
    private var answer = 0
    private var streams = 0

    init(of service: Service) { self.service = service }

    /// False if there is no room for it now.
    mutating func takeBody(_ bytes: Int) -> Bool {
        guard service.bodies.take(bytes) else { return false }
        body += bytes
        return true
    }

    /// False if there is no room for it now.
    mutating func takeAnswer(_ bytes: Int) -> Bool {
        guard service.answers.take(bytes) else { return false }
        answer += bytes
        return true
    }

    /// False if there are too many streams.
    mutating func takeStream() -> Bool {
        guard service.streams.take(1) else { return false }
        streams += 1
        return true
    }

    mutating func giveBackBody() {
        service.bodies.giveBack(body)
        body = 0
    }

    /// Gives back what the answer has taken, stream or not.
    mutating func giveBackAnswer() {
        service.answers.giveBack(answer)
        answer = 0
        service.streams.giveBack(streams)
        streams = 0
    }
}
