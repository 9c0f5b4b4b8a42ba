import Files
import Synchronization
import Telemetry

/// Everything the collector keeps, in one data directory.
///
/// What `append` acknowledges is durable and visible to queries. It lies in the write-ahead log and in memory (the live
/// set) until it is sealed into a segment and an index run; queries see both as one. All methods are thread-safe; reads
/// block, so call them off event loops.
public final class Store: Sendable {
    public let storeID: StoreID
    /// Which life of the store this is: grows by one with each restore from a backup.
    public let epoch: UInt64

    let shared: StoreShared
    let upkeep: Upkeep
    private let background: BackgroundUpkeep?
    private let lock: any FileLock
    private let writer: Worker
    private let sealer: Worker
    private let isClosed = Mutex(false)

    init(
        shared: StoreShared, lock: any FileLock, upkeep: Upkeep,
        background: BackgroundUpkeep?, writer: Worker, sealer: Worker
    ) {
        storeID = shared.storeID
        epoch = shared.epoch
        self.shared = shared
        self.lock = lock
        self.upkeep = upkeep
        self.background = background
        self.writer = writer
        self.sealer = sealer
    }

    deinit { stop() }

    /// Whether `bytes` more (as `SpanBatch.memoryBytes` counts) may be taken now. Where not, senders should wait.
    public func admits(bytes: Int) -> Bool {
        shared.memoryBytes.load(ordering: .relaxed) + bytes <= shared.configuration.maximumLiveBytes
    }

    /// Queues a submission. `completion` is called once: on the writer thread after its bytes are durable, or with the
    /// reason why it is refused, then perhaps at once on this thread. It must not block.
    ///
    /// After a submission with a sequence is refused for now, later ones of the same session are refused as
    /// `.outOfOrder` until it comes again or the session is opened anew: no sequence is passed over in silence.
    public func append(
        _ submission: Submission, completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) {
        let bytes = submission.memoryBytes
        let configuration = shared.configuration
        let used = shared.memoryBytes.add(bytes, ordering: .relaxed).newValue
        // `admits` is advice; one submission beyond the bound is the most that anybody gets past it.
        let refusal: StoreError? =
            if bytes > configuration.maximumSubmissionBytes {
                StoreError(
                    .tooLarge, "a submission of \(bytes) bytes is more than \(configuration.maximumSubmissionBytes)")
            } else if used > configuration.maximumLiveBytes + configuration.maximumSubmissionBytes {
                StoreError(.overloaded, "\(used) bytes are waiting to be stored, more than may wait: try again later")
            } else {
                shared.outOfOrder(submission.provenance)
            }
        if let refusal {
            shared.refuse(submission.provenance, bytes, refusal, completion)
            return
        }
        let isQueued = shared.intake.update { intake in
            if intake.isStopped { return false }
            intake.items.append(.submission(submission, bytes: bytes, completion: completion))
            return true
        }
        if !isQueued {
            shared.refuse(submission.provenance, bytes, StoreError(.closed, "the store is closed"), completion)
        }
    }

    /// Takes note of a new connection.
    ///
    /// - Returns: the highest durable sequence of the session's (principal, instance, incarnation), zero when there is
    ///   none. What lies beyond must be sent again.
    public func sessionOpened(_ session: SessionRecord) -> UInt64 {
        shared.intake.update { intake in
            intake.refused[session.key] = nil
            intake.items.append(.record(.sessionOpened(session)))
        }
        return shared.state.withLock { state in
            state.connect(session.key)
            return state.ledger.incarnations[session.key]?.highWater ?? 0
        }
    }

    /// Takes note of the end of a connection. With `lastSequence`, the exporter closed and nothing more will come;
    /// with `nil` it went away, and unless it comes back its tail is unknown.
    public func sessionClosed(_ session: SessionRecord, lastSequence: UInt64?) {
        shared.state.withLock { $0.disconnect(session.key) }
        shared.intake.update { $0.items.append(.record(.sessionClosed(session, lastSequence: lastSequence))) }
    }

    public var statistics: StoreStatistics {
        shared.state.withLock { state in
            var statistics = state.statistics
            statistics.damagedSegments = shared.stored.damaged.count
            statistics.liveSpans = state.live.spanCount + (state.frozen?.spanCount ?? 0)
            statistics.liveBytes = shared.memoryBytes.load(ordering: .relaxed)
            statistics.sessions = state.ledger.incarnations.count
            statistics.gaps = state.ledger.missingRuns + state.ledger.notes.count
            return statistics
        }
    }

    /// Seals all that is acknowledged now, and waits for it. After an error it is still in the log and visible.
    public func seal() throws(StoreError) {
        let ticket = SealTicket()
        let isQueued = shared.intake.update { intake in
            if intake.isStopped { return false }
            intake.sealRequests.append(ticket)
            return true
        }
        guard isQueued else { throw StoreError(.closed, "the store is closed") }
        shared.sealing.update { if !ticket.isResolved { $0.retryNow = true } }
        try ticket.wait()
    }

    /// Writes what is queued, ends the threads and lets go of the directory. What is not sealed stays in the log.
    public func close() throws(StoreError) {
        stop()
        if let failure = shared.state.withLock({ $0.failure }) { throw failure }
    }

    /// Whoever comes second waits for the first.
    private func stop() {
        isClosed.withLock { closed in
            if closed { return }
            closed = true
            upkeep.end()
            background?.end()
            shared.intake.update { $0.isStopped = true }
            writer.join()
            shared.sealing.update { $0.isStopped = true }
            sealer.join()
            upkeep.letGo()
            // What the last query let go of since the upkeep's last pass.
            shared.removeRetired()
            lock.unlock()
        }
    }
}
