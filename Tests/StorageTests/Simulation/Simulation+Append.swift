import Storage
import Telemetry

extension Simulation {
    /// Exporters send batches, all in one group.
    func append(count: Int) throws {
        guard let store else { return }
        var sent: [(batch: ModelBatch, mustWait: Bool, isTooLarge: Bool)] = []
        var submissions: [Submission] = []
        var opened: [ModelSession] = []
        for _ in 0..<count {
            now += UInt64(random.below(1_000_000))
            let session = random.oneIn(4) ? nil : try session(&opened)
            let batch = batch(of: session)
            let submission = batch.submission(at: now)
            let isTooLarge = batch.spans.count >= Simulation.tooManySpans
            var mustWait = false
            if let session, let refused = session.refusedFrom {
                mustWait = batch.sequence > refused
                // One that is too large never gets as far as that.
                if !mustWait, !isTooLarge { session.refusedFrom = nil }
            }
            sent.append((batch, mustWait, isTooLarge))
            submissions.append(submission)
        }
        say("append " + sent.map { name($0.batch) }.joined(separator: ", "))
        let answers = gate.send(submissions + [WriterGate.barrier], after: { _ in }, to: store)
        // Where all else was refused at once, the barrier alone meets the disk.
        if case .failure(let error)? = answers.last, error.code == .failed { hasFailed = hasFailed || mayFail }
        for (item, answer) in zip(sent, answers) { try settle(item.batch, item.mustWait, item.isTooLarge, answer) }
        if let batch = sent.first(where: { $0.batch.isPresent && !$0.batch.spans.isEmpty })?.batch {
            try check(batch.spans[0].span.traceID)
        }
    }

    private func name(_ batch: ModelBatch) -> String {
        let owner = batch.session.map { "\($0.instance)/\($0.incarnation):\(batch.sequence)" } ?? "otlp"
        return "\(batch.number) (\(owner), \(batch.spans.count) spans)"
    }

    /// Compares one answer with what it must be and takes note of it.
    private func settle(
        _ batch: ModelBatch, _ mustWait: Bool, _ isTooLarge: Bool, _ answer: WriterGate.Outcome
    ) throws {
        count(\.batches)
        figures.spans += batch.spans.count
        let session = batch.session.flatMap { model.sessions[$0] }
        switch answer {
        case .success(let outcome):
            if hasFailed { throw SimulationFailure("batch \(batch.number) was acknowledged after a failed sync") }
            if mustWait { throw SimulationFailure("batch \(batch.number) was acknowledged out of order") }
            let expected: AppendOutcome = batch.isCounted && session != nil ? .duplicate : .stored
            guard outcome == expected else {
                throw SimulationFailure("batch \(batch.number) was taken as \(outcome), and is \(expected)")
            }
            if outcome == .stored, let metrics = batch.metrics, let provenance = batch.provenances.last {
                metricTotals.take(RecoveredMetrics(metrics: metrics, provenance: provenance))
            }
            model.acknowledge(batch)
        case .failure(let error):
            say("  \(batch.number): \(error)")
            if isTooLarge || mustWait {
                let code: StoreError.Code = isTooLarge ? .tooLarge : .outOfOrder
                guard error.code == code else {
                    throw SimulationFailure("batch \(batch.number) is \(code) and was refused as \(error.code)")
                }
                return
            }
            guard mayFail || isFull || hasFailed else {
                throw SimulationFailure("batch \(batch.number) was refused on a good disk: \(error)")
            }
            if hasFailed, error.code != .failed, error.code != .outOfOrder {
                throw SimulationFailure("batch \(batch.number) was refused as \(error.code) after a failed sync")
            }
            if error.code == .failed { hasFailed = true }
            batch.isDoubtful = true
            session?.maybeSeen = true
            session?.refusedFrom = min(session?.refusedFrom ?? .max, batch.sequence)
        }
    }

    /// The batch that an exporter sends next: mostly a new one.
    private func batch(of session: ModelSession?) -> ModelBatch {
        guard let session else {
            let sent = model.batches.filter { $0.session == nil }
            return random.oneIn(5) && !sent.isEmpty ? random.pick(sent) : make(nil, 0)
        }
        if let refused = session.refusedFrom, let batch = session.batches[refused], !random.oneIn(4) { return batch }
        let waiting = session.batches.values.filter { !$0.isCounted }.sorted { $0.sequence < $1.sequence }
        if let first = waiting.first, random.oneIn(2) { return first }
        if !session.batches.isEmpty, random.oneIn(8) {
            return session.batches[random.pick(session.batches.keys.sorted())]!
        }
        if !session.skipped.isEmpty, random.oneIn(4) {
            return make(session, session.skipped.remove(at: random.below(session.skipped.count)))
        }
        if random.oneIn(12) {
            for _ in 0...random.below(3) {
                session.skipped.append(session.nextSequence)
                session.nextSequence += 1
            }
        }
        session.nextSequence += 1
        return make(session, session.nextSequence - 1)
    }

    private func make(_ session: ModelSession?, _ sequence: UInt64) -> ModelBatch {
        let count = random.pick(weighted: [(4, 0), (60, 1 + random.below(6)), (8, 30), (1, Simulation.tooManySpans)])
        let made = spans.batch(count, now: now, &random)
        var losses: [LossRecord] = []
        if session != nil, random.oneIn(8) {
            losses.append(
                LossRecord(
                    reason: random.pick([.queueFull, .spoolFull]), batches: 1, spans: UInt64(random.below(50)),
                    metricPoints: 2, firstNanoseconds: now - 1000, lastNanoseconds: now))
        }
        var metrics: MetricBatch?
        if session != nil, random.oneIn(6) {
            metrics = MetricBatch(
                series: [MetricSeries(name: "hops_total", help: "", kind: .counter, labels: [MetricLabel("a", "b")])],
                points: [MetricPoint(series: 0, value: .delta(Double(random.below(100))))], startNanoseconds: now,
                endNanoseconds: now + 1)
        }
        return model.make(session: session, sequence: sequence, spans: made, losses: losses, metrics: metrics)
    }
}
