import Kernel
import Supervise

// shutdown, reload, open, exit: the supervisor itself, and this session.

@Sendable func shutdown(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard words.isEmpty else { return session.mistake("Error: shutdown accepts no arguments", in: "shutdown") }
    guard try session.confirms("Really shut the remote supervisord process down y/N? ") else { return }
    do throws(CtlError) {
        _ = try session.call("supervisor.shutdown")
        session.output("Shut down")
    } catch .fault(Fault.shutdownState.rawValue, _) {
        session.output("ERROR: already shutting down")
    } catch .unreachable(.connectionRefused) {
        session.output("ERROR: \(session.server.name) refused connection (already shut down?)")
        session.exitStatus = ExitCode.generic
        session.server.explain(.connectionRefused, to: session)
    } catch .unreachable(.noEntry) {
        session.output("ERROR: \(session.server.name) no such file (already shut down?)")
        session.exitStatus = ExitCode.generic
        session.server.explain(.noEntry, to: session)
    }
}

@Sendable func reload(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard words.isEmpty else { return session.mistake("Error: reload accepts no arguments", in: "reload") }
    guard try session.confirms("Really restart the remote supervisord process y/N? ") else { return }
    do throws(CtlError) {
        _ = try session.call("supervisor.restart")
        session.output("Restarted supervisord")
    } catch .fault(Fault.shutdownState.rawValue, _) {
        session.output("ERROR: already shutting down")
        session.exitStatus = ExitCode.generic
    } catch .fault(Fault.cantReread.rawValue, let text) {
        // supervisord restarts with a configuration that it can't read, and exits.
        session.tellUnreadable(text)
        session.note(rest: text)
        session.exitStatus = ExitCode.generic
    }
}

@Sendable func open(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    let url = Array(words.joined(separator: [UInt8(ascii: " ")]))
    guard url.starts(with: "unix:") || url.starts(with: "http:") else {
        session.output("ERROR: url must be http:// or unix://")
        session.exitStatus = ExitCode.generic
        return
    }
    guard let whereabouts = session.whereabouts else { return }
    session.turn(to: whereabouts.server(url: url, origin: "open"))
    let before = session.exitStatus
    try status(session, [])
    session.exitStatus = before
}

@Sendable func leave(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    session.output("")
}
