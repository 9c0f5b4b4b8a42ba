import Files
import Telemetry

/// Removes what is over: whole files where nothing in them must stay, and otherwise all but a remainder. Nothing that is
/// held goes, whatever the reason.
struct Retention {
    /// Segments of one commit.
    private static let chunk = 64
    /// Somebody who places and releases holds all the time makes a pass give up, not go on for ever.
    private static let attempts = 4

    let shared: StoreShared
    let committer: Committer
    let pace: UpkeepPace
    let now: UInt64
    var memory: RetentionMemory
    var report = UpkeepReport()
    private var holdDirectory: HoldDirectory

    init(shared: StoreShared, committer: Committer, pace: UpkeepPace, now: UInt64, memory: RetentionMemory) {
        self.shared = shared
        self.committer = committer
        self.pace = pace
        self.now = now
        self.memory = memory
        holdDirectory = HoldDirectory(path: shared.directory.path, files: shared.files)
    }

    mutating func run(_ progress: (UpkeepStep) -> Void) throws(StoreError) {
        let rules = shared.configuration.retention
        memory.held = []
        let expired = RetentionPlan.expired(removable(), rules, now: now)
        for start in stride(from: 0, to: expired.count, by: Retention.chunk) {
            let part = expired[start..<min(expired.count, start + Retention.chunk)]
            for entry in part { progress(.expiring(file: entry.path)) }
            _ = try remove(Array(part), .expired)
        }
        let held = memory.held
        try shrink(progress)
        show(held, rules)
    }

    /// All but what is damaged: that is evidence.
    private func removable() -> [SegmentEntry] {
        let damaged = shared.stored.damaged
        let unreadable = shared.state.withLock { $0.unreadable }
        return committer.committed.segments.values.filter {
            damaged[$0.number] == nil && unreadable[$0.number] == nil
        }
    }

    /// Brings the store under its bound.
    private mutating func shrink(_ progress: (UpkeepStep) -> Void) throws(StoreError) {
        guard let bound = shared.configuration.maximumBytes else { return }
        var passedBy: Set<UInt64> = []
        while true {
            let committed = committer.committed
            let bytes = RetentionPlan.bytes(committed)
            let indexBytesPerTrace = RetentionPlan.indexBytesPerTrace(committed)
            let excess = bytes - min(bytes, UInt64(clamping: bound))
            if excess == 0 { return }
            var part: [SegmentEntry] = []
            var freed: UInt64 = 0
            for entry in RetentionPlan.oldestFirst(removable(), shared.configuration.retention)
            where !passedBy.contains(entry.number) {
                part.append(entry)
                freed += entry.fileBytes + UInt64(Double(entry.traceCount) * indexBytesPerTrace)
                if freed >= excess || part.count == Retention.chunk { break }
            }
            if part.isEmpty { return }
            for entry in part {
                // One that stays, or leaves a remainder, is not looked at again in this pass.
                passedBy.insert(entry.number)
                progress(.expiring(file: entry.path))
            }
            passedBy.formUnion(try remove(part, .storeFull))
        }
    }

    /// Removes the segments, but for what must stay of them. Returns the numbers of the remainders.
    private mutating func remove(
        _ entries: [SegmentEntry], _ reason: RemovalRecord.Reason
    ) throws(StoreError) -> [UInt64] {
        for _ in 0..<Retention.attempts {
            let holds = try HoldSet(try holdDirectory.active(), shared)
            var expiry = Expiry(
                shared: shared, committer: committer, pace: pace, now: now, reason: reason, holds: holds)
            do throws(StoreError) {
                for entry in entries where !memory.isHeld(entry.number, by: holds.ids) {
                    try expiry.decide(entry)
                }
            } catch {
                expiry.abandon()
                throw error
            }
            if try commit(&expiry) {
                memory.remember(expiry.held.map(\.number), by: holds.ids)
                memory.held += entries.filter { memory.isHeld($0.number, by: holds.ids) }
                memory.held += expiry.change.addedSegments.filter(\.isRemainder)
                report += expiry.report
                return expiry.change.addedSegments.map(\.number)
            }
        }
        throw StoreError(.overloaded, "holds change all the time: expiry is tried again later")
    }

    /// Commits while nobody can place a hold. Returns `false` when the holds are not those the decision was made with.
    private func commit(_ expiry: inout Expiry) throws(StoreError) -> Bool {
        if expiry.change.removedSegments.isEmpty { return true }
        let change = expiry.change
        let ids = expiry.holds.ids
        let committer = committer
        var isAttempted = false
        do throws(StoreError) {
            try committer.settle()
            let done = try holdDirectory.whileLocked { current throws(StoreError) -> Bool in
                guard HoldSet.ids(current) == ids else { return false }
                isAttempted = true
                try committer.commit(change, abandoning: true)
                return true
            } keep: { lock in
                if isAttempted { committer.keep(lock) }
                return isAttempted
            }
            if !done { expiry.abandon() }
            return done
        } catch {
            // After a failed commit its files are the committer's.
            if !isAttempted { expiry.abandon() }
            throw error
        }
    }

    private func show(_ held: [SegmentEntry], _ rules: RetentionRules) {
        let committed = committer.committed
        let bytes = RetentionPlan.bytes(committed)
        let known = Set(rules.rules.map(\.name) + [rules.defaultClass])
        let unknown = Set(committed.segments.values.map(\.retentionClass)).subtracting(known).sorted()
        let bound = shared.configuration.maximumBytes.map { UInt64(clamping: $0) } ?? .max
        shared.state.withLock { state in
            state.statistics.upkeep.heldSegments = held.count
            state.statistics.upkeep.heldBytes = held.reduce(0) { $0 + $1.fileBytes }
            state.statistics.upkeep.bytesOverBound = bytes - min(bytes, bound)
            state.statistics.upkeep.classesWithoutRule = unknown
        }
    }
}

/// What retention remembers from pass to pass, so that a segment that is held whole is read once and not each time.
struct RetentionMemory: Sendable {
    private var heldBy: [UInt64: Set<String>] = [:]
    /// Segments of the last pass whose time is over and that stay.
    var held: [SegmentEntry] = []

    func isHeld(_ number: UInt64, by ids: Set<String>) -> Bool { heldBy[number] == ids }

    mutating func remember(_ numbers: [UInt64], by ids: Set<String>) {
        // What is remembered for other holds is of no use any more.
        heldBy = heldBy.filter { $0.value == ids }
        for number in numbers { heldBy[number] = ids }
    }
}
