import Kernel
import Supervise

/// One child on its way to its program, with all that has to live until it has reported.
final class ProgramStart: Watcher {
    let id: ProcessID
    let settings: ProcessSettings
    /// Kept for its descriptors, which the child's first steps need, and for a second try.
    let prepared: Launcher.Prepared
    private(set) var spawning: Spawning
    private let starts: ProgramStarts
    private var watch: Watch?
    /// What it has reported; it is told in the order in which starts began, as long as they are quick.
    var outcome: Spawning.Progress?

    init(
        _ id: ProcessID, _ settings: ProcessSettings, _ prepared: Launcher.Prepared, _ spawning: Spawning,
        _ starts: ProgramStarts
    ) {
        self.id = id
        self.settings = settings
        self.prepared = prepared
        self.spawning = spawning
        self.starts = starts
        // Without a watch, the looks at slow children notice what it has to say.
        watch = try? starts.loop.watch(spawning.report, for: .read, self)
    }

    var pid: Int32 { spawning.pid }

    /// Milliseconds since the child was made.
    func age(_ now: Instant) -> Int { Int((now.nanoseconds &- spawning.began) / 1_000_000) }

    func ready(_ readiness: Readiness, on watch: Watch) { starts.look(at: self) }

    /// What it had to say has been heard.
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
