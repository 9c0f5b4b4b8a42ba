import Telemetry

/// The one thread that writes the log: takes all that waits, writes it as one group, syncs once, then answers all.
struct WriterThread: ~Copyable {
    /// A group ends at about this many bytes, so that an fsync stays short and memory bounded.
    static let groupBytes = 4 << 20

    private struct Accepted {
        var submission: Submission
        var bytes: Int
        var outcome: AppendOutcome
        var completion: @Sendable (Result<AppendOutcome, StoreError>) -> Void
    }

    private let shared: StoreShared
    private var log: LogWriter
    private var finder: TransactionFinder
    /// Bytes and files of the log since the last set was frozen, and since when on the monotonic clock.
    private var logBytes: Int
    private var logFiles: Int
    private var since: UInt64?

    init(shared: StoreShared, log: consuming LogWriter, recovered: LogReader.Summary, finder: TransactionFinder) {
        self.shared = shared
        self.log = log
        self.finder = finder
        logBytes = recovered.totalBytes
        logFiles = recovered.fileCount
        since = recovered.fileCount > 0 ? MonotonicClock.nanoseconds() : nil
    }

    /// Runs until the store is closed.
    mutating func run() {
        while true {
            let (items, isStopped) = next()
            var rest = items[...]
            while !rest.isEmpty { writeGroup(&rest) }
            freezeIfDue()
            if isStopped && items.isEmpty { break }
        }
        let tickets = shared.intake.withLock { $0.sealRequests }
        for ticket in tickets { ticket.resolve(.failure(StoreError(.closed, "the store is closed"))) }
        _ = log.rotate()
    }

    private func next() -> (items: [Intake.Item], isStopped: Bool) {
        // Once it has passed, only the sealer's being free can change anything.
        let now = MonotonicClock.nanoseconds()
        let deadline = sealTime.flatMap { $0 > now ? $0 : nil }
        let taken = shared.intake.wait(deadline: deadline) { intake -> (items: [Intake.Item], isStopped: Bool)? in
            let mayFreeze = intake.sealerIsFree && (!intake.sealRequests.isEmpty || isDue())
            guard !intake.items.isEmpty || intake.isStopped || mayFreeze else { return nil }
            defer { intake.items = [] }
            return (intake.items, intake.isStopped)
        }
        return taken ?? ([], false)
    }

    private mutating func writeGroup(_ items: inout ArraySlice<Intake.Item>) {
        var draft = LedgerDraft()
        var accepted: [Accepted] = []
        let shared = shared
        let known = { @Sendable (key: SessionKey) in shared.state.withLock { $0.ledger.incarnations[key] } }
        let failure = shared.state.withLock { $0.failure }
        while log.groupBytes < WriterThread.groupBytes, let item = items.popFirst() {
            switch item {
            case .record(let record):
                guard failure == nil, add(record) == nil else { continue }
                switch record {
                case .sessionOpened(let session): draft.open(session, known)
                case .sessionClosed(let session, let last): draft.close(session, lastSequence: last, known)
                case .submission: break
                }
            case .submission(let submission, let bytes, let completion):
                if let refusal = failure ?? shared.outOfOrder(submission.provenance) {
                    shared.refuse(submission.provenance, bytes, refusal, completion)
                    continue
                }
                let mark = log.groupBytes
                if let error = add(.submission(submission)) {
                    shared.refuse(submission.provenance, bytes, error, completion)
                    continue
                }
                let isNew = draft.take(submission, known)
                if !isNew { log.discard(from: mark) }
                accepted.append(
                    Accepted(
                        submission: submission, bytes: bytes, outcome: isNew ? .stored : .duplicate,
                        completion: completion))
            }
        }
        finish(accepted, draft)
    }

    private mutating func add(_ record: LogRecord) -> StoreError? {
        do throws(StoreError) {
            try log.add(record)
            return nil
        } catch { return error }
    }

    /// Makes the group durable, shows it to queries, and answers.
    private mutating func finish(_ accepted: [Accepted], _ draft: LedgerDraft) {
        var syncNanoseconds: UInt64?
        let groupBytes = log.groupBytes
        var newFiles = 0
        if groupBytes > 0 {
            let number = log.number
            do throws(StoreError) { syncNanoseconds = try log.commit() } catch {
                fail(accepted, error)
                return
            }
            logBytes += groupBytes
            newFiles = log.number == number ? 0 : 1
            logFiles += newFiles
            if since == nil { since = MonotonicClock.nanoseconds() }
        }
        var arrivals: [(batch: LiveBatch, found: LiveFindings)] = []
        let refusedBefore = finder.refused
        for item in accepted where item.outcome == .stored && !item.submission.spans.isEmpty {
            let found = finder.found(in: item.submission.spans)
            arrivals.append((LiveBatch(spans: item.submission.spans, provenance: item.submission.provenance), found))
        }
        let refusedIDs = finder.refused - refusedBefore
        let now = MonotonicClock.nanoseconds()
        shared.state.withLock { state in
            draft.apply(to: &state.ledger)
            for (batch, found) in arrivals { state.live.insert(batch, found, now: now) }
            if let syncNanoseconds { state.statistics.syncLatency.record(nanoseconds: syncNanoseconds) }
            state.statistics.logBytesWritten += UInt64(groupBytes)
            state.statistics.logBytes += UInt64(groupBytes)
            state.statistics.logFiles += newFiles
            state.statistics.refusedTransactionIDs += UInt64(refusedIDs)
            for item in accepted { state.statistics.count(item.submission, item.outcome) }
        }
        for item in accepted {
            // What is live is counted by the live set's own figure from here on.
            let kept = item.outcome == .stored && !item.submission.spans.isEmpty ? item.submission.liveBytes : 0
            shared.release(item.bytes - kept)
            item.completion(.success(item.outcome))
        }
    }

