import Files
import Telemetry

/// Writes traces of some segments into new ones, trace by trace, with one row group in memory at a time. The files are
/// there afterwards, durable, and in nobody's manifest.
struct SegmentRewrite {
    /// What the new segments are.
    struct Target {
        var tenant: String
        var day: UInt32
        /// The classes that the schedule's numbers mean.
        var classes: [String]
        var isRemainder: Bool
    }

    struct Outcome {
        var segments: [SegmentEntry] = []
        var run: RunEntry?
        var ledger: [LedgerSegment] = []
        /// Of what was left out because an equal span is stored, by class.
        var duplicates: [(retentionClass: String, spans: UInt64, sum: ContentSum)] = []
        /// Of all that was written and left out: what must have been read.
        var sum = ContentSum()
        var bytesRead = 0
        var bytesWritten = 0
    }

    /// What is read of the inputs at once: about so many bytes in memory.
    private static let chunkBytes = 4 << 20
    /// A row group is written when it has about so many bytes in memory, or so many spans: half of what a group may have,
    /// as this memory comes on top of what ingest takes at the same time.
    private static let groupBytes = 24 << 20
    private static let groupSpans = SegmentFormat.groupSpans / 2
    /// Decoded blocks of the inputs, kept apart from those that queries use.
    static let cacheBytes = 12 << 20

    private let shared: StoreShared
    private let committer: Committer
    private let pace: UpkeepPace
    private let readers: [SegmentReader]
    private let target: Target
    private var outcome = Outcome()
    private var written: [String] = []
    private var index: RunAssembly
    /// What a span takes in memory, as far as is known.
    private var bytesPerSpan = 512

    init(
        _ readers: [SegmentReader], to target: Target, shared: StoreShared, committer: Committer, pace: UpkeepPace
    ) {
        self.readers = readers
        self.target = target
        self.shared = shared
        self.committer = committer
        self.pace = pace
        index = RunAssembly(tenant: target.tenant, shared: shared, committer: committer, pace: pace)
    }

    /// Writes all of `schedule`. After an error no file is left, as far as files can be removed.
    mutating func run(_ schedule: TraceSchedule) throws(StoreError) -> Outcome {
        do throws(StoreError) {
            var next = 0
            while let (trace, _) = schedule.trace(at: next) {
                try writeClass(trace.retentionClass, schedule, &next)
            }
            outcome.run = try index.finish()
            if let run = outcome.run { outcome.bytesWritten += Int(clamping: run.fileBytes) }
            return outcome
        } catch {
            index.discard()
            SegmentRewrite.remove(written, shared)
            throw error
        }
    }

    /// Removes files that no commit has named. Their numbers are never used again, so one that stays is in nobody's
    /// way until the next start removes it.
    static func remove(_ paths: [String], _ shared: StoreShared) {
        for path in paths {
            do throws(StoreError) { try shared.stored.unlink(path) } catch { shared.note(error) }
        }
    }

    /// All traces of one class from `next` on, into one segment.
    private mutating func writeClass(
        _ retentionClass: Int, _ schedule: TraceSchedule, _ next: inout Int
    ) throws(StoreError) {
        let number = committer.takeNumber()
        let name = target.classes[retentionClass]
        let relative = StoreDirectory.segmentPath(
            tenant: target.tenant, retentionClass: name, day: target.day, number: number)
        let path = try shared.directory.place(relative)
        let info = SegmentHeaderInfo(
            storeID: shared.storeID, epoch: shared.epoch, tenant: target.tenant, retentionClass: name,
            day: target.day, segmentNumber: number)
        written.append(relative)
        var writer = try SegmentWriter(
            info: info, path: path, files: shared.files, rules: shared.configuration.transactionRules, effort: .high)
        var spans = 0
        var bytes = 0
        while let chunk = chunk(of: retentionClass, schedule, &next, room: SegmentRewrite.groupSpans - spans) {
            // What is larger than the room begins a group.
            if spans + chunk.spans > SegmentFormat.groupSpans { try endGroup(&writer, number, &spans, &bytes) }
            let (parts, size) = try read(chunk)
            if chunk.spans > SegmentFormat.groupSpans {
                try writer.append(SegmentInput(parts: parts))
            } else {
                for part in parts { try writer.gather(part) }
            }
            spans += chunk.spans
            bytes += size
            if spans >= SegmentRewrite.groupSpans * 15 / 16 || bytes >= SegmentRewrite.groupBytes {
                try endGroup(&writer, number, &spans, &bytes)
            }
        }
        try endGroup(&writer, number, &spans, &bytes)
        finish(try writer.finish())
    }

