import Glibc
import Synchronization

/// Keeps the upkeep from being felt: so many bytes a second, and none while ingest needs the machine.
struct UpkeepPace: Sendable {
    private static let longestPauseMicroseconds: UInt64 = 50_000

    private let shared: StoreShared
    /// `nil` does not hold back, for work that somebody waits for.
    private let bytesPerSecond: UInt64?
    private let mayWait: Bool
    private let stopping: UpkeepStop
    private let spent = Spent()

    private final class Spent: Sendable {
        let state = Mutex<(since: UInt64, bytes: UInt64)>((0, 0))
    }

    init(_ shared: StoreShared, bytesPerSecond: UInt64?, mayWait: Bool, stopping: UpkeepStop) {
        self.shared = shared
        self.bytesPerSecond = bytesPerSecond
        self.mayWait = mayWait
        self.stopping = stopping
    }

    /// Called between small pieces of work, with the bytes that were read and written since.
    ///
    /// - Throws: `.closed` when the store is being closed: what is begun is given up.
    func spend(_ bytes: Int) throws(StoreError) {
        try check()
        guard mayWait else { return }
        var due: UInt64 = 0
        if let bytesPerSecond {
            let now = MonotonicClock.nanoseconds()
            due = spent.state.withLock { spent in
                // Time that was not used is not saved up.
                if spent.since + 1_000_000_000 < now, spent.bytes * 1_000_000_000 / bytesPerSecond < now - spent.since {
                    spent = (now, 0)
                }
                spent.bytes += UInt64(bytes)
                return spent.since + spent.bytes * 1_000_000_000 / max(1, bytesPerSecond)
            }
        }
        while MonotonicClock.nanoseconds() < due || isIngestBusy {
            usleep(UInt32(UpkeepPace.longestPauseMicroseconds))
            try check()
        }
    }

    /// Whether more than half of what may wait in memory is waiting.
    private var isIngestBusy: Bool {
        shared.memoryBytes.load(ordering: .relaxed) > shared.configuration.maximumLiveBytes / 2
    }

    private func check() throws(StoreError) {
        if stopping.isStopped { throw StoreError(.closed, "the store is being closed") }
    }
}

/// Tells the upkeep to give up what it is doing.
final class UpkeepStop: Sendable {
    private let flag = Atomic<Bool>(false)

    var isStopped: Bool { flag.load(ordering: .relaxed) }

    func stop() { flag.store(true, ordering: .relaxed) }
}