    private func fail(_ accepted: [Accepted], _ error: StoreError) {
        shared.state.withLock { state in
            state.statistics.writeErrors += 1
            state.statistics.lastError = error.description
            if error.code == .failed {
                state.failure = error
                state.statistics.hasFailed = true
            }
        }
        for item in accepted { shared.refuse(item.submission.provenance, item.bytes, error, item.completion) }
    }

    /// When what came since the last time is old enough to be sealed.
    private var sealTime: UInt64? {
        since.map { $0 + UInt64(max(0, shared.configuration.sealAfterSeconds)) * 1_000_000_000 }
    }

    private func isDue() -> Bool {
        guard let sealTime else { return false }
        let configuration = shared.configuration
        let (spans, bytes) = shared.state.withLock { ($0.live.spanCount, $0.live.bytes) }
        return spans >= configuration.sealAfterSpans || bytes >= configuration.sealAfterBytes
            || logBytes >= configuration.maximumLogFileBytes
            || MonotonicClock.nanoseconds() >= sealTime
    }

    /// Hands the live set to the sealer when it is due or asked for, and the sealer is free.
    private mutating func freezeIfDue() {
        let due = isDue()
        let tickets = shared.intake.withLock { intake -> [SealTicket]? in
            guard intake.sealerIsFree, due || !intake.sealRequests.isEmpty else { return nil }
            if since != nil { intake.sealerIsFree = false }
            defer { intake.sealRequests = [] }
            return intake.sealRequests
        }
        guard let tickets else { return }
        if since == nil {
            // Nothing came since the last time.
            for ticket in tickets { ticket.resolve(.success(())) }
            return
        }
        let through = log.rotate()
        let (live, ledger) = shared.state.withLock { state -> (LiveSet, LedgerState.Delta) in
            let live = state.live
            state.frozen = live
            state.live = LiveSet()
            return (live, state.ledger.takeDelta())
        }
        let work = SealWork(
            live: live, logThrough: through, logBytes: logBytes, logFiles: logFiles, ledger: ledger,
            metricTotals: shared.configuration.metricTotals?.totals(), tickets: tickets)
        logBytes = 0
        logFiles = 0
        since = nil
        shared.sealing.update { $0.work = work }
    }
}

extension Submission {
    /// What its spans take in the live set.
    var liveBytes: Int { spans.memoryBytes + spans.count * LiveSet.indexBytesPerSpan }
}

extension StoreShared {
    /// Why a batch must wait for an earlier one of its session, if it must.
    func outOfOrder(_ provenance: Provenance) -> StoreError? {
        guard let key = provenance.session else { return nil }
        let waiting = intake.withLock { intake -> UInt64? in
            guard !intake.refused.isEmpty, let refused = intake.refused[key] else { return nil }
            if provenance.sequence > refused { return refused }
            intake.refused[key] = nil
            return nil
        }
        return waiting.map {
            StoreError(.outOfOrder, "batch \(provenance.sequence) must wait: batch \($0) was refused and comes first")
        }
    }

    /// Answers no, and remembers that the session must come again from this sequence.
    func refuse(
        _ provenance: Provenance, _ bytes: Int, _ error: StoreError,
        _ completion: @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) {
        if let key = provenance.session, error.code != .tooLarge {
            intake.withLock { intake in
                intake.refused[key] = min(intake.refused[key] ?? .max, provenance.sequence)
            }
        }
        release(bytes)
        state.withLock { $0.statistics.refusedBatches += 1 }
        completion(.failure(error))
    }
}

extension StoreStatistics {
    mutating func count(_ submission: borrowing Submission, _ outcome: AppendOutcome) {
        if outcome == .duplicate {
            duplicateBatches += 1
            return
        }
        storedSpans += UInt64(submission.spans.count)
        if !submission.spans.isEmpty { storedBatches += 1 }
        storedMetricPoints += UInt64((submission.metrics?.points.count ?? 0) + (submission.reported?.points.count ?? 0))
    }
}
