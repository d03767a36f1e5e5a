import Kernel
import Supervise

/// A child on its way to its program, with everything that must live until it has reported.
final class ProgramStart: Watcher {
    let id: ProcessID
    let settings: ProcessSettings
    /// Kept for its descriptors, which the child's first steps need, and for a second try.
    let prepared: Launcher.Prepared
    private(set) var spawning: Spawning
    private let starts: ProgramStarts
    private var watch: Watch?
    /// What it has reported; as long as starts are quick, they are reported in the order in which they began.
    var outcome: Spawning.Status?

    init(
        _ id: ProcessID, _ settings: ProcessSettings, _ prepared: Launcher.Prepared, _ spawning: Spawning,
        _ starts: ProgramStarts
    ) {
        self.id = id
        self.settings = settings
        self.prepared = prepared
        self.spawning = spawning
        self.starts = starts
        // If it can't be watched, the looks at slow children notice its report.
        watch = try? starts.loop.watch(spawning.report, for: .read, self)
    }

    var pid: Int32 { spawning.pid }

    /// Milliseconds since the child was created.
    func age(_ now: Instant) -> Int { Int((now.nanoseconds &- spawning.began) / 1_000_000) }

    func ready(_ readiness: Readiness, on watch: Watch) { starts.look(at: self) }

    /// Its report has been handled.
    func unwatch() {
        if let watch { starts.loop.cancel(watch) }
        watch = nil
    }

    /// It has executed its program, or is dead.
    func end() {
        unwatch()
        spawning.end()
    }
}
