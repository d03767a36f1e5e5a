import Kernel
import Supervise

/// What `wait` waits for.
struct Awaited {
    /// As it was written.
    let written: OutputText
    let states: [ProcessState]
    /// Programs that are done count, too.
    let wantsReady: Bool
    /// What the health check says decides.
    let wantsHealthy: Bool

    /// The default goal.
    static let usual = Awaited(written: "running", states: [.running], wantsReady: true)

    /// Healthy, too, if there is a check.
    static let ready = Awaited(written: "ready", states: [], wantsReady: true)

    private init(written: OutputText, states: [ProcessState], wantsReady: Bool) {
        (self.written, self.states, self.wantsReady) = (written, states, wantsReady)
        wantsHealthy = false
    }

    /// The word that is not a state.
    struct UsageError: Error {
        let word: [UInt8]
    }

    /// Names of states separated by commas, in upper or lower case; `down` is every state without a process, `ready` is
    /// running (and healthy, if there is a check) or done.
    init(_ written: [UInt8]) throws(UsageError) {
        self.written = OutputText(written)
        var states: [ProcessState] = []
        var wantsReady = false
        var wantsHealthy = false
        for word in written.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let upper = word.map { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") ? $0 - 32 : $0 }
            if upper.equals("DOWN") {
                states += [.stopped, .exited, .fatal]
            } else if upper.equals("READY") {
                wantsReady = true
            } else if upper.equals("HEALTHY") {
                wantsHealthy = true
            } else if let state = ProcessState(named: upper.text) {
                states.append(state)
            } else {
                throw UsageError(word: Array(word))
            }
        }
        (self.states, self.wantsReady, self.wantsHealthy) = (states, wantsReady, wantsHealthy)
    }

    /// All names that are accepted.
    static var names: [[UInt8]] {
        var names = [[UInt8]("ready".utf8), [UInt8]("healthy".utf8), [UInt8]("down".utf8)]
        for state in ProcessState.allCases {
            names.append(state.name.utf8.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 + 32 : $0 })
        }
        return names
    }

    /// In the form of `reeve.wait`.
    var parameter: Value {
        var numbers: [Value] = []
        for state in states { numbers.append(.int(state.rawValue)) }
        if wantsReady { numbers.append(.int(WaitGoal.ready)) }
        if wantsHealthy { numbers.append(.int(WaitGoal.healthy)) }
        return .array(numbers)
    }
}

/// Nanoseconds of `30`, `0.5` or `30s`.
func duration(_ written: [UInt8]) -> Int64? {
    let number = written.last == UInt8(ascii: "s") ? written.dropLast() : written[...]
    let parts = number.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap({ Arguments.number($0) }) else { return nil }
    var nanoseconds = Int64(whole) * 1_000_000_000
    if parts.count > 1 {
        guard Arguments.number(parts[1]) != nil else { return nil }
        var weight: Int64 = 100_000_000
        for digit in parts[1] {
            nanoseconds += Int64(digit - UInt8(ascii: "0")) * weight
            weight /= 10
        }
    }
    return nanoseconds
}

/// `wait`: until programs are in a state. The supervisor answers when they are; ctl doesn't poll.
@Sendable func wait(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    func refuse(_ sentence: OutputText) {
        session.mistake(sentence, in: "wait", status: ExitCode.invalidArguments)
    }
    let arguments: Arguments
    do throws(Arguments.UsageError) {
        arguments = try Arguments(
            words, [.init("", "--for", takesValue: true), .init("", "--timeout", takesValue: true)])
    } catch {
        return refuse(error.sentence)
    }
    guard !arguments.names.isEmpty else { return refuse("Error: wait requires a process name") }
    var condition = Awaited.usual
    if let written = arguments.value(of: "--for") {
        do throws(Awaited.UsageError) {
            condition = try Awaited(written)
        } catch {
            let lower = error.word.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 + 32 : $0 }
            return refuse(
                "Error: \(error.word) is not a state to wait for\(session.hint(for: lower, among: Awaited.names))")
        }
    }
    var deadline: Int64?
    if let written = arguments.value(of: "--timeout") {
        guard let nanoseconds = duration(written) else { return refuse("Error: \(written) is not a number of seconds") }
        deadline = SystemClock.boottime + nanoseconds
    }
    guard try session.isUp() else { return }
    try session.wait(for: condition, of: arguments.names, until: deadline)
}

extension Session {
    func wait(for condition: Awaited, of names: [[UInt8]], until deadline: Int64?) throws(CtlError) {
        let wanted: [[UInt8]] = names.sayAll ? [] : names
        do throws(CtlError) {
            let answer = try call(
                "reeve.wait",
                [.array(wanted.map { .string($0) }), condition.parameter],
                until: deadline)
            // It may have been reached at the last moment; with `--timeout=0` this is the only check.
            if answer == nil, try tellMissing(wanted, condition, isHopeless: false) { exitStatus = ExitCode.timedOut }
        } catch .fault(Fault.badName.rawValue, let text) {
            let name = text.utf8.starts(with: "BAD_NAME: ".utf8) ? Array(text.utf8.dropFirst(10)) : Array(text.utf8)
            output("\(name): ERROR (no such process)")
            exitStatus = ExitCode.generic
            suggestProgram(for: name)
        } catch .fault(Fault.shutdownState.rawValue, _) {
            output("ERROR: supervisor shutting down")
            exitStatus = ExitCode.generic
        } catch .fault(let code, let text) {
            switch Fault(rawValue: code) {
            case .abnormalTermination, .spawnError, .failed:
                _ = try tellMissing(wanted, condition, isHopeless: true)
                exitStatus = ExitCode.notRunning
            default: throw .fault(code: code, text: text)
            }
        }
    }

    /// Prints a line for each of the programs that are not in the state; false if there is none.
    private func tellMissing(
        _ names: [[UInt8]], _ condition: Awaited, isHopeless: Bool
    ) throws(CtlError) -> Bool {
        var areMissing = false
        for info in try processes(names, .history, unknown: { _, _ in }) {
            let state = ProcessState(rawValue: try info.int("state"))
            if let state, condition.states.contains(state) { continue }
            let health = info["health"]?.bytes ?? []
            if condition.wantsHealthy || condition.wantsReady, health.equals("healthy") { continue }
            if condition.wantsReady, state == .running, health.isEmpty { continue }
            let isAsExpected = try info.bytes("spawnerr").isEmpty
            if condition.wantsReady, state == .exited, isAsExpected { continue }
            let hasFailed = condition.wantsReady && state == .exited
            if isHopeless, condition.wantsHealthy, health.isEmpty, state == .running || state == .starting {
                output("\(try info.processName): has no health check, so it will never be healthy")
                areMissing = true
                continue
            }
            if isHopeless, state != .fatal, state != .unknown, !hasFailed { continue }
            let verdict: OutputText =
                isHopeless ? "will not be \(condition.written) by itself" : "not \(condition.written) in time"
            var line: OutputText = "\(try info.processName): \(try info.bytes("statename")), \(verdict)"
            let why = try info.bytes("spawnerr")
            if !why.isEmpty {
                line = "\(line) (\(why))"
            } else if !health.isEmpty {
                line = "\(line) (\(health))"
            }
            output(line)
            areMissing = true
        }
        return areMissing
    }
}
