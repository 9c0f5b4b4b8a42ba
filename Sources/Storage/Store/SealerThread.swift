import Files
import Telemetry

/// The one thread that turns frozen live sets into segments and commits them to the manifest.
struct SealerThread: ~Copyable {
    /// How long to wait after a failure: doubles from the first to the second.
    static let firstRetryNanoseconds: UInt64 = 500_000_000
    static let lastRetryNanoseconds: UInt64 = 30_000_000_000

    /// What is written for a set and not committed yet.
    private struct Prepared {
        var commit: ManifestCommit
        var readers: [(number: UInt64, reader: SegmentReader)] = []
        var runs: [IndexReader] = []
    }

    private let shared: StoreShared
    private var manifest: ManifestFile
    private var committed: ManifestState
    private var nextNumber: UInt64
    /// Damaged log files, kept as evidence.
    private let damagedLogFiles: Set<UInt64>
    private var prepared: Prepared?

    init(
        shared: StoreShared, manifest: consuming ManifestFile, committed: ManifestState, damagedLogFiles: Set<UInt64>
    ) {
        self.shared = shared
        self.manifest = manifest
        self.committed = committed
        self.damagedLogFiles = damagedLogFiles
        nextNumber = committed.nextNumber
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
        if prepared == nil { prepared = try prepare(work) }
        guard let prepared else { return }
        if manifest.needsSnapshot {
            var next = committed
            next.apply(prepared.commit)
            let leftover = try manifest.writeSnapshot(next)
            committed = next
            if let leftover { shared.note(leftover) }
        } else {
            try manifest.append(prepared.commit)
            committed.apply(prepared.commit)
        }
        self.prepared = nil
        publish(prepared, work)
        removeLogFiles(before: work.logThrough + 1)
    }

    /// Shows the segments and forgets the memory, in one step.
    private func publish(_ prepared: Prepared, _ work: SealWork) {
        shared.state.withLock { state in
            state.frozen = nil
            for (number, reader) in prepared.readers { state.segments[number] = reader }
            state.runs += prepared.runs
            state.statistics.count(prepared.commit)
            state.statistics.logBytes -= min(state.statistics.logBytes, UInt64(work.logBytes))
            state.statistics.logFiles -= min(state.statistics.logFiles, work.logFiles)
        }
        shared.release(work.live.bytes)
    }

    private mutating func prepare(_ work: SealWork) throws(StoreError) -> Prepared {
        var prepared = Prepared(
            commit: ManifestCommit(
                logFrom: work.logThrough + 1, nextNumber: nextNumber,
                keptLogFiles: damagedLogFiles.filter { committed.logFrom...work.logThrough ~= $0 }.sorted(),
                ledger: work.ledger))
        var written: [String] = []
        do throws(StoreError) {
            try write(work.live, &prepared, &written)
            prepared.commit.nextNumber = nextNumber
            return prepared
        } catch {
            // Numbers are never used twice, so what cannot be removed now is in nobody's way; the next start does.
            for path in written { try? shared.files.remove(path) }
            throw error
        }
    }

    private mutating func write(
        _ live: LiveSet, _ prepared: inout Prepared, _ written: inout [String]
    ) throws(StoreError) {
        if live.batches.isEmpty { return }
        let configuration = shared.configuration
        var days: [UInt32: SegmentInput] = [:]
        for batch in live.batches {
            let day = UInt32(clamping: batch.provenance.receivedNanoseconds / CivilDate.nanosecondsPerDay)
            days[day, default: SegmentInput(parts: [])].parts.append((batch.spans, batch.provenance))
        }
        var inputs: [IndexInput] = []
        for (day, input) in days.sorted(by: { $0.key < $1.key }) {
            let number = takeNumber()
            let relative = StoreDirectory.segmentPath(
                tenant: configuration.tenant, retentionClass: configuration.retentionClass, day: day, number: number)
            let path = try place(relative, &written)
            let info = SegmentHeaderInfo(
                storeID: shared.storeID, epoch: shared.epoch, tenant: configuration.tenant,
                retentionClass: configuration.retentionClass, day: day, segmentNumber: number)
            let summary = try SegmentWriter.write(
                input, info: info, path: path, files: shared.files, rules: configuration.transactionRules)
            let reader = try SegmentReader(
                path: path, files: shared.files, expecting: shared.storeID, cache: shared.cache)
            prepared.readers.append((number, reader))
            prepared.commit.addedSegments.append(
                SegmentEntry(
                    number: number, path: relative, fileBytes: UInt64(summary.fileBytes),
                    spanCount: UInt64(summary.spanCount)))
            inputs.append(
                IndexInput(segmentNumber: number, traces: summary.traces, transactions: summary.transactions))
        }
        let number = takeNumber()
        let relative = StoreDirectory.indexPath(
            tenant: configuration.tenant, retentionClass: configuration.retentionClass, number: number)
        let path = try place(relative, &written)
        let bytes = try IndexRun.write(
            inputs, storeID: shared.storeID, epoch: shared.epoch, path: path, files: shared.files)
        prepared.runs.append(
            try IndexReader(path: path, files: shared.files, expecting: shared.storeID, open: shared.openRuns))
        prepared.commit.addedRuns.append(RunEntry(number: number, path: relative, fileBytes: UInt64(bytes)))
    }

    private mutating func takeNumber() -> UInt64 {
        defer { nextNumber += 1 }
        return nextNumber
    }

    /// Makes the directory for a file and returns its whole path.
    private func place(_ relative: String, _ written: inout [String]) throws(StoreError) -> String {
        let path = shared.directory.path + "/" + relative
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        do throws(FileError) { try shared.files.makeDirectories(parent) } catch { throw StoreError(error) }
        written.append(path)
        return path
    }

    /// Log files that the manifest no longer needs. One that cannot be removed is removed at the next start.
    private func removeLogFiles(before number: UInt64) {
        do throws(FileError) {
            for name in try shared.files.list(shared.directory.log) {
                guard let old = LogWriter.number(name), old < number, !damagedLogFiles.contains(old),
                    !committed.keptLogFiles.contains(old)
                else { continue }
                try shared.files.remove(shared.directory.log + "/" + name)
            }
        } catch { shared.note(StoreError(error)) }
    }
}

extension StoreStatistics {
    mutating func count(_ commit: ManifestCommit) {
        segments += commit.addedSegments.count
        indexRuns += commit.addedRuns.count - commit.removedRuns.count
        for segment in commit.addedSegments {
            segmentBytes += segment.fileBytes
            sealedSpans += segment.spanCount
        }
        for run in commit.addedRuns { indexBytes += run.fileBytes }
    }
}
