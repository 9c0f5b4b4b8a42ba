import Files
import NIOCore
import Synchronization
import Telemetry

extension Exporter {
    /// Hands items to the spool's thread, which writes all that wait in one go.
    func enqueueSpool(_ sequences: [UInt64]) {
        let isFirst = spoolQueue.withLock { queue in
            queue.append(contentsOf: sequences)
            return queue.count == sequences.count
        }
        if isFirst { pool.submit { [self] _ in writeSpool() } }
    }

    /// Payment batches that wait in memory go to the spool as far as it has room.
    func spoolWaiting() {
        guard spool != nil else { return }
        let sequences = outbox.state.withLock { state -> [UInt64] in
            var chosen: [UInt64] = []
            for index in state.head..<state.items.count {
                let item = state.items[index]
                guard item.delivery == .payment, !item.isSpooling, item.bytes > 0, case .memory = item.content,
                    hasSpoolRoom(item.bytes, state, adding: 0)
                else { continue }
                state.items[index].isSpooling = true
                state.queuedBytes -= item.bytes
                state.spoolingBytes += item.bytes
                chosen.append(item.sequence)
            }
            return chosen
        }
        if !sequences.isEmpty { enqueueSpool(sequences) }
    }

    /// On the spool's thread.
    func writeSpool() {
        guard let spool else { return }
        let sequences = spoolQueue.withLock { queue in
            let sequences = queue
            queue.removeAll()
            return sequences
        }
        var items: [Outbox.Item] = []
        var records: [(kind: UInt8, bytes: [UInt8])] = []
        for sequence in sequences {
            guard let item = outbox.item(sequence), item.isSpooling else { continue }
            guard let record = Exporter.record(item) else {
                replace(outbox, sequence, by: .tooLarge)
                continue
            }
            items.append(item)
            records.append(record)
        }
        if records.isEmpty { return }
        do throws(FileError) {
            let locations = try spool.append(records)
            note { $0.spooledBatches += UInt64(items.count) }
            for (item, location) in zip(items, locations)
            where !outbox.settleSpooling(item.sequence, at: location) { spool.release(location) }
            if spoolFailedUntil.exchange(0, ordering: .relaxed) > 0 { spoolWaiting() }
        } catch {
            let again = NIODeadline.now() + Exporter.spoolPause
            spoolFailedUntil.store(again.uptimeNanoseconds, ordering: .relaxed)
            noteSpool(error.description)
            // Back to memory, as far as the queue has room; at the end there is no later.
            let isLast = links.withLock { $0.isShutDown }
            for item in items {
                let isKept = outbox.settleSpooling(item.sequence, at: nil, limit: configuration.queueLimitBytes)
                if !isKept || isLast { replace(outbox, item.sequence, by: .spoolFailed) }
            }
            wake()
        }
        noteSpoolProblems()
    }

    /// How long a spool that could not be written is left alone.
    private static let spoolPause = TimeAmount.seconds(1)

    /// Whether the spool could not be written a moment ago, so that no batch should depend on it.
    var isSpoolFailing: Bool {
        let until = spoolFailedUntil.load(ordering: .relaxed)
        return until > 0 && NIODeadline.now().uptimeNanoseconds < until
    }

    func noteSpool(_ sentence: String) {
        note {
            $0.spoolErrors += 1
            $0.lastError = sentence
        }
    }

    /// What went wrong in methods of the spool that could go on all the same.
    func noteSpoolProblems() {
        guard let spool else { return }
        for sentence in spool.takeProblems() { noteSpool(sentence) }
    }

    private static func record(_ item: Outbox.Item) -> (kind: UInt8, bytes: [UInt8])? {
        guard case .memory(let content) = item.content else { return nil }
        var body = ByteSink()
        let kind: UInt8
        switch content {
        case .spans(let batch):
            var limits = WireLimits()
            limits.maximumFrameBytes = SpoolFormat.maximumPayloadBytes / 2
            var encoder = BatchEncoder(limits: limits)
            do throws(WireError) { try encoder.encode(batch, into: &body) } catch {
                // Too large for any frame: the session finds the same and records the loss.
                return nil
            }
            kind = SpoolRecordKind.spans
        case .losses(let losses):
            LossCoding.encode(losses, into: &body)
            kind = SpoolRecordKind.losses
        case .metrics: return nil
        }
        return (
            kind,
            SpoolFormat.record(
                kind: kind, sequence: item.sequence, spans: UInt32(item.spans), first: item.first, last: item.last,
                payload: body.buffer)
        )
    }
}
