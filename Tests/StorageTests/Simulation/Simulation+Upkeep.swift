import Files
import Storage
import Telemetry

extension Simulation {
    /// A pass of the upkeep, or, on a good disk, as many as there is something to do.
    func maintain() throws {
        guard let store, !hasFailed else { return }
        say("maintain")
        count(\.passes)
        lastPass = now
        var isSettled = false
        for _ in 0..<6 {
            let mayFail = mayFail || isFull
            let isForced = random.oneIn(3)
            let report = try attempt("maintain", mayFail: mayFail) {
                try store.maintain(now: now, everything: isForced)
            }
            guard let report else { break }
            figures.compactions += report.compactions
            figures.expired += report.segmentsExpired
            figures.merges += report.indexMerges
            say(
                "  \(report.compactions) compacted, \(report.segmentsExpired) expired, \(report.spansKept) spans kept, "
                    + "\(report.indexMerges) merged")
            for error in report.errors { say("  \(error)") }
            isRemovalDoubtful = mayFail && (isRemovalDoubtful || !report.errors.isEmpty)
            guard report.errors.isEmpty || mayFail else {
                throw SimulationFailure("maintain failed on a good disk: \(report.errors[0])")
            }
            isSettled = report.didNothing && !hasEvidence
            if mayFail || report.didNothing { break }
        }
        try takeNoteOfExpiry(isSettled: isSettled)
    }

    /// Finds out what is gone.
    private func takeNoteOfExpiry(isSettled: Bool) throws {
        guard let store, !isStopping else {
            isExpiryUnknown = true
            return
        }
        let wasFaulty = isFaulty
        disk.fail(.none)
        isFaulty = false
        for trace in model.mentioned where !model.contents(trace).isEmpty {
            let mayFail = wasOpenedOnFaultyDisk
            guard let answer = try attempt("trace \(trace)", mayFail: mayFail, { try store.trace(trace) }) else {
                return try restart(.clean)
            }
            try model.expire(trace, answer, retention, now: lastPass, isSettled: isSettled)
            try model.check(trace, answer)
        }
        isExpiryUnknown = false
        isFaulty = wasFaulty
        if wasFaulty { disk.fail(profile) }
    }

    /// Somebody places a hold, or releases one.
    func hold() throws {
        guard store != nil else { return }
        let directory = HoldDirectory(path: Simulation.directory, files: disk, patience: 20_000_000)
        let mayFail = mayFail || isFull || isRemovalDoubtful
        if let index = retention.holds.firstIndex(where: { $0.id != nil && !$0.mayBeReleased }), random.oneIn(2) {
            let id = retention.holds[index].id ?? ""
            say("release hold on \(retention.holds[index].subject)")
            // What is held until now is held in this pass: whatever has expired meanwhile goes in the next.
            let released = try attempt("release", mayFail: mayFail) {
                try directory.release(id, reason: "closed", by: "auditor", now: now)
            }
            switch released {
            case .released: retention.holds.remove(at: index)
            case nil: retention.holds[index].mayBeReleased = true
            case let other?: throw SimulationFailure("the release of hold \(id) was answered with \(other)")
            }
            return
        }
        let subject: Hold.Subject =
            switch random.below(3) {
            case 0 where !spans.transactions.isEmpty:
                .transaction(value: random.pick(spans.transactions), kind: nil)
            case 1: .time(from: now - UInt64(random.below(3_600)) * 1_000_000_000, to: now)
            default: .attribute(key: RetentionModel.customer, value: "customer-\(random.below(4))")
            }
        say("hold \(subject)")
        retention.holds.append(RetentionModel.Placed(subject: subject))
        let placed = try attempt("hold", mayFail: mayFail) {
            try directory.place(subject, reason: "dispute", by: "auditor", now: now)
        }
        retention.holds[retention.holds.count - 1].id = placed?.id
    }

    /// Every hold that is in force must be known.
    func checkHolds() throws {
        let directory = HoldDirectory(path: Simulation.directory, files: disk)
        guard let active = try attempt("holds", mayFail: mayFail || store == nil, { try directory.active() }) else {
            return
        }
        let ids = Set(active.map(\.id))
        for hold in retention.holds {
            guard let id = hold.id, !hold.mayBeReleased, !ids.contains(id) else { continue }
            throw SimulationFailure("the hold on \(hold.subject) is gone")
        }
        guard active.count <= retention.holds.count else {
            throw SimulationFailure("\(active.count) holds are in force, and \(retention.holds.count) were placed")
        }
    }
}
