import CLinux

/// The reserve that `init` uses while the system provides no memory, and the checks to make before allocating much.
///
/// No allocation fails: see `memory.c`. Before it does something that may need much memory, the code asks `canHave`,
/// and rejects the request if the answer is no.
public enum Heap {
    /// Bytes of address space that are mapped at the start and stay untouched until they are needed. With ten programs,
    /// everything that can't be refused takes less than a quarter of it.
    private static let base = 256 * 1024
    /// Bytes that must be available besides the reserve, to read a small configuration and start a child with its own
    /// stack.
    private static let beside = 256 * 1024
    /// Bytes that each process adds to the reserve: what is needed if all of them end at the same moment.
    private static let reservedForProcess = 512
    /// Bytes that a running process needs besides the reserve, for settings, machine, pipes and logs. Rounded up.
    private static let usedByProcess = 4096

    /// Bytes of one block for what init allocates until its first programs run: musl's heap starts empty, and would map
    /// and unmap pages all the time.
    private static let nursery = 128 * 1024
    /// Bytes of that block that reading a small configuration needs.
    private static let reading = 36 * 1024
    /// Bytes that programs take until they run for each byte of their configuration: the room is asked for at once,
    /// instead of in hundreds of pieces.
    private static let perByteOfConfiguration = 12
    /// Bytes of it whose pages are requested at a time, instead of by one page fault each.
    private static let step = 64 * 1024
    /// Bytes of address space for a process that exits soon: less than a huge page.
    private static let brief = 1024 * 1024

    /// Maps the reserve. If a limit leaves no room for it, prints a message and exits.
    public static func begin() {
        linux_memory_begin(base, beside)
        linux_arena_begin(nursery, 0)
    }

    /// Call it before reading a configuration.
    public static func expectReading() { linux_arena_expect(reading) }

    /// Makes room for what init will have made of a file of its first configuration when the programs run.
    public static func expect(configuration bytes: Int) {
        let size = bytes * perByteOfConfiguration
        if size > nursery, canHave(beside + size) { linux_arena_extend(size, step) }
    }

    /// Call it when a configuration has been read: what only reading needed becomes one piece again.
    public static func tidy() { linux_arena_tidy() }

    /// Returns what is free in `init`'s block. It takes a while, and what is needed again takes longer.
    public static func rest() {
        linux_arena_tidy()
        linux_arena_rest()
    }

    /// For a process that exits soon: memory that it frees is reused, but goes back to the system only when it exits.
    public static func beginBriefly() { linux_arena_begin(brief, step) }

    /// Extends the reserve for `processes`; false if there is not enough memory for the reserve and the processes.
    ///
    /// - Parameter running: how many of them already have what they need.
    public static func reserve(forProcesses processes: Int, besides running: Int = 0) -> Bool {
        let new = processes - running
        if !canHave(beside + max(new, 0) * (usedByProcess + reservedForProcess)) { return false }
        let wanted = linux_memory_reserved() > base ? base : linux_memory_reserved()
        return linux_memory_reserve(wanted + processes * reservedForProcess) != 0
    }

    /// Call it when there are children: from then on, `init` continues without memory instead of exiting.
    public static func serve() { linux_memory_serve() }

    /// Whether the system has refused memory and has provided none since. `look` updates it.
    public static var isShort: Bool { linux_memory_is_short() != 0 }

    /// Checks whether the system provides memory again.
    public static func look() { linux_memory_look() }

    /// Whether the system would provide memory for `init`'s usual work. It makes two system calls.
    public static var isPlentiful: Bool { !isShort && canHave(beside) }

    /// Whether the system would provide `bytes` besides the reserve. It makes two system calls, so ask only for large
    /// amounts.
    public static func canHave(_ bytes: Int) -> Bool { bytes <= 0 || linux_memory_can_have(bytes) != 0 }

    /// Like `canHave`, but also true if the reserve has twice as much: for short work that leaves nothing behind.
    public static func canTake(_ bytes: Int) -> Bool { canHave(bytes) || linux_memory_free() / 2 >= bytes }

    /// Whether a packet of this many bytes can be decoded: each byte may be a value of its own.
    public static func canHold(packet bytes: Int) -> Bool { bytes <= 1024 || canTake(bytes * 96) }

    /// The size of the reserve in bytes.
    public static var reserved: Int { linux_memory_reserved() }
    /// The most bytes of the reserve that were in use at any time.
    public static var mostUsed: Int { linux_memory_most_used() }
}
