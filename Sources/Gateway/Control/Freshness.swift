import Kernel
import Supervise

/// Tells whether init's last answer about its programs is still valid, without asking it.
///
/// The answers contain the time in whole seconds. So one is valid until init's revision or the second changes: until
/// then a new one would be identical.
final class Freshness {
    struct Stamp: Equatable {
        let revision: UInt64
        /// Since 1970.
        let second: Int64
    }

    private var page: RevisionPage?

    /// Asks init for the revision; no answer is reused until it has arrived.
    func begin(_ control: ControlConnection) {
        control.call("reeve.revision") { [self] answer in
            // A kernel before 5.1 has none.
            if case .handover(let file) = answer { page = try? RevisionPage(file: file.number) }
        }
    }

    /// Take it before asking: init's answer is then at least as new. nil: unknown.
    var stamp: Stamp? {
        page.map { Stamp(revision: $0.number, second: SystemClock.realtime / 1_000_000_000) }
    }
}
