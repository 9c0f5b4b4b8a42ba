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
        guard let spool else { return }
        outbox.state.withLock { state in
            for index in state.head..<state.items.count {
                guard case .memory(let content) = state.items[index].content, !state.items[index].isSpooling else {
                    continue
                }
                let item = state.items[index]
                let isLoss = if case .losses = content { true } else { false }
                guard isLoss || (item.delivery == .payment && hasSpoolRoom(item.bytes, state)) else { continue }
                state.items[index].isSpooling = true
                state.queuedBytes -= item.bytes
                state.spoolingBytes += item.bytes
                spoolQueue.withLock { $0.append(item.sequence) }
            }
        }
        writeSpool()
        spool.close(lastSequence: outbox.lastSequence ?? 0)
    }
}
