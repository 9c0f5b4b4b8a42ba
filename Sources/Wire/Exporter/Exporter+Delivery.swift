import Synchronization
import Telemetry

extension Exporter {
    func acknowledged(_ uplink: Uplink, through sequence: UInt64) {
        let done = uplink.outbox.acknowledge(sequence, endpoint: uplink.endpoint)
        if uplink.outbox.isSettled { wake() }
        if done.isEmpty { return }
        if uplink.outbox.isRecovered { recoveredItems.subtract(done.count, ordering: .relaxed) }
        var spooled: [Spool.Location] = []
        note { statistics in
            for item in done where !item.isRefused {
                if item.isLosses { continue }
                statistics.acknowledgedBatches += 1
                statistics.acknowledgedSpans += UInt64(item.spans)
            }
        }
        for item in done {
            if case .spooled(let location) = item.content { spooled.append(location) }
            item.completion?(.acknowledged)
        }
        release(spooled)
    }

    /// The collector settled a batch by refusing it for good: it is lost, and a loss record says so.
    func refused(_ uplink: Uplink, _ sequence: UInt64, _ refusal: WireRefusal) {
        let lost = uplink.outbox.refuse(sequence)
        note { statistics in
            statistics.refusedByCollector += 1
            statistics.lastError = refusal.description
            if let lost {
                statistics.droppedBatches += 1
                statistics.droppedSpans += UInt64(lost.spans)
            }
        }
        guard let lost else { return }
        // Also for an earlier incarnation's batch: this one is the one that can still speak.
        outbox.state.withLock { Outbox.record(Exporter.loss(of: lost, .refused), &$0) }
        wake()
        lost.completion?(.refused(refusal))
    }

    /// One endpoint's collector cannot take metrics: there a loss record goes out under the sequence.
    func unsupported(_ uplink: Uplink, _ item: Outbox.Item) -> [LossRecord] {
        if uplink.outbox.refuse(item.sequence) != nil {
            note {
                $0.droppedBatches += 1
                $0.lastError = "the collector does not take metrics"
            }
        }
        return [Exporter.loss(of: item, .refused)]
    }

    /// A batch can never be delivered as it is: a loss record takes its place and its sequence.
    func replace(
        _ outbox: Outbox, _ sequence: UInt64, by reason: LossReason, outcome: ExportOutcome = .lost
    ) {
        guard let item = outbox.replace(sequence, by: reason) else { return }
        note { statistics in
            statistics.droppedBatches += 1
            statistics.droppedSpans += UInt64(item.spans)
        }
        if case .spooled(let location) = item.content { release([location]) }
        item.completion?(outcome)
    }

    func release(_ locations: [Spool.Location]) {
        guard let spool, !locations.isEmpty else { return }
        pool.submit { [self] _ in
            for location in locations { spool.release(location) }
            noteSpoolProblems()
        }
    }

    /// Reads a spooled batch on the spool's thread.
    func load(
        _ location: Spool.Location, _ body: @escaping @Sendable (Result<WireSubmission.Content, SpoolDamage>) -> Void
    ) {
        guard let spool else { return body(.failure(SpoolDamage("there is no spool"))) }
        pool.submit { [self] state in
            guard case .active = state else { return }
            let result = Result { () throws(SpoolDamage) in try spool.read(location) }
            if case .failure(let damage) = result { noteSpool(damage.sentence) }
            body(result)
        }
    }

    func makeUplinks(_ outbox: Outbox) -> [Uplink] {
        configuration.endpoints.indices.map { endpoint in
            Uplink(exporter: self, outbox: outbox, endpoint: endpoint) { [self] in uplinkFinished($0) }
        }
    }

    /// The next earlier incarnation, one at a time.
    func startRecovered() {
        let outbox = links.withLock { links -> Outbox? in
            guard links.recovered.isEmpty, !links.isShutDown, !links.waitingOutboxes.isEmpty else { return nil }
            return links.waitingOutboxes.removeFirst()
        }
        guard let outbox else { return }
        let uplinks = makeUplinks(outbox)
        links.withLock { $0.recovered = uplinks }
        for uplink in uplinks { uplink.start() }
    }

    private func uplinkFinished(_ uplink: Uplink) {
        if uplink.outbox.isRecovered {
            let isLast = links.withLock { links in
                links.recovered.removeAll { $0 === uplink }
                return links.recovered.isEmpty
            }
            if isLast { startRecovered() }
            return
        }
        let waiter = links.withLock { links -> CheckedContinuation<Void, Never>? in
            links.live.removeAll { $0 === uplink }
            guard links.live.isEmpty else { return nil }
            defer { links.waiter = nil }
            return links.waiter
        }
        waiter?.resume()
    }
}
