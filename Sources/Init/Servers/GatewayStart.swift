import Kernel
import Supervise

/// A gateway process on its way to its program: if it hangs or is stopped there, nothing waits for it.
final class GatewayStart: Watcher {
    let spawning: Spawning
    /// When `urge` is due.
    private(set) var lookAt: Instant
    private let gateway: GatewayHost
    private let loop: EventLoop
    private var watch: Watch?

    init(_ spawning: Spawning, _ gateway: GatewayHost, loop: EventLoop) {
        self.spawning = spawning
        self.gateway = gateway
        self.loop = loop
        lookAt = Engine.now.instant.advanced(milliseconds: Int(Spawning.look))
        // If it can't be watched, `lookAt` notices its report.
        watch = try? loop.watch(spawning.report, for: .read, self)
    }

    func ready(_ readiness: Readiness, on watch: Watch) { gateway.look(at: self) }

    func urge() -> Spawning.Advice {
        lookAt = Engine.now.instant.advanced(milliseconds: Int(Spawning.look))
        return spawning.urge()
    }

    func unwatch() {
        if let watch { loop.cancel(watch) }
        watch = nil
    }

    /// It has executed its program, or is dead.
    func end() {
        unwatch()
        spawning.end()
    }
}
