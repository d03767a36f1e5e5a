import Kernel
import Supervise

/// What the engine does about memory: long answers go in pieces, and whatever needs much is refused before it begins.
extension Engine {
    /// Bytes for each process while the processes are put in order; the answer itself needs one piece at a time.
    private static let memoryOfOrder = 64
    /// Bytes for each process that a request about all of them takes: what is done, what comes of it, and the answer.
    static let memoryOfCommand = 400
    /// For a request about few processes nobody asks: that much is always in the reserve.
    private static let few = 64

    /// Answers with what `encode` writes, in pieces.
    func answer(_ id: RequestID, _ encode: (inout Encoder) -> Void) {
        if let refusal = memoryRefusal(forEachProcess: Self.memoryOfOrder) {
            control?.reply(id, refusal)
        } else {
            control?.reply(id, encode)
        }
    }

    /// It may concern every process there is.
    func isAboutMany(_ command: Command) -> Bool {
        switch command {
        case .start(let selection, _), .stop(let selection, _), .signal(let selection, _):
            guard case .named(let name) = selection else { return true }
            return supervisor.process(named: name) == nil
        case .addGroup, .wait: return true
        // Ending is never refused.
        case .removeGroup, .shutdown, .restart: return false
        }
    }

    /// nil where there is memory for so many bytes for each process.
    func memoryRefusal(forEachProcess bytes: Int) -> Answer? {
        let count = supervisor.processCount
        guard count > Self.few, !Heap.canTake(count * bytes) else { return nil }
        return .fault(
            .failed, "init is short of memory: this needs about \(count * bytes / 1024) KB more than it has")
    }

    /// A configuration for which there is a reserve.
    func withReserve(_ configuration: Configuration) -> Result<Configuration, ConfigurationError> {
        var processes = 0
        for group in configuration.groups { processes += group.processes.count }
        guard !Heap.reserve(forProcesses: processes, besides: supervisor.processCount) else {
            return .success(configuration)
        }
        return .failure(.memory(processes))
    }

    /// Says once that memory is short, and once that it is there again. Called in each turn of the loop.
    func watchMemory() {
        guard Heap.isShort || isShortOfMemory else { return }
        Heap.look()
        guard Heap.isShort != isShortOfMemory else { return }
        isShortOfMemory = Heap.isShort
        if isShortOfMemory {
            log.critical(
                "init is short of memory and lives on its reserve of \(Heap.reserved / 1024) KB: what needs much is refused, "
                    + "output of programs may wait, and their events are dropped")
        } else {
            log.warn("init has memory again; \(Heap.mostUsed / 1024) KB of its reserve were in use at most")
        }
    }
}
