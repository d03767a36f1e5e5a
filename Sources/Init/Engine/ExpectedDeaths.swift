import Kernel

/// Children that were signalled to exit, in that order: most exit in that order, too.
///
/// To find a dead child, the kernel searches all children, the oldest first, but the youngest is stopped first: with a
/// thousand children, that takes longer than everything else about their deaths. Asking for one child by its pid needs
/// no search.
struct ExpectedDeaths {
    /// Unsuccessful checks before the kernel is asked to search.
    private static let mostLooks = 4
    /// Those that don't exit stay in the list, and are signalled again and again.
    private static let most = 16 * 1024

    private var pids: [Int32] = []
    /// The children before this index were found dead, or skipped.
    private var next = 0

    mutating func add(_ pid: Int32) {
        // Without the hint, only time is lost.
        if pids.count >= Self.most {
            pids = []
            next = 0
        }
        pids.append(pid)
    }

    /// A child that is dead; nil if the kernel has to search.
    mutating func take() -> Reaped? {
        var looks = 0
        while next + looks < pids.count, looks < Self.mostLooks {
            let pid = pids[next + looks]
            do throws(Errno) {
                if let status = try Reaper.poll(pid) {
                    advance(by: looks + 1)
                    return Reaped(pid: pid, status: status)
                }
                looks += 1
            } catch {
                // It was reaped in another way.
                advance(by: looks + 1)
                looks = 0
            }
        }
        return nil
    }

    /// Skipped children are still alive, or a search finds them.
    private mutating func advance(by count: Int) {
        next += count
        if next == pids.count {
            pids.removeAll(keepingCapacity: pids.count <= 64)
            next = 0
        }
    }
}
