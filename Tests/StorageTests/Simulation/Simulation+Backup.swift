import Files
import Storage
import Telemetry

extension Simulation {
    /// A copy of the open store, on whatever disk; where it was made it restores, and answers as the store does.
    func backUp() throws {
        guard let store, !isFull, !hasFailed, !isStopping, !isExpiryUnknown, !isRemovalDoubtful, model.doubtful.isEmpty
        else { return }
        gate.release()
        count(\.backups)
        let copy = "/backup-\(figures.backups)"
        say("back up to \(copy)")
        let report = try attempt("backup", mayFail: mayFail) {
            try StoreBackup.run(data: Simulation.directory, to: copy, files: disk, now: now)
        }
        // Nothing that went wrong with the copy is the store's trouble.
        try checkSearch()
        guard let report else { return }
        guard report.isWhole || hasEvidence || mayFail else {
            throw SimulationFailure("no bit has turned, and the backup names \(report.findings)")
        }
        let wasFaulty = isFaulty
        disk.fail(.none)
        isFaulty = false
        if report.isWhole { try restore(copy, store) }
        isFaulty = wasFaulty
        if wasFaulty { disk.fail(profile) }
    }

    private func restore(_ copy: String, _ store: Store) throws {
        let directory = "/restored-\(figures.backups)"
        say("restore to \(directory)")
        let restored = try attempt("restore", mayFail: false) {
            try StoreRestore.run(from: copy, to: directory, configuration: configuration, files: disk)
        }
        guard let restored, restored.isProven else {
            throw SimulationFailure(
                "the restore proves nothing: \(restored?.findings ?? []), \(restored?.differences ?? [])")
        }
        let twin = try Store.open(directory: directory, configuration: configuration, files: disk)
        guard twin.epoch == store.epoch + 1 else {
            throw SimulationFailure("the restored store has epoch \(twin.epoch), after \(store.epoch)")
        }
        for trace in model.mentioned {
            count(\.checks)
            try model.check(trace, try twin.trace(trace))
        }
        // Exporters that are connected are strangers to the copy: what they sent after it is unknown there.
        let (gaps, known) = (Self.withoutTails(try twin.gaps()), Self.withoutTails(try store.gaps()))
        guard gaps == known else {
            throw SimulationFailure("the restored store has the gaps \(gaps), the store has \(known)")
        }
        let holds = try HoldDirectory(path: directory, files: disk).active().map(\.id)
        let placed = try HoldDirectory(path: Simulation.directory, files: disk).active().map(\.id)
        guard holds == placed else {
            throw SimulationFailure("the restored store has the holds \(holds), the store has \(placed)")
        }
        try twin.close()
    }

    private static func withoutTails(_ gaps: [GapRecord]) -> [GapRecord] {
        gaps.filter { gap in
            if case .unknownTail = gap.kind { false } else { true }
        }
    }
}
