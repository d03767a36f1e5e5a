/// What init itself does with the output of a program, besides logging it.
enum OutputAudience {
    case none
    /// It is the protocol of an event listener.
    case listener(ListenerOutput)
    /// It causes events.
    case events(ChannelEvents)

    var isNone: Bool { if case .none = self { true } else { false } }
    var events: ChannelEvents? { if case .events(let events) = self { events } else { nil } }
}
