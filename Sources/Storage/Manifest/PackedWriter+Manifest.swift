extension PackedWriter {
    mutating func append(commit: ManifestCommit) {
        append(commit.serial)
        append(commit.logFrom)
        append(commit.nextNumber)
        append(UInt32(commit.addedSegments.count))
        for segment in commit.addedSegments { append(segment: segment) }
        append(UInt32(commit.addedRuns.count))
        for run in commit.addedRuns { append(run: run) }
        for numbers in [
            commit.removedSegments, commit.finishedSegments, commit.removedRuns, commit.released, commit.keptLogFiles,
        ] {
            append(numbers: numbers)
        }
        append(UInt32(commit.removals.count))
        for removal in commit.removals { append(removal: removal) }
        append(UInt32(commit.quarantined.count))
        for (number, reason) in commit.quarantined {
            append(number)
            append(text: reason)
        }
        append(delta: commit.ledger)
        append(UInt8(commit.metricTotals == nil ? 0 : 1))
        if let totals = commit.metricTotals {
            append(UInt32(totals.count))
            for total in totals {
                append(provenance: total.provenance)
                append(metrics: total.metrics)
                append(UInt8(total.reported == nil ? 0 : 1))
                if let reported = total.reported { append(reported: reported) }
            }
        }
    }

    private mutating func append(numbers: [UInt64]) {
        append(UInt32(numbers.count))
        for number in numbers { append(number) }
    }

    private mutating func append(segment: SegmentEntry) {
        append(segment.number)
        append(text: segment.tenant)
        append(text: segment.retentionClass)
        append(segment.day)
        // Bit 0: final. Bit 1: a remainder. Bit 2: its content sum follows.
        append(
            segment.level.rawValue | (segment.isRemainder ? 2 : 0) | (segment.contentSum == nil ? 0 : UInt8(4)))
        for value in [
            segment.fileBytes, segment.spanCount, segment.traceCount, segment.earliestStart, segment.latestStart,
            segment.latestEnd,
        ] {
            append(value)
        }
        if let sum = segment.contentSum { append(sum: sum) }
    }

    private mutating func append(run: RunEntry) {
        append(run.number)
        append(text: run.path)
        append(run.fileBytes)
        append(run.level)
        append(run.rows)
        append(numbers: run.segments)
    }

    private mutating func append(removal: RemovalRecord) {
        append(text: removal.tenant)
        append(text: removal.retentionClass)
        append(removal.day)
        append(removal.reason.rawValue)
        append(removal.segments)
        append(removal.spans)
        append(text: removal.rule)
        append(removal.firstNanoseconds)
        append(removal.lastNanoseconds)
        append(sum: removal.contentSum)
    }

    private mutating func append(sum: ContentSum) {
        for word in [sum.word0, sum.word1, sum.word2, sum.word3] { append(word) }
    }

}

extension PackedReader {
    /// Since version 3, totals may have reported metrics; since version 4, exporter lives the time of their newest content.
    mutating func commit(version: UInt32) throws(StoreError) -> ManifestCommit {
        var commit = ManifestCommit(serial: try integer(), logFrom: try integer(), nextNumber: try integer())
        for _ in 0..<(try elementCount()) { commit.addedSegments.append(try segment()) }
        for _ in 0..<(try elementCount()) { commit.addedRuns.append(try run()) }
        commit.removedSegments = try numbers()
        commit.finishedSegments = try numbers()
        commit.removedRuns = try numbers()
        commit.released = try numbers()
        commit.keptLogFiles = try numbers()
        for _ in 0..<(try elementCount()) { commit.removals.append(try removal()) }
        for _ in 0..<(try elementCount()) { commit.quarantined.append((try integer(), try text())) }
        commit.ledger = try ledgerDelta(version: version)
        if try integer(UInt8.self) != 0 {
            var totals: [RecoveredMetrics] = []
            for _ in 0..<(try elementCount()) {
                let provenance = try provenance()
                var total = RecoveredMetrics(metrics: try metrics(), provenance: provenance)
                if version > 2, try integer(UInt8.self) != 0 { total.reported = try reported() }
                totals.append(total)
            }
            commit.metricTotals = totals
        }
        return commit
    }

    /// What version 1 of the manifest has: `serial` counts what it does not. Segments come without what later versions
    /// know of them.
    mutating func firstVersionCommit(serial: UInt64) throws(StoreError) -> ManifestCommit {
        var commit = ManifestCommit(serial: serial, logFrom: try integer(), nextNumber: try integer())
        for _ in 0..<(try elementCount()) {
            let number: UInt64 = try integer()
            let path = try text()
            guard let place = StoreDirectory.place(ofSegment: path), place.number == number else {
                throw damaged("segment \(number) at the unknown place \(path)")
            }
            commit.addedSegments.append(
                SegmentEntry(
                    number: number, tenant: place.tenant, retentionClass: place.retentionClass, day: place.day,
                    level: .young, fileBytes: try integer(), spanCount: try integer(), traceCount: 0, earliestStart: 0,
                    latestStart: .max, latestEnd: .max, contentSum: nil))
        }
        for _ in 0..<(try elementCount()) {
            commit.addedRuns.append(
                RunEntry(
                    number: try integer(), path: try text(), fileBytes: try integer(), level: 0, rows: 0, segments: []))
        }
        commit.removedRuns = try numbers()
        commit.keptLogFiles = try numbers()
        commit.ledger = try ledgerDelta(version: 1)
        return commit
    }

    private mutating func segment() throws(StoreError) -> SegmentEntry {
        let number: UInt64 = try integer()
        let tenant = try text()
        let retentionClass = try text()
        let day: UInt32 = try integer()
        let flags: UInt8 = try integer()
        guard flags < 8 else { throw damaged("a segment with unknown flags \(flags)") }
        for name in [tenant, retentionClass] where !StoreDirectory.isName(name) {
            throw damaged("a tenant or class that cannot be one, of \(name.utf8.count) bytes,")
        }
        var entry = SegmentEntry(
            number: number, tenant: tenant, retentionClass: retentionClass, day: day,
            level: flags & 1 == 0 ? .young : .final, isRemainder: flags & 2 != 0, fileBytes: try integer(),
            spanCount: try integer(), traceCount: try integer(), earliestStart: try integer(),
            latestStart: try integer(), latestEnd: try integer(), contentSum: nil)
        if flags & 4 != 0 { entry.contentSum = try contentSum() }
        return entry
    }

    private mutating func run() throws(StoreError) -> RunEntry {
        RunEntry(
            number: try integer(), path: try text(), fileBytes: try integer(), level: try integer(),
            rows: try integer(), segments: try numbers())
    }

    private mutating func removal() throws(StoreError) -> RemovalRecord {
        let tenant = try text()
        let retentionClass = try text()
        let day: UInt32 = try integer()
        let number: UInt8 = try integer()
        guard let reason = RemovalRecord.Reason(rawValue: number) else {
            throw damaged("a removal for the unknown reason \(number)")
        }
        return RemovalRecord(
            tenant: tenant, retentionClass: retentionClass, day: day, reason: reason, segments: try integer(),
            spans: try integer(), rule: try text(), firstNanoseconds: try integer(), lastNanoseconds: try integer(),
            contentSum: try contentSum())
    }

    private mutating func contentSum() throws(StoreError) -> ContentSum {
        ContentSum(word0: try integer(), word1: try integer(), word2: try integer(), word3: try integer())
    }

    private mutating func numbers() throws(StoreError) -> [UInt64] {
        var numbers: [UInt64] = []
        for _ in 0..<(try elementCount()) { numbers.append(try integer()) }
        return numbers
    }

}
