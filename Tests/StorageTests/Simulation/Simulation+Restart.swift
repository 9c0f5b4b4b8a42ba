import Files
import Storage
import Telemetry

extension Simulation {
    enum Restart: String {
        /// The store is closed in order.
        case clean
        /// The process goes, the machine stays.
        case kill
        /// The machine goes.
        case cut
    }

    /// Ends this life of the store and begins the next, perhaps with another end in the middle of it.
    func restart(_ how: Restart) throws {
        count(\.restarts)
        say("restart: \(how.rawValue)")
        figures(of: disk)
        if how == .clean, let store {
            gate.release()
            _ = try attempt("close", mayFail: mayFail || hasFailed) { try store.close() }
        }
        if how == .cut { count(\.crashes) }
        let next =
            switch how {
            case .cut: disk.crash(seed: random.next())
            case .kill: disk.kill()
            case .clean: isStopping ? disk.kill() : disk
            }
        abandon()
        disk = next
        isStopping = false
        isRemovalDoubtful = false
        if isFaulty { disk.fail(.none) }
        isFaulty = false
        if isFull, random.oneIn(2) {
            isFull = false
            disk.resize(toBytes: nil)
        }
        if random.oneIn(6) {
            isStopping = true
            disk.stop(after: random.below(40))
            say("  and again in the middle")
        } else if random.oneIn(8) {
            isFaulty = true
            let chance = Double(1 + random.below(10)) / 100
            profile = FaultProfile(every: chance)
            disk.fail(profile)
            say("  on a disk with faults everywhere \(chance)")
        }
        try open()
    }

    /// Opens the store and looks at everything.
    func open() throws {
        let mayFail = mayFail || isFull
        store = try attempt("open", mayFail: mayFail) {
            metricTotals = KeptMetrics()
            var configuration = configuration
            configuration.metricTotals = metricTotals
            return try Store.open(directory: Simulation.directory, configuration: configuration, files: disk)
        }
        guard let store else { return }
        wasOpenedOnFaultyDisk = isFaulty
        let wasFaulty = isFaulty
        if isFaulty {
            disk.fail(.none)
            isFaulty = false
        }
        try recover(store)
        if wasFaulty, self.store != nil, random.oneIn(2) {
            isFaulty = true
            profile = FaultProfile(every: 0.02)
            disk.fail(profile)
        }
    }

    private func recover(_ store: Store) throws {
        var answers: [TraceID: [StoredSpan]] = [:]
        for trace in model.mentioned {
            let mayFail = isStopping || wasOpenedOnFaultyDisk
            guard let answer = try attempt("trace \(trace)", mayFail: mayFail, { try store.trace(trace) }) else {
                if rotten != nil { continue }
                // It met errors when it was opened, and says so; or the machine has stopped once more.
                return try restart(isStopping ? .cut : .clean)
            }
            if lastPass > 0 { try model.expire(trace, answer, retention, now: lastPass, isSettled: false) }
            answers[trace] = answer
        }
        isExpiryUnknown = rotten != nil && isExpiryUnknown
        try model.recover(answers, try store.gaps())
        try checkMetrics()
        try checkHolds()
        guard store.statistics.corruptRecords == 0, store.statistics.unreadableSegments == 0 || wasOpenedOnFaultyDisk
        else {
            throw SimulationFailure("no bit has turned, and the store says it: \(store.statistics)")
        }
    }

    /// Metric points of every batch that counts are handed over once, sealed or not.
    private func checkMetrics() throws {
        var left = metricTotals.totals()
        for batch in model.batches where batch.isCounted {
            guard let metrics = batch.metrics else { continue }
            let index = left.firstIndex { batch.provenances.contains($0.provenance) && $0.metrics == metrics }
            if let index { left.remove(at: index) }
            if index == nil, rotten == nil { throw SimulationFailure("metrics of batch \(batch.number) are lost") }
        }
        if let stray = left.first { throw SimulationFailure("metrics that nobody sent: \(stray)") }
    }

    private func figures(of disk: SimulatedFileSystem) {
        for fault in disk.takeFaults() {
            count(\.faults)
            say("  met \(fault)")
        }
    }
}
