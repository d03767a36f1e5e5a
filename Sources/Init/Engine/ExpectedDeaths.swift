import Kernel

/// Children that were told to exit, in that order: most exit in that order, too.
///
/// To find some dead child, the kernel looks at all children, the oldest first, while the last started is stopped
/// first: with a thousand of them that takes longer than everything else about their deaths. Asking for one by its pid
/// needs no search.
struct ExpectedDeaths {
    /// Unsuccessful checks before the kernel is asked to search.
    private static let mostLooks = 4
    /// Those that don't exit stay in the list, and are signalled again and again.
    private static let most = 16 * 1024

    private var pids: [Int32] = []
    /// Those before it were found dead, or skipped.
    private var next = 0

    mutating func add(_ pid: Int32) {
        // Without the hint only time is lost.
        if pids.count >= Self.most {
            pids = []
            next = 0
        }
        pids.append(pid)
    }

    /// One that is dead; nil: the kernel has to search.
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
                // It was found in another way.
                advance(by: looks + 1)
                looks = 0
            }
        }
        return nil
    }

    /// Skipped children live on, or a search finds them.
    private mutating func advance(by count: Int) {
        next += count
        if next == pids.count {
            pids.removeAll(keepingCapacity: pids.count <= 64)
            next = 0
        }
    }
}
