import Glibc

/// Keeps the store in shape while nobody is looking, on a thread of its own.
final class BackgroundUpkeep: Sendable {
    /// Below everything that somebody waits for: `nice(1)`'s measure.
    private static let niceness: Int32 = 10
    /// After a pass with errors the next one waits longer, up to this many times.
    private static let maximumBackoff: UInt64 = 16

    private let isEnding: Monitor<Bool>
    private let worker: Worker

    init(shared: StoreShared, upkeep: Upkeep) {
        let isEnding = Monitor(false)
        self.isEnding = isEnding
        worker = Worker("store-upkeep") { BackgroundUpkeep.run(shared, upkeep, isEnding) }
    }

    /// Waits for the end of the thread. What it is at is given up when `upkeep` was told to stop.
    func end() {
        isEnding.update { $0 = true }
        worker.join()
    }

    private static func run(_ shared: StoreShared, _ upkeep: Upkeep, _ isEnding: Monitor<Bool>) {
        // On Linux this is the thread's own priority; where it is refused, the pace alone holds the thread back.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        let interval = UInt64(max(1, shared.configuration.upkeepSeconds)) * 1_000_000_000
        var backoff: UInt64 = 1
        var clock = RetentionClock(
            newestDay: upkeep.newestDay, wall: WallClock.nanoseconds(), monotonic: MonotonicClock.nanoseconds())
        while true {
            let deadline = MonotonicClock.nanoseconds() + interval * backoff
            if isEnding.wait(deadline: deadline, { $0 ? true : nil }) == true { return }
            do throws(StoreError) {
                let now = WallClock.nanoseconds()
                let report = try upkeep.pass(
                    now: now, expiringAt: clock.now(wall: now, monotonic: MonotonicClock.nanoseconds()),
                    everything: false, isThrottled: true, progress: { _ in })
                backoff = report.errors.isEmpty ? 1 : min(backoff * 2, maximumBackoff)
            } catch { return }
        }
    }
}
