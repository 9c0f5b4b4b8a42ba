import Files
import Telemetry

extension Store {
    /// Opens the store in `directory`, made when it is missing: takes its lock, reads the manifest, removes files that
    /// were never committed, and replays the log.
    public static func open(
        directory path: String, configuration: Configuration = Configuration(),
        files: any FileSystem = RealFileSystem()
    ) throws(StoreError) -> Store {
        try checkName(configuration.tenant, "tenant")
        try configuration.retention.check()
        let directory = StoreDirectory(path: path, files: files)
        let lock = try directory.claim()
        let (storeID, epoch) = try directory.claimIdentity()
        var (committed, manifestNumber) = try ManifestFile.read(
            files: files, directory: directory.manifest, storeID: storeID, epoch: epoch, settling: true)
        let shared = StoreShared(directory: directory, configuration: configuration, storeID: storeID, epoch: epoch)
        let inventory = try StoreInventory(&committed, shared)
        inventory.show(committed, shared)
        var manifest = ManifestFile(
            files: files, directory: directory.manifest, storeID: storeID, epoch: epoch, after: manifestNumber)
        // The sessions that the last process had went away with it, at the latest.
        committed.ledger.disconnectAll(at: WallClock.nanoseconds())
        // A serial number of its own, so that whatever follows the snapshot counts.
        committed.apply(committed.nextCommit)
        if let leftover = try manifest.writeSnapshot(committed) { shared.note(leftover) }
        var finder = TransactionFinder(rules: configuration.transactionRules)
        let recovered = try replay(shared, committed, &finder)

        let log = LogWriter(
            files: files, directory: directory.log, storeID: storeID, epoch: epoch, after: recovered,
            maximumFileBytes: configuration.maximumLogFileBytes)
        let damaged = Set(recovered.damages.compactMap { logNumber(of: $0.file) })
        return start(shared, lock, log, recovered, finder, manifest, committed, damaged)
    }

    private static func start(
        _ shared: StoreShared, _ lock: any FileLock, _ log: consuming LogWriter,
        _ recovered: LogReader.Summary, _ finder: TransactionFinder, _ manifest: consuming ManifestFile,
        _ committed: ManifestState, _ damaged: Set<UInt64>
    ) -> Store {
        let writer = Handover(WriterThread(shared: shared, log: log, recovered: recovered, finder: finder))
        let committer = Committer(shared: shared, manifest: manifest, committed: committed)
        let sealer = Handover(SealerThread(shared: shared, committer: committer, damagedLogFiles: damaged))
        let upkeep = Upkeep(shared: shared, committer: committer)
        let background =
            shared.configuration.backgroundUpkeep ? BackgroundUpkeep(shared: shared, upkeep: upkeep) : nil
        return Store(
            shared: shared, lock: lock, upkeep: upkeep, background: background,
            writer: Worker("store-writer") { writer.withValue { $0.run() } },
            sealer: Worker("store-sealer") { sealer.withValue { $0.run() } })
    }

    private static func checkName(_ name: String, _ what: String) throws(StoreError) {
        guard StoreDirectory.isName(name) else {
            throw StoreError(.limit, "the \(what) must be 1 to 64 letters, digits, - and _")
        }
    }

    /// Makes the live set and the ledger again from the log.
    private static func replay(
        _ shared: StoreShared, _ committed: ManifestState, _ finder: inout TransactionFinder
    ) throws(StoreError) -> LogReader.Summary {
        var live = LiveSet()
        var ledger = committed.ledger
        var metrics = committed.metricTotals
        let reader = LogReader(
            files: shared.files, directory: shared.directory.log, storeID: shared.storeID, epoch: shared.epoch)
        let now = MonotonicClock.nanoseconds()
        func insert(_ spans: SpanBatch, _ provenance: Provenance) {
            if spans.isEmpty { return }
            live.insert(LiveBatch(spans: spans, provenance: provenance), finder.found(in: spans), now: now)
        }
        let summary = try reader.replay(from: committed.logFrom, settling: true) { record, isStray in
            // A stray's sequence does not count, so its exporter sends it again; its spans are stored once all the same.
            if isStray {
                if case .submission(let submission) = record { insert(submission.spans, submission.provenance) }
                return
            }
            var draft = LedgerDraft()
            switch record {
            case .sessionOpened(let session): draft.open(session) { ledger.incarnations[$0] }
            case .sessionClosed(let session, let last):
                draft.close(session, lastSequence: last) { ledger.incarnations[$0] }
            case .submission(let submission):
                guard draft.take(submission, { ledger.incarnations[$0] }) else { return }
                if submission.metrics != nil || submission.reported != nil {
                    metrics.append(
                        RecoveredMetrics(
                            metrics: submission.metrics ?? MetricBatch(), reported: submission.reported,
                            provenance: submission.provenance))
                }
                insert(submission.spans, submission.provenance)
            }
            draft.apply(to: &ledger)
        }
        let clock = WallClock.nanoseconds()
        ledger.disconnectAll(at: clock)
        for damage in summary.damages {
            ledger.note(
                GapRecord(
                    kind: .corruption(file: damage.file, offset: damage.offset, bytes: damage.bytes), session: nil,
                    fromNanoseconds: 0, toNanoseconds: clock))
        }
        shared.memoryBytes.add(live.bytes, ordering: .relaxed)
        shared.state.withLock { [live, ledger] state in
            state.live = live
            state.ledger = ledger
            state.statistics.logBytes = UInt64(summary.totalBytes)
            state.statistics.logFiles = summary.fileCount
            state.statistics.corruptRecords = UInt64(ledger.damageCount)
        }
        shared.configuration.metricTotals?.restore(metrics)
        return summary
    }

    private static func logNumber(of path: String) -> UInt64? {
        LogWriter.number(String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]))
    }
}
