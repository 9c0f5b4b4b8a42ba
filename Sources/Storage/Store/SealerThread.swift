import Files
import Telemetry

/// The one thread that turns frozen live sets into segments and commits them to the manifest.
struct SealerThread: ~Copyable {
    /// How long to wait after a failure: doubles from the first to the second.
    static let firstRetryNanoseconds: UInt64 = 500_000_000
    static let lastRetryNanoseconds: UInt64 = 30_000_000_000

    private let shared: StoreShared
    private let committer: Committer
    /// Damaged log files, kept as evidence.
    private let damagedLogFiles: Set<UInt64>
    /// What is written for a set and not committed yet.
    private var prepared: ManifestCommit?

    init(shared: StoreShared, committer: Committer, damagedLogFiles: Set<UInt64>) {
        self.shared = shared
        self.committer = committer
        self.damagedLogFiles = damagedLogFiles
    }

    /// Runs until the store is closed. A set that fails is tried again, later and later; it stays visible meanwhile.
    mutating func run() {
        var retry: UInt64?
        var pause = SealerThread.firstRetryNanoseconds
        while true {
            let deadline = retry
            let (work, isStopped) =
                shared.sealing.wait(deadline: deadline) { sealing -> (SealWork?, Bool)? in
                    if sealing.isStopped { return (sealing.work, true) }
                    let mayStart = deadline == nil || sealing.retryNow
                    return mayStart && sealing.work != nil ? (sealing.work, false) : nil
                } ?? (shared.sealing.withLock { $0.work }, false)
            // What is not sealed at the end is in the log.
            if isStopped && (work == nil || retry != nil) { break }
            guard let work else { continue }
            shared.sealing.withLock { $0.retryNow = false }
            let started = MonotonicClock.nanoseconds()
            do throws(StoreError) {
                try seal(work)
                shared.state.withLock {
                    $0.statistics.sealLatency.record(nanoseconds: MonotonicClock.nanoseconds() - started)
                }
                succeed(work)
                retry = nil
                pause = SealerThread.firstRetryNanoseconds
            } catch {
                fail(work, error)
                retry = MonotonicClock.nanoseconds() + pause
                pause = min(pause * 2, SealerThread.lastRetryNanoseconds)
            }
        }
        let leftover = shared.sealing.withLock { $0.work }
        for ticket in leftover?.tickets ?? [] { ticket.resolve(.failure(StoreError(.closed, "the store is closed"))) }
    }

    private func succeed(_ work: SealWork) {
        shared.sealing.update { $0.work = nil }
        shared.intake.update { $0.sealerIsFree = true }
        for ticket in work.tickets { ticket.resolve(.success(())) }
    }

    /// Tells all who wait; the set stays, to be tried again.
    private func fail(_ work: SealWork, _ error: StoreError) {
        shared.state.withLock { $0.statistics.sealFailures += 1 }
        shared.note(error)
        // In one step, so that whoever asks from now on gets another attempt, and whoever asked before gets none.
        shared.sealing.update { sealing in
            sealing.retryNow = false
            let waiting = shared.intake.withLock { intake -> [SealTicket] in
                defer { intake.sealRequests = [] }
                return intake.sealRequests
            }
            for ticket in work.tickets + waiting { ticket.resolve(.failure(error)) }
        }
    }

    private mutating func seal(_ work: SealWork) throws(StoreError) {
        let change = if let prepared { prepared } else { try prepare(work) }
        prepared = change
        try committer.commit(change, abandoning: false) { state in
            // The segments show and the memory is forgotten, in one step.
            state.frozen = nil
            state.statistics.logBytes -= min(state.statistics.logBytes, UInt64(work.logBytes))
            state.statistics.logFiles -= min(state.statistics.logFiles, work.logFiles)
        }
        prepared = nil
        shared.release(work.live.bytes)
        removeLogFiles(before: work.logThrough + 1)
        shared.removeRetired()
    }

