import NIOCore
import Synchronization

extension Exporter {
    /// Takes no more batches, delivers what it can until `deadline`, says CLOSE to collectors that have everything, and
    /// leaves payment batches that are still waiting in the spool. Returns the final statistics.
    public func shutdown(deadline: NIODeadline) async -> ExporterStatistics {
        let isFirst = links.withLock { links in
            defer { links.isShutDown = true }
            return !links.isShutDown
        }
        guard isFirst else { return statistics }
        outbox.state.withLock { state in
            Outbox.placeLosses(&state)
            state.isClosed = true
        }
        let timer = loop.scheduleTask(deadline: deadline) { [self] in stopUplinks() }
        await withCheckedContinuation { continuation in
            let isDone = links.withLock { links in
                if links.live.isEmpty { return true }
                links.waiter = continuation
                return false
            }
            if isDone { continuation.resume() } else { wake() }
        }
        timer.cancel()
        try? await loop.submit { [self] in stopUplinks() }.get()
        await withCheckedContinuation { continuation in
            pool.submit { [self] _ in
                leaveInSpool()
                continuation.resume()
            }
        }
        let final = statistics
        await withCheckedContinuation { continuation in pool.shutdownGracefully { _ in continuation.resume() } }
        return final
    }

    private func stopUplinks() {
        let uplinks = links.withLock { $0.live + $0.recovered }
        for uplink in uplinks { uplink.stop() }
    }

    /// On the spool's thread: what nobody acknowledged, and the last sequence.
    private func leaveInSpool() {
        guard let spool else { return loseWaiting() }
        outbox.state.withLock { state in
            Outbox.placeLosses(&state)
            for index in state.head..<state.items.count {
                guard case .memory = state.items[index].content, !state.items[index].isSpooling else { continue }
                let item = state.items[index]
                guard item.isLosses || (item.delivery == .payment && hasSpoolRoom(item.bytes, state, adding: 0))
                else { continue }
                state.items[index].isSpooling = true
                state.queuedBytes -= item.bytes
                state.spoolingBytes += item.bytes
                spoolQueue.withLock { $0.append(item.sequence) }
            }
        }
        writeSpool()
        // Those that could not be written have loss records in their place now, which may be small enough.
        let losses = outbox.state.withLock { state -> [UInt64] in
            var chosen: [UInt64] = []
            for index in state.head..<state.items.count where state.items[index].isLosses {
                if state.items[index].isSpooling { continue }
                state.items[index].isSpooling = true
                chosen.append(state.items[index].sequence)
            }
            return chosen
        }
        if !losses.isEmpty {
            spoolQueue.withLock { $0 += losses }
            writeSpool()
        }
        spool.close(lastSequence: outbox.lastSequence ?? 0)
        noteSpoolProblems()
        loseWaiting()
    }

    /// Tells those who asked what becomes of their batches when nothing more is sent.
    private func loseWaiting() {
        let waiting = outbox.state.withLock { state -> [(@Sendable (ExportOutcome) -> Void, ExportOutcome)] in
            var waiting: [(@Sendable (ExportOutcome) -> Void, ExportOutcome)] = []
            for index in state.head..<state.items.count {
                guard let completion = state.items[index].completion else { continue }
                state.items[index].completion = nil
                if case .spooled = state.items[index].content {
                    waiting.append((completion, .leftInSpool))
                } else {
                    waiting.append((completion, .lost))
                }
            }
            return waiting
        }
        for (completion, outcome) in waiting { completion(outcome) }
    }
}
