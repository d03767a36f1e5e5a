import Kernel
import Supervise

/// Whether what init has said of its programs still holds, without asking it.
///
/// The answers hold the time in whole seconds. So one holds until init's revision or the second changes: whoever is given it
/// can't tell it from a new one.
final class Freshness {
    struct Stamp: Equatable {
        let revision: UInt64
        /// Since 1970.
        let second: Int64
    }

    private var page: RevisionPage?

    /// Asks init for the revision; answers are not kept until it has come.
    func begin(_ control: ControlConnection) {
        control.call("reeve.revision") { [self] answer in
            // A kernel before 5.1 has none.
            if case .handover(let file) = answer { page = try? RevisionPage(file: file.number) }
        }
    }

    /// Take it before asking: what init answers then is at least as new. nil: nobody knows.
    var stamp: Stamp? {
        page.map { Stamp(revision: $0.number, second: Clock.realtime / 1_000_000_000) }
    }
}
