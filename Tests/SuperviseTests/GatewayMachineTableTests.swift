import Testing

@testable import Supervise

/// Every cell of the gateway's table. Log lines are left out, since they are prose.
@Suite struct GatewayMachineTableTests {
    typealias Event = GatewayMachine.Event

    static let start = Instant(nanoseconds: 1_000_000_000_000)
    /// A time after all deadlines.
    static let later = start + 60

    static func after(_ events: Event...) -> GatewayMachine {
        var machine = GatewayMachine()
        var actions: [GatewayMachine.Action] = []
        for event in events { machine.handle(event, now: start, into: &actions) }
        return machine
    }

    static let states: [(name: String, state: GatewayMachine)] = [
        ("closed", GatewayMachine()),
        ("idle", after(.opened)),
        ("spawning", after(.opened, .connected)),
        ("spawning the last", after(.opened, .connected, .end)),
        ("up", after(.opened, .connected, .spawned(pid: 7), .asked)),
        ("up, silent", after(.opened, .connected, .spawned(pid: 7))),
        ("waiting", after(.opened, .connected, .spawnFailed(reason: "ENOMEM"))),
        ("leaving", after(.opened, .connected, .spawned(pid: 7), .asked, .disconnected)),
        ("leaving for good", after(.opened, .connected, .spawned(pid: 7), .asked, .end)),
    ]

    static let events: [Event] = [
        .opened, .watchFailed(reason: "EPERM"), .connected, .spawned(pid: 9), .spawnFailed(reason: "ENOMEM"), .asked,
        .disconnected, .exited(pid: 7, .exited(code: 0)), .exited(pid: 8, .exited(code: 0)), .tick, .end,
    ]

    /// A new event must get a name here, and then a row for each state.
    static func name(_ event: Event) -> String {
        switch event {
        case .opened: "opened"
        case .watchFailed: "watchFailed"
        case .connected: "connected"
        case .spawned: "spawned"
        case .spawnFailed: "spawnFailed"
        case .asked: "asked"
        case .disconnected: "disconnected"
        case .exited(let pid, _): pid == 7 ? "exited" : "exited, another"
        case .tick: "tick"
        case .end: "end"
        }
    }

    static func name(_ state: GatewayMachine.State) -> String {
        switch state {
        case .closed: "closed"
        case .idle: "idle"
        case .spawning(let isLast): isLast ? "spawning the last" : "spawning"
        case .up: "up"
        case .waiting: "waiting"
        case .leaving(_, _, let isLast): isLast ? "leaving for good" : "leaving"
        }
    }

    static func outcome(_ machine: GatewayMachine, _ event: Event) -> String {
        var machine = machine
        let before = machine
        var actions: [GatewayMachine.Action] = []
        machine.handle(event, now: later, into: &actions)
        var words = machine == before ? [] : [name(machine.state)]
        for action in actions {
            switch action {
            case .watch: words.append("watch")
            case .unwatch: words.append("unwatch")
            case .spawn: words.append("spawn")
            case .signal(let pid, let signal): words.append("\(signal.name) to \(pid)")
            case .log: break
            }
        }
        return summary(words)
    }

    @Test func everyCell() {
        MachineTable(Self.table).check(
            states: Self.states, events: Self.events.map { (Self.name($0), $0) }, outcome: Self.outcome)
    }

    static let table = """
        closed            | opened          | idle, watch
        closed            | watchFailed     | -
        closed            | connected       | -
        closed            | spawned         | -
        closed            | spawnFailed     | -
        closed            | asked           | -
        closed            | disconnected    | -
        closed            | exited          | -
        closed            | exited, another | -
        closed            | tick            | -
        closed            | end             | -
        idle              | opened          | -
        idle              | watchFailed     | waiting, unwatch
        idle              | connected       | spawning, unwatch, spawn
        idle              | spawned         | -
        idle              | spawnFailed     | -
        idle              | asked           | -
        idle              | disconnected    | -
        idle              | exited          | -
        idle              | exited, another | -
        idle              | tick            | -
        idle              | end             | closed, unwatch
        spawning          | opened          | -
        spawning          | watchFailed     | -
        spawning          | connected       | -
        spawning          | spawned         | up
        spawning          | spawnFailed     | waiting
        spawning          | asked           | -
        spawning          | disconnected    | -
        spawning          | exited          | -
        spawning          | exited, another | -
        spawning          | tick            | -
        spawning          | end             | spawning the last
        spawning the last | opened          | -
        spawning the last | watchFailed     | -
        spawning the last | connected       | -
        spawning the last | spawned         | leaving for good, SIGTERM to 9
        spawning the last | spawnFailed     | closed
        spawning the last | asked           | -
        spawning the last | disconnected    | -
        spawning the last | exited          | -
        spawning the last | exited, another | -
        spawning the last | tick            | -
        spawning the last | end             | -
        up                | opened          | -
        up                | watchFailed     | -
        up                | connected       | -
        up                | spawned         | -
        up                | spawnFailed     | -
        up                | asked           | -
        up                | disconnected    | leaving, SIGTERM to 7
        up                | exited          | idle, watch
        up                | exited, another | -
        up                | tick            | -
        up                | end             | leaving for good, SIGTERM to 7
        up, silent        | opened          | -
        up, silent        | watchFailed     | -
        up, silent        | connected       | -
        up, silent        | spawned         | -
        up, silent        | spawnFailed     | -
        up, silent        | asked           | up
        up, silent        | disconnected    | leaving, SIGTERM to 7
        up, silent        | exited          | waiting
        up, silent        | exited, another | -
        up, silent        | tick            | -
        up, silent        | end             | leaving for good, SIGTERM to 7
        waiting           | opened          | -
        waiting           | watchFailed     | -
        waiting           | connected       | -
        waiting           | spawned         | -
        waiting           | spawnFailed     | -
        waiting           | asked           | -
        waiting           | disconnected    | -
        waiting           | exited          | -
        waiting           | exited, another | -
        waiting           | tick            | idle, watch
        waiting           | end             | closed
        leaving           | opened          | -
        leaving           | watchFailed     | -
        leaving           | connected       | -
        leaving           | spawned         | -
        leaving           | spawnFailed     | -
        leaving           | asked           | -
        leaving           | disconnected    | -
        leaving           | exited          | idle, watch
        leaving           | exited, another | -
        leaving           | tick            | leaving, SIGKILL to 7
        leaving           | end             | leaving for good
        leaving for good  | opened          | -
        leaving for good  | watchFailed     | -
        leaving for good  | connected       | -
        leaving for good  | spawned         | -
        leaving for good  | spawnFailed     | -
        leaving for good  | asked           | -
        leaving for good  | disconnected    | -
        leaving for good  | exited          | closed
        leaving for good  | exited, another | -
        leaving for good  | tick            | leaving for good, SIGKILL to 7
        leaving for good  | end             | -
        """
}
