import Glibc

/// CPU time of this process: what is compared, because wall time depends on the neighbours.
enum CPUTime {
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The least CPU time of several rounds of `body`, in nanoseconds for each of `count` things.
    static func best(of rounds: Int, each count: Int, _ body: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<rounds {
            let start = seconds
            try body()
            best = min(best, seconds - start)
        }
        return best / Double(count) * 1e9
    }
}