    private func prepare(_ work: SealWork) throws(StoreError) -> ManifestCommit {
        var change = ManifestCommit(logFrom: work.logThrough + 1)
        let logFrom = committer.committed.logFrom
        change.keptLogFiles = damagedLogFiles.filter { logFrom...work.logThrough ~= $0 }.sorted()
        change.ledger = work.ledger
        change.metricTotals = work.metricTotals
        var written: [String] = []
        do throws(StoreError) {
            try write(work.live, &change, &written)
            return change
        } catch {
            // Numbers are never used twice, so what cannot be removed now is in nobody's way; the next start does.
            for path in written { try? shared.files.remove(path) }
            throw error
        }
    }

    private func write(
        _ live: LiveSet, _ change: inout ManifestCommit, _ written: inout [String]
    ) throws(StoreError) {
        if live.batches.isEmpty { return }
        let tenant = shared.configuration.tenant
        var classes = try TraceClasses(shared.configuration.retention)
        var inputs: [IndexInput] = []
        for (name, parts) in classes.split(live.batches) {
            var days: [UInt32: SegmentInput] = [:]
            for (batch, provenance) in parts {
                let day = UInt32(clamping: provenance.receivedNanoseconds / CivilDate.nanosecondsPerDay)
                days[day, default: SegmentInput(parts: [])].append(batch, provenance)
            }
            for (day, input) in days.sorted(by: { $0.key < $1.key }) {
                inputs.append(try write(input, day, name, &change, &written))
            }
        }
        let number = committer.takeNumber()
        let relative = StoreDirectory.indexPath(tenant: tenant, number: number)
        let path = try shared.directory.place(relative)
        written.append(path)
        let bytes = try IndexRun.write(
            inputs, storeID: shared.storeID, epoch: shared.epoch, path: path, files: shared.files)
        let rows = change.addedSegments.reduce(0) { $0 + $1.traceCount }
        change.addedRuns.append(
            RunEntry(
                number: number, path: relative, fileBytes: UInt64(bytes), level: IndexMerge.level(rows: rows),
                rows: rows, segments: change.addedSegments.map(\.number).sorted()))
    }

    /// Writes the segment of one class and day.
    private func write(
        _ input: SegmentInput, _ day: UInt32, _ retentionClass: String, _ change: inout ManifestCommit,
        _ written: inout [String]
    ) throws(StoreError) -> IndexInput {
        let configuration = shared.configuration
        let number = committer.takeNumber()
        let relative = StoreDirectory.segmentPath(
            tenant: configuration.tenant, retentionClass: retentionClass, day: day, number: number)
        let path = try shared.directory.place(relative)
        written.append(path)
        let info = SegmentHeaderInfo(
            storeID: shared.storeID, epoch: shared.epoch, tenant: configuration.tenant,
            retentionClass: retentionClass, day: day, segmentNumber: number)
        let summary = try SegmentWriter.write(
            input, info: info, path: path, files: shared.files, rules: configuration.transactionRules)
        let entry = SegmentEntry(summary, traceCount: UInt64(summary.traces.count), level: .young)
        try configuration.ledger?.willCommit(LedgerSegment(entry, summary.blocks), replacing: [])
        change.addedSegments.append(entry)
        return IndexInput(
            segmentNumber: number, traces: summary.traces, transactions: summary.transactions,
            catalog: summary.catalog)
    }

    /// Log files that the manifest no longer needs. One that cannot be removed is removed at the next start.
    private func removeLogFiles(before number: UInt64) {
        let kept = committer.committed.keptLogFiles
        do throws(FileError) {
            for name in try shared.files.list(shared.directory.log) {
                guard let old = LogWriter.number(name), old < number, !damagedLogFiles.contains(old),
                    !kept.contains(old)
                else { continue }
                try shared.files.remove(shared.directory.log + "/" + name)
            }
        } catch { shared.note(StoreError(error)) }
    }
}
