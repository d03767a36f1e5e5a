import CLinux

/// The reserve that init lives from while the system gives it no memory, and the question to ask before needing much.
///
/// No allocation fails: see `memory.c`. What may need much memory asks `canHave` first and is refused.
public enum Heap {
    /// Bytes of address space that are mapped at the start and not touched before they are needed. With ten programs
    /// everything that can't be refused takes less than a quarter of it.
    private static let base = 256 * 1024
    /// What has to be there beside it, to read a small configuration and start a child with a stack of its own.
    private static let beside = 256 * 1024
    /// What each process adds: everything that happens when all of them end at the same moment.
    private static let reservedForProcess = 512
    /// What a process takes while it runs, beside the reserve: settings, machine, pipes, logs. Rounded up.
    private static let usedByProcess = 4096

    /// What init needs until its first programs run comes from one block. musl's heap would map and unmap pages all the time,
    /// since it starts empty.
    private static let nursery = 128 * 1024
    /// What reading a small configuration takes of it.
    private static let reading = 64 * 1024
    /// Address space for a process that ends soon; the kernel provides pages when they are touched. Less than a huge page.
    private static let brief = 1024 * 1024

    /// Maps the reserve. The process ends with a sentence where a limit leaves no room for it.
    public static func begin() {
        linux_memory_begin(base, beside)
        linux_arena_begin(nursery)
    }

    /// A configuration is about to be read.
    public static func expectReading() { linux_arena_expect(reading) }

    /// For a process that ends soon: what it frees is used again, but goes back to the system with its exit only.
    public static func beginBriefly() { linux_arena_begin(brief) }

    /// A reserve for `processes`; false when they, or it, can't be had.
    ///
    /// - Parameter running: as many of them have what they need already.
    public static func reserve(forProcesses processes: Int, besides running: Int = 0) -> Bool {
        let new = processes - running
        if !canHave(beside + max(new, 0) * (usedByProcess + reservedForProcess)) { return false }
        let wanted = linux_memory_reserved() > base ? base : linux_memory_reserved()
        return linux_memory_reserve(wanted + processes * reservedForProcess) != 0
    }

    /// There are children from now on: without memory init goes on and no longer exits.
    public static func serve() { linux_memory_serve() }

    /// The system refused memory, and gave none since; for `look` to end.
    public static var isShort: Bool { linux_memory_is_short() != 0 }

    /// Looks whether there is memory again.
    public static func look() { linux_memory_look() }

    /// The system would provide memory for what `init` usually does: two system calls.
    public static var isPlentiful: Bool { !isShort && canHave(beside) }

    /// The system would give `bytes` beside the reserve. Two system calls: for what is large.
    public static func canHave(_ bytes: Int) -> Bool { bytes <= 0 || linux_memory_can_have(bytes) != 0 }

    /// The same, or the reserve has twice as much: for what is done in one go and leaves nothing behind.
    public static func canTake(_ bytes: Int) -> Bool { canHave(bytes) || linux_memory_free() / 2 >= bytes }

    /// A packet of so many bytes can be understood: each may be a value of its own.
    public static func canHold(packet bytes: Int) -> Bool { bytes <= 1024 || canTake(bytes * 96) }

    /// Bytes.
    public static var reserved: Int { linux_memory_reserved() }
    /// Bytes of the reserve that were in use at most.
    public static var mostUsed: Int { linux_memory_most_used() }
}
