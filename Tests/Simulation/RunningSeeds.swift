import Foundation

/// The seeds that are running. If one of them traps, there is no violation to report: a signal handler prints the
/// seeds, so that each run can be replayed.
enum RunningSeeds {
    static let capacity = 64
    /// One slot per shard; -1 if none is running. Raw memory, since the handler may read it at any point.
    nonisolated(unsafe) private static let places: UnsafeMutablePointer<Int64> = {
        let places = UnsafeMutablePointer<Int64>.allocate(capacity: capacity)
        places.initialize(repeating: -1, count: capacity)
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE] {
            signal(number) { number in
                RunningSeeds.report()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        return places
    }()

    static func begin(_ seed: UInt64, shard: Int) { places[shard % capacity] = Int64(truncatingIfNeeded: seed) }
    static func end(shard: Int) { places[shard % capacity] = -1 }

    private static func report() {
        for shard in 0..<capacity where places[shard] >= 0 {
            write("\nthe simulation trapped; one of the seeds that ran (replay: SIMULATION_SEED=")
            write(digitsOf: UInt64(bitPattern: places[shard]))
            write(" make simulate)\n")
        }
    }

    private static func write(_ text: StaticString) { _ = Foundation.write(2, text.utf8Start, text.utf8CodeUnitCount) }

    private static func write(digitsOf number: UInt64) {
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            var digit = UInt8(truncatingIfNeeded: 48 + number / divisor % 10)
            _ = Foundation.write(2, &digit, 1)
            divisor /= 10
        }
    }
}
