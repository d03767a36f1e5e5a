import Kernel
import Supervise

/// Health checks that connect to a server, as `ctl probe` does, but without waiting and without a process of their own.
final class Probes: DeadlineOwner {
    private var running: [RunningProbe] = []
    /// A Unix socket's path is on a file system that doesn't answer: until then, nobody asks for another one, since each
    /// question costs the loop `Errand.patience`.
    fileprivate var pathsRest: Instant?

    /// - Parameter completion: called once, perhaps before this returns, with whether it has succeeded, and the line
    ///   that `ctl probe` prints. Not called after `cancel`.
    func start(
        _ id: ProcessID, _ command: ProbeCommand, _ loop: EventLoop, completion: @escaping (Bool, String) -> Void
    ) {
        let probe = RunningProbe(id, command, loop, self, completion)
        running.append(probe)
        probe.begin()
    }

    /// - Returns: whether there was one.
    func cancel(_ id: ProcessID) -> Bool {
        guard let probe = running.first(where: { $0.id == id }) else { return false }
        probe.close()
        return true
    }

    func close() {
        for probe in running { probe.close() }
    }

    fileprivate func remove(_ probe: RunningProbe) { running.removeAll { $0 === probe } }

    func deadline(_ now: Instant) -> Instant? {
        var earliest: Instant?
        for probe in running { earliest = min(earliest ?? probe.deadline, probe.deadline) }
        return earliest
    }

    func tick(_ now: Moment) {
        // The result of one may cancel another.
        for probe in running where !probe.isOver && now.instant >= probe.deadline { probe.tick(now.instant) }
    }
}

/// One question to one server.
final class RunningProbe: Watcher {
    /// Milliseconds until a listener with a full backlog, or a file system that doesn't answer, is asked again.
    private static let pause = 100
    /// The bytes of an answer that one call reads. Its first line is all that matters.
    private static let portion = 2048

    let id: ProcessID
    private let command: ProbeCommand
    private let loop: EventLoop
    private let probes: Probes
    private let completion: (Bool, String) -> Void
    private let end: Instant
    private var retryAt: Instant?
    /// Addresses that have not been tried.
    private var addresses: [String] = []
    private var failure: Errno?
    private var connection: Int32 = -1
    private var watch: Watch?
    private var isConnected = false
    private(set) var isOver = false
    /// What has not been sent.
    private var request: [UInt8]
    private var answer: [UInt8] = []

    init(
        _ id: ProcessID, _ command: ProbeCommand, _ loop: EventLoop, _ probes: Probes,
        _ completion: @escaping (Bool, String) -> Void
    ) {
        self.id = id
        self.command = command
        self.loop = loop
        self.probes = probes
        self.completion = completion
        request = command.request
        end = Engine.now.instant.advanced(milliseconds: command.timeout)
    }

    var deadline: Instant { min(retryAt ?? end, end) }

    func tick(_ now: Instant) {
        guard now < end else { return finish(false, command.late) }
        retryAt = nil
        begin()
    }

    // MARK: The connection

    func begin() {
        switch command.target.address {
        case .unix(let path): connect(toPath: path)
        case .tcp(let host, let port):
            addresses = host == "localhost" ? ["127.0.0.1", "::1"] : [host]
            connectToNext(port)
        }
    }

    private func connect(toPath path: String) {
        let now = Engine.now.instant
        if let rest = probes.pathsRest, now < rest {
            retryAt = rest
            return
        }
        do throws(Errno) {
            take(try Errand.connect(to: path))
        } catch {
            guard Errand.isLate(error) else { return finish("can't connect: \(error.text)") }
            retryAt = now.advanced(milliseconds: Self.pause)
            if error == .timedOut { probes.pathsRest = retryAt }
        }
    }

    private func connectToNext(_ port: UInt16) {
        while !addresses.isEmpty {
            do throws(Errno) {
                return take(try InetSocket.beginConnecting(toAddress: addresses.removeFirst(), port: port))
            } catch {
                failure = failure ?? error
            }
        }
        finish("can't connect: \((failure ?? .noEntry).text)")
    }

    private func take(_ made: consuming Descriptor) {
        connection = made.take()
        do throws(Errno) {
            watch = try loop.watch(connection, for: .write, self)
        } catch {
            finish("can't connect: \(error.text)")
        }
    }

    private func hangUp() {
        if let watch { loop.cancel(watch) }
        watch = nil
        Descriptor.close(connection)
        connection = -1
    }

    // MARK: The conversation

    func ready(_ readiness: Readiness, on watch: Watch) {
        if !isConnected {
            if let error = InetSocket.failure(ofConnection: connection) {
                failure = failure ?? error
                hangUp()
                guard case .tcp(_, let port) = command.target.address else {
                    return finish("can't connect: \(error.text)")
                }
                return connectToNext(port)
            }
            isConnected = true
            if request.isEmpty { return finish(true, "\(command.written): accepts connections") }
        }
        do throws(Errno) {
            if try send() { try receive() }
        } catch {
            finish("the connection broke: \(error.text)")
        }
    }

    /// - Returns: whether all of the request has been sent.
    private func send() throws(Errno) -> Bool {
        guard !request.isEmpty else { return true }
        var result = Result<Int?, Errno>.success(nil)
        request.withUnsafeBytes { bytes in
            do throws(Errno) {
                result = .success(try File.write(connection, bytes))
            } catch {
                result = .failure(error)
            }
        }
        guard let count = try result.get() else { return false }
        request.removeFirst(count)
        if request.isEmpty, let watch { loop.change(watch, to: .read) }
        return false
    }

    private func receive() throws(Errno) {
        var buffer = [UInt8](repeating: 0, count: Self.portion)
        var result = Result<Int?, Errno>.success(nil)
        buffer.withUnsafeMutableBytes { bytes in
            do throws(Errno) {
                result = .success(try File.read(connection, into: bytes))
            } catch {
                result = .failure(error)
            }
        }
        guard let count = try result.get() else { return }
        answer += buffer[..<count]
        switch command.verdict(answer, isComplete: count == 0) {
        case .incomplete: break
        case .good(let text): finish(true, "\(command.written): \(text)")
        case .bad(let sentence): finish(sentence)
        }
    }

    // MARK: The end

    func close() {
        isOver = true
        hangUp()
        probes.remove(self)
    }

    private func finish(_ problem: String) { finish(false, "\(command.written): \(problem)") }

    private func finish(_ isSuccess: Bool, _ line: String) {
        close()
        completion(isSuccess, line.oneLine)
    }
}
