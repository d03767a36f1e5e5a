import Kernel
import NIOCore
import Supervise

/// init's events for any number of clients: those that want the same types share one stream. Belongs to the loop.
final class EventStreams {
    /// The limit of streams; init has room for twice as many.
    private static let most = 16

    private let control: any Asking
    private let loop: any EventLoop
    private var streams: [UpstreamEvents] = []

    init(control: any Asking, on loop: any EventLoop) {
        self.control = control
        self.loop = loop
    }

    /// Types by name, including abstract ones (`PROCESS_STATE`, `EVENT`); nil if one is unknown.
    static func types(_ names: [String]) -> EventTypes? {
        for name in names where !EventType.allCases.contains(where: { $0.isBelow(name) }) { return nil }
        return EventTypes(below: names)
    }

    /// Subscribes to events of these types, until `EventSubscription.cancel`. `opened` may be called before this
    /// returns.
    ///
    /// - Parameters:
    ///   - opened: once, before any event: nil, or the fault why there are none.
    ///   - took: an event, in the order in which things happened.
    ///   - ended: init has ended the stream: some events are lost.
    func subscribe(
        _ types: EventTypes, opened: @escaping ((code: Int, text: String)?) -> Void,
        took: @escaping (SupervisorEvent) -> Void, ended: @escaping () -> Void
    ) -> EventSubscription {
        let subscription = EventSubscription(opened: opened, took: took, ended: ended)
        if let stream = streams.first(where: { $0.types == types && !$0.isOver }) {
            stream.add(subscription)
        } else if streams.count >= Self.most {
            subscription.fail(Fault.failed.rawValue, Fault.failed.text("too many different streams of events"))
        } else {
            let stream = UpstreamEvents(types) { [self] stream in streams.removeAll { $0 === stream } }
            streams.append(stream)
            stream.add(subscription)
            stream.open(control, loop)
        }
        return subscription
    }
}

/// One client's share of a stream of events.
final class EventSubscription {
    private var opened: (((code: Int, text: String)?) -> Void)?
    private var took: ((SupervisorEvent) -> Void)?
    private var ended: (() -> Void)?
    fileprivate var stream: UpstreamEvents?

    fileprivate init(
        opened: @escaping ((code: Int, text: String)?) -> Void, took: @escaping (SupervisorEvent) -> Void,
        ended: @escaping () -> Void
    ) {
        self.opened = opened
        self.took = took
        self.ended = ended
    }

    /// No callback is called any more.
    func cancel() {
        forget()
        let stream = stream
        self.stream = nil
        stream?.remove(self)
    }

    fileprivate func begin() {
        let opened = opened
        self.opened = nil
        opened?(nil)
    }

    fileprivate func hear(_ event: SupervisorEvent) { took?(event) }

    fileprivate func fail(_ code: Int, _ text: String) {
        let opened = opened
        forget()
        stream = nil
        opened?((code, text))
    }

    fileprivate func end() {
        let ended = ended
        forget()
        stream = nil
        ended?()
    }

    private func forget() {
        opened = nil
        took = nil
        ended = nil
    }
}

/// One of init's streams.
private final class UpstreamEvents {
    let types: EventTypes
    private(set) var isOver = false
    private var isOpen = false
    private var subscriptions: [EventSubscription] = []
    private var reader: PipeReader?
    private var decoder = EventDecoder()
    private let over: (UpstreamEvents) -> Void

    init(_ types: EventTypes, over: @escaping (UpstreamEvents) -> Void) {
        self.types = types
        self.over = over
    }

    func open(_ control: any Asking, _ loop: any EventLoop) {
        let names = EventType.allCases.filter(types.contains).map { Value.text($0.name.description) }
        control.ask("reeve.events", [.array(names)], waits: false) { [self] answer in
            guard !isOver else { return }
            switch answer {
            case .fault(let code, let text): fail(code, text)
            case .value: fail(Fault.failed.rawValue, Fault.failed.text())
            case .handover(let pipe):
                do throws(Errno) {
                    reader = try PipeReader(pipe, on: loop, took: { [self] in took($0) }, ended: { [self] in end() })
                } catch {
                    return fail(Fault.failed.rawValue, Fault.failed.text(error.description))
                }
                isOpen = true
                for subscription in subscriptions { subscription.begin() }
                reader?.read()
            }
        }
    }

    func add(_ subscription: EventSubscription) {
        subscription.stream = self
        subscriptions.append(subscription)
        if isOpen { subscription.begin() }
    }

    func remove(_ subscription: EventSubscription) {
        subscriptions.removeAll { $0 === subscription }
        if subscriptions.isEmpty { close() }
    }

    private func took(_ bytes: [UInt8]) {
        guard let events = decoder.events(with: bytes) else { return end() }
        for event in events {
            for subscription in subscriptions { subscription.hear(event) }
        }
        reader?.read()
    }

    private func close() {
        guard !isOver else { return }
        isOver = true
        reader?.close()
        reader = nil
        over(self)
    }

    private func fail(_ code: Int, _ text: String) {
        let subscriptions = subscriptions
        self.subscriptions = []
        close()
        for subscription in subscriptions { subscription.fail(code, text) }
    }

    private func end() {
        let subscriptions = subscriptions
        self.subscriptions = []
        close()
        for subscription in subscriptions { subscription.end() }
    }
}
