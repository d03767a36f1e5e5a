import Kernel
import Supervise

/// What `wait` waits for.
private struct Condition {
    /// As it was written.
    let written: Text
    let states: [ProcessState]

    /// Names of states with commas between them, in any case; `down` is everything that does not run.
    init?(_ written: [UInt8]) {
        self.written = Text(written)
        var states: [ProcessState] = []
        for word in written.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let upper = word.map { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") ? $0 - 32 : $0 }
            if upper.equals("DOWN") {
                states += [.stopped, .exited, .fatal]
            } else if let state = ProcessState(named: upper.text) {
                states.append(state)
            } else {
                return nil
            }
        }
        self.states = states
    }
}

/// Nanoseconds of `30`, `0.5` or `30s`.
private func duration(_ written: [UInt8]) -> Int64? {
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

/// `wait`: until programs are in a state. The supervisor answers when they are; nothing is asked twice.
@Sendable func wait(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    func refuse(_ sentence: Text) {
        session.mistake(sentence, in: "wait", status: Status.invalidArguments)
    }
    let arguments: Arguments
    do throws(Arguments.Mistake) {
        arguments = try Arguments(
            words, [.init("", "--for", takesValue: true), .init("", "--timeout", takesValue: true)])
    } catch {
        return refuse(error.sentence)
    }
    guard !arguments.names.isEmpty else { return refuse("Error: wait requires a process name") }
    let state = arguments.value(of: "--for") ?? [UInt8]("running".utf8)
    guard let condition = Condition(state) else { return refuse("Error: \(state) is no state to wait for") }
    var deadline: Int64?
    if let written = arguments.value(of: "--timeout") {
        guard let nanoseconds = duration(written) else { return refuse("Error: \(written) is no number of seconds") }
        deadline = Clock.boottime + nanoseconds
    }
    guard try session.isUp() else { return }
    try session.wait(for: condition, of: arguments.names, until: deadline)
}

extension Session {
    fileprivate func wait(for condition: Condition, of names: [[UInt8]], until deadline: Int64?) throws(Failure) {
        let wanted: [[UInt8]] = names.sayAll ? [] : names
        do throws(Failure) {
            let answer = try call(
                "reeve.wait",
                [.array(wanted.map { .string($0) }), .array(condition.states.map { .int($0.rawValue) })],
                until: deadline)
            // It may have come at the last moment; with `--timeout=0` this is the only look.
            if answer == nil, try tellMissing(wanted, condition, isHopeless: false) { exitStatus = Status.timedOut }
        } catch .fault(Fault.badName.rawValue, let text) {
            let name = text.utf8.starts(with: "BAD_NAME: ".utf8) ? Array(text.utf8.dropFirst(10)) : Array(text.utf8)
            output("\(name): ERROR (no such process)")
            exitStatus = Status.generic
        } catch .fault(Fault.shutdownState.rawValue, _) {
            output("ERROR: supervisor shutting down")
            exitStatus = Status.generic
        } catch .fault(let code, let text) {
            switch Fault(rawValue: code) {
            case .abnormalTermination, .spawnError, .failed:
                _ = try tellMissing(wanted, condition, isHopeless: true)
                exitStatus = Status.notRunning
            default: throw .fault(code: code, text: text)
            }
        }
    }

    /// A line for each of the programs that are not in the state; false when there is none.
    private func tellMissing(
        _ names: [[UInt8]], _ condition: Condition, isHopeless: Bool
    ) throws(Failure) -> Bool {
        var areMissing = false
        for info in try processes(names, unknown: { _ in }) {
            let state = ProcessState(rawValue: try info.int("state"))
            if let state, condition.states.contains(state) { continue }
            if isHopeless, state != .fatal, state != .unknown { continue }
            let verdict: Text =
                isHopeless ? "will not be \(condition.written) by itself" : "not \(condition.written) in time"
            var line: Text = "\(try info.processName): \(try info.bytes("statename")), \(verdict)"
            let why = try info.bytes("spawnerr")
            if !why.isEmpty { line = "\(line) (\(why))" }
            output(line)
            areMissing = true
        }
        return areMissing
    }
}
