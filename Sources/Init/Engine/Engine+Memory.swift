import Kernel
import Supervise

/// How the engine handles a shortage of memory: it sends long answers in pieces, and rejects requests that need much
/// memory before it begins them.
extension Engine {
    /// Bytes per process for sorting the processes; the answer itself needs one piece at a time.
    private static let memoryOfOrder = 64
    /// Bytes per process for a request about all of them: the work, its results, and the answer.
    static let memoryOfCommand = 400
    /// A request about few processes needs no check: the reserve always has that much.
    private static let few = 64

    /// Answers in pieces with what `encode` writes.
    func answer(_ id: RequestID, _ encode: (inout WireEncoder) -> Void) {
        if let refusal = memoryRefusal(forEachProcess: Self.memoryOfOrder) {
            control?.reply(id, refusal)
        } else {
            control?.reply(id, encode)
        }
    }

    /// The request may concern every process there is.
    func isAboutMany(_ command: SupervisorCommand) -> Bool {
        switch command {
        case .start(let selection, _, _), .stop(let selection, _, _), .signal(let selection, _),
            .reload(let selection):
            guard case .named(let name) = selection else { return true }
            return supervisor.process(named: name) == nil
        case .addGroup, .updateGroup, .wait: return true
        // A shutdown is never rejected.
        case .removeGroup, .drain, .shutdown, .restart: return false
        }
    }

    /// nil if there is memory for this many bytes per process.
    func memoryRefusal(forEachProcess bytes: Int) -> RequestAnswer? {
        let count = supervisor.processCount
        guard count > Self.few, !Heap.canTake(count * bytes) else { return nil }
        return .fault(
            .failed, "init is short of memory: this needs about \(count * bytes / 1024) KB more than it has")
    }

    /// Whether there is a reserve for a configuration.
    func withReserve(_ configuration: Configuration) -> Result<Configuration, ConfigurationError> {
        var processes = 0
        for group in configuration.groups { processes += group.processes.count }
        guard !Heap.reserve(forProcesses: processes, besides: supervisor.processCount) else {
            return .success(configuration)
        }
        return .failure(.memory(processes))
    }

    /// Logs once that memory is short, and once that it is available again. Called in each turn of the loop.
    func watchMemory() {
        guard Heap.isShort || isShortOfMemory else { return }
        Heap.look()
        guard Heap.isShort != isShortOfMemory else { return }
        isShortOfMemory = Heap.isShort
        if isShortOfMemory {
            log.critical(
                "init is short of memory and uses its reserve of \(Heap.reserved / 1024) KB: requests that need much memory are rejected, "
                    + "programs' output may wait, and their events are dropped")
        } else {
            log.warn("init has memory again; it used at most \(Heap.mostUsed / 1024) KB of its reserve")
        }
    }
}
