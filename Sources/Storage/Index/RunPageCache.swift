import Synchronization

/// Pages of index runs that look-ups met lately, bounded in number, shared by all runs. Pages never change, so nothing
/// has to be taken out.
package final class RunPageCache: Sendable {
    private struct Entry {
        var run: UInt64 = 0
        var number: UInt32 = 0
        var used: UInt32 = 0
        var page: RunPage?
    }

    /// A page can be in any of the entries of its set.
    private struct Shard {
        var entries: [Entry]
        var clock: UInt32 = 0
    }

    private static let shardCount = 16
    private static let ways = 4

    /// Of the process: stores share it.
    package static let shared = RunPageCache(limitBytes: 16 << 20)

    private let names = Atomic<UInt64>(0)
    private let shards: [Box]
    private let sets: Int

    package init(limitBytes: Int) {
        let sets = max(1, limitBytes / PageFormat.pageBytes / RunPageCache.shardCount / RunPageCache.ways)
        self.sets = sets
        shards = (0..<RunPageCache.shardCount).map { _ in
            Box(Shard(entries: Array(repeating: Entry(), count: sets * RunPageCache.ways)))
        }
    }

    /// A name for a run, never given twice.
    func newName() -> UInt64 { names.add(1, ordering: .relaxed).newValue }

    func page(_ run: UInt64, _ number: UInt32) -> RunPage? {
        let (shard, first) = place(run, number)
        return shards[shard].mutex.withLock { shard in
            for index in first..<first + RunPageCache.ways {
                guard shard.entries[index].number == number, shard.entries[index].run == run else { continue }
                shard.clock &+= 1
                shard.entries[index].used = shard.clock
                return shard.entries[index].page
            }
            return nil
        }
    }

    /// Keeps `page` in place of the one of its set that was not used longest; inner pages outlast leaves.
    func keep(_ page: RunPage, _ run: UInt64) {
        let (shard, first) = place(run, page.number)
        let gone = shards[shard].mutex.withLock { shard -> RunPage? in
            shard.clock &+= 1
            let set = first..<first + RunPageCache.ways
            let clock = shard.clock
            let victim =
                set.max { left, right in
                    RunPageCache.age(shard.entries[left], clock) < RunPageCache.age(shard.entries[right], clock)
                } ?? first
            let gone = shard.entries[victim].page
            shard.entries[victim] = Entry(run: run, number: page.number, used: clock, page: page)
            return gone
        }
        // Freed outside the lock.
        withExtendedLifetime(gone) {}
    }

    /// An inner page leads to a hundred leaves, so it may be that much older than one.
    private static func age(_ entry: Entry, _ clock: UInt32) -> UInt64 {
        guard let page = entry.page else { return .max }
        let age = UInt64(clock &- entry.used) + 1
        return page.isLeaf ? age * 128 : age
    }

    private func place(_ run: UInt64, _ number: UInt32) -> (shard: Int, first: Int) {
        // SplitMix64's finaliser.
        var hash = run &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number)
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
        hash ^= hash >> 31
        let shard = Int(truncatingIfNeeded: hash & UInt64(RunPageCache.shardCount - 1))
        return (shard, Int((hash >> 32) % UInt64(sets)) * RunPageCache.ways)
    }

    /// What an array can hold.
    private final class Box: Sendable {
        let mutex: Mutex<Shard>

        init(_ shard: Shard) { mutex = Mutex(shard) }
    }
}
