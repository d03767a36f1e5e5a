import Kernel

/// Children that were told to end, in the order in which they were told: most end in that order, too.
///
/// To find some dead child the kernel looks at all children, the oldest first, while the last started is stopped first: with a
/// thousand of them that takes longer than everything else that their deaths cost. To ask for one by its number takes no search.
struct ExpectedDeaths {
    /// Looked at in vain before the kernel is asked to search.
    private static let mostLooks = 4
    /// Those who don't end stay in the list, and are told again and again.
    private static let most = 16 * 1024

    private var pids: [Int32] = []
    /// Those before it were found dead, or passed over.
    private var next = 0

    mutating func add(_ pid: Int32) {
        // Without the hint nothing is lost but time.
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

    /// Those that are passed over live on, or are found by a search.
    private mutating func advance(by count: Int) {
        next += count
        if next == pids.count {
            pids.removeAll(keepingCapacity: pids.count <= 64)
            next = 0
        }
    }
}