    private mutating func endGroup(
        _ writer: inout SegmentWriter, _ number: UInt64, _ spans: inout Int, _ bytes: inout Int
    ) throws(StoreError) {
        try writer.endGroup()
        spans = 0
        bytes = 0
        try index.add(writer.takeEntries(), segment: number)
        try pace.spend(0)
    }

    private mutating func finish(_ summary: SegmentSummary) {
        let entry = SegmentEntry(
            summary, traceCount: index.takeTraceCount(), level: .final, isRemainder: target.isRemainder)
        outcome.segments.append(entry)
        outcome.ledger.append(LedgerSegment(entry, summary.blocks))
        if summary.duplicateCount > 0 {
            outcome.duplicates.append(
                (entry.retentionClass, UInt64(summary.duplicateCount), summary.duplicateSum))
        }
        outcome.sum += summary.contentSum
        outcome.sum += summary.duplicateSum
        outcome.bytesWritten += summary.fileBytes
    }

    /// Rows that are read together, by input: of whole traces, but for those that are larger than a group.
    private struct Chunk {
        var locations: [Int: [TraceLocation]] = [:]
        var spans = 0
    }

    private func chunk(
        of retentionClass: Int, _ schedule: TraceSchedule, _ next: inout Int, room: Int
    ) -> Chunk? {
        let wanted = max(1, min(room, SegmentRewrite.chunkBytes / bytesPerSpan))
        var chunk = Chunk()
        while let (trace, end) = schedule.trace(at: next), trace.retentionClass == retentionClass {
            if chunk.spans > 0, chunk.spans + trace.spanCount > wanted { break }
            schedule.forEachPiece(of: trace) { input, location in
                chunk.locations[input, default: []].append(location)
            }
            chunk.spans += trace.spanCount
            next = end
        }
        return chunk.spans > 0 ? chunk : nil
    }

    private mutating func read(_ chunk: Chunk) throws(StoreError) -> (parts: [SegmentPart], bytes: Int) {
        var parts: [SegmentPart] = []
        var bytes = 0
        // In the order of sealing, so that equal inputs make equal files.
        let inputs = chunk.locations.sorted { left, right in
            readers[left.key].info.segmentNumber < readers[right.key].info.segmentNumber
        }
        for (input, locations) in inputs {
            let sorted = locations.sorted { $0.firstRow < $1.firstRow }
            let reader = readers[input]
            let (batch, provenances, ofRow) = try reader.read(sorted[...])
            bytes += batch.memoryBytes
            parts.append(SegmentPart(batch, provenances: provenances, provenanceOfRow: ofRow))
            // The share of the file that these rows are of.
            let share = reader.fileBytes * batch.count / max(1, reader.spanCount)
            outcome.bytesRead += share
            // Reading, and about as much writing.
            try pace.spend(2 * share)
        }
        bytesPerSpan = max(64, bytes / max(1, chunk.spans))
        return (parts, bytes)
    }
}

extension SegmentEntry {
    init(_ summary: SegmentSummary, traceCount: UInt64, level: SegmentLevel, isRemainder: Bool = false) {
        self.init(
            number: summary.info.segmentNumber, tenant: summary.info.tenant,
            retentionClass: summary.info.retentionClass, day: summary.info.day, level: level,
            isRemainder: isRemainder, fileBytes: UInt64(summary.fileBytes), spanCount: UInt64(summary.spanCount),
            traceCount: traceCount, earliestStart: summary.minimumStartNanoseconds,
            latestStart: summary.latestStartNanoseconds,
            latestEnd: max(summary.maximumEndNanoseconds, summary.latestStartNanoseconds),
            contentSum: summary.contentSum)
    }
}
