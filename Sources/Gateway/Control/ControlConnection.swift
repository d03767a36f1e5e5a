import Kernel
import NIOCore
import NIOPosix
import Supervise

/// The private connection to init: many requests in flight, answers in any order.
///
/// Belongs to the loop. When it ends the process does: without init there is nothing to serve.
final class ControlConnection {
    typealias Completion = (ControlAnswer) -> Void

    /// Requests in flight that wait for programs (`wait=True`). init accepts 256 from one client, and keeps 64 answers
    /// for a slow one; neither limit is ever reached.
    private static let mostWaiting = 128
    /// Other requests in flight, which are answered at once.
    private static let mostPrompt = 32
    /// And this many from probes.
    private static let mostUrgent = 64
    /// Requests from probes go before all others, which wait in order.
    private static let urgent: Set = ["supervisor.getState", "reeve.ready"]
    /// Milliseconds after which a request is sent again if init's socket was full.
    private static let retry = TimeAmount.milliseconds(5)

    private struct Question {
        let method: String
        let parameters: [Value]
        let waits: Bool
        let completion: Completion
    }

    private let loop: any EventLoop
    private let socket: SharedDescriptor
    private let termination: SignalQueue
    private var lastID: UInt32 = 0
    private var inFlight: [UInt32: (waits: Bool, completion: Completion)] = [:]
    private var waitingInFlight = 0
    /// Requests that init answers when something happens, possibly never.
    private var standing = 0
    /// Requests that could not be sent yet, each kind in order. There is at most one per connection.
    private var prompt = CircularBuffer<Question>()
    private var waiting = CircularBuffer<Question>()
    private var urgent = CircularBuffer<Question>()
    private var isRetrying = false
    private let ended: (String?) -> Never

    /// - Parameter ended: the connection is over: nil if init has closed it, else the reason.
    init(_ socket: SharedDescriptor, on loop: any EventLoop, ended: @escaping (String?) -> Never) throws(Errno) {
        self.loop = loop
        self.socket = socket
        self.ended = ended
        termination = try SignalQueue([Signal.terminate.number])
        try File.setNonblocking(socket.number)
        let bound = NIOLoopBound(self, eventLoop: loop)
        let reader = ControlReader(connection: socket.number, termination: termination.descriptor.number) { message in
            loop.execute { bound.value.took(message) }
        }
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        thread.submit { _ in reader.run() }
    }

    /// A requested operation isn't complete, such as the first half of a restart.
    var isAtWork: Bool { inFlight.count > standing || !urgent.isEmpty || !prompt.isEmpty || !waiting.isEmpty }

    /// The approximate limit of bytes for all parameters of a request: its packet also holds the names.
    static let largestParameters = Wire.largestPacket - 256

    /// - Parameter waits: init may answer late, when programs have started or stopped.
    func call(_ method: String, _ parameters: [Value] = [], waits: Bool = false, _ completion: @escaping Completion) {
        let question = Question(method: method, parameters: parameters, waits: waits, completion: completion)
        if Self.urgent.contains(method) {
            urgent.append(question)
        } else if waits {
            waiting.append(question)
        } else {
            prompt.append(question)
        }
        sendWhatCanBe()
    }

    /// Requests something that may never happen: the process doesn't stay for it.
    func standBy(_ method: String, _ parameters: [Value], _ completion: @escaping Completion) {
        standing += 1
        call(method, parameters, waits: true) { [self] answer in
            standing -= 1
            completion(answer)
        }
    }

    private func sendWhatCanBe() {
        guard !isRetrying else { return }
        while inFlight.count - waitingInFlight < Self.mostPrompt + Self.mostUrgent, let question = urgent.first {
            guard send(question) else { return }
            _ = urgent.popFirst()
        }
        while inFlight.count - waitingInFlight < Self.mostPrompt, let question = prompt.first {
            guard send(question) else { return }
            _ = prompt.popFirst()
        }
        while waitingInFlight < Self.mostWaiting, let question = waiting.first {
            guard send(question) else { return }
            _ = waiting.popFirst()
        }
    }

    /// False if init's socket is full: try again.
    private func send(_ question: Question) -> Bool {
        let id = lastID &+ 1
        let packet = ControlRequest(id: id, method: question.method, parameters: question.parameters).encoded()
        guard packet.count <= Wire.largestPacket else {
            question.completion(
                .fault(
                    code: Fault.failed.rawValue,
                    text: Fault.failed.text("the parameters are longer than \(Self.largestParameters) bytes")))
            return true
        }
        do throws(Errno) {
            guard try UnixSocket.send(packet, to: socket.number) else {
                isRetrying = true
                loop.assumeIsolated().scheduleTask(in: Self.retry) {
                    self.isRetrying = false
                    self.sendWhatCanBe()
                }
                return false
            }
        } catch {
            ended("the connection to init broke: \(error.description)")
        }
        lastID = id
        inFlight[id] = (question.waits, question.completion)
        if question.waits { waitingInFlight += 1 }
        return true
    }

    private func took(_ message: ControlReader.Message) {
        switch message {
        case .end(let reason): ended(reason)
        case .answer(let id, let answer):
            guard let (waits, completion) = inFlight.removeValue(forKey: id) else {
                ended("init answered a request that was not sent")
            }
            if waits { waitingInFlight -= 1 }
            completion(answer)
            sendWhatCanBe()
        }
    }
}
