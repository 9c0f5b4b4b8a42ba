import Files
import Foundation
import Storage
import Telemetry
import Testing

/// Compaction changes files and no answer.
@Suite struct CompactionTests {
    private static let rounds = ProcessInfo.processInfo.environment["WAYBILL_SOAK"] == nil ? 12 : 400

    @Test func noAnswerChanges() throws {
        for round in 0..<UInt64(Self.rounds) {
            let seed = StoreSamples.seed &+ round
            let comment = Comment(rawValue: "round \(round), seed \(StoreSamples.seed)")
            let disk = SimulatedFileSystem(seed: seed)
            var store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
            var life = StoreLife(seed: seed)
            try life.fill(store, days: 1 + life.below(3), sealsADay: 1 + life.below(6))
            // Some stay live.
            try store.appendAndWait(life.submission())
            let before = try StoreAnswers(store)
            let earlier = try StoreSnapshot.read(directory: "/data", files: disk)
            let report = try store.maintain(now: life.now, everything: round % 2 == 0)
            #expect(report.errors == [], comment)
            let after = try StoreAnswers(store)
            #expect(before == after, "\(before.difference(after)), \(comment.rawValue)")
            let later = try StoreSnapshot.read(directory: "/data", files: disk)
            var sum = later.contentSum
            sum += later.removedSum(.duplicate)
            #expect(sum == earlier.contentSum, comment)
            if round % 2 == 0 {
                #expect(later.segments.allSatisfy { $0.level == .final }, comment)
                #expect(later.runs.count <= 1, comment)
            }
            // One file a class and day, and none that nobody names.
            let places = Set(later.segments.filter { $0.level == .final }.map { "\($0.retentionClass) \($0.day)" })
            #expect(places.count == later.segments.count { $0.level == .final }, comment)
            try later.expectFiles(disk, "/data", comment)
            try store.close()
            store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
            #expect(try StoreAnswers(store) == before, comment)
            #expect(try store.maintain(now: life.now, everything: round % 2 == 0).compactions == 0, comment)
            try store.close()
        }
    }

    /// A trace larger than a row group is merged piece by piece, and its spans are still answered once.
    @Test func aTraceLargerThanAGroupIsNeverHeldAsAWhole() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        let trace = StoreSamples.trace(1)
        let half = UInt64(SegmentFormat.groupSpans / 2)
        for piece in 0..<5 as Range<UInt64> {
            // Each piece repeats a tenth of the one before.
            let first = piece * half - piece * half / 10
            var spans = (first..<first + half).map { number in
                Span(
                    traceID: trace, spanID: SpanID(number + 1), name: "post", startNanoseconds: number,
                    endNanoseconds: number + 1, attributes: [Attribute("entry", .int(Int64(number)))])
            }
            spans.append(
                Span(
                    traceID: StoreSamples.trace(10 + piece), spanID: SpanID(1), name: "small",
                    startNanoseconds: first, endNanoseconds: first + 1))
            try store.appendAndWait(Submission(spans: SpanBatch(spans), provenance: StoreSamples.provenance(piece + 1)))
            try store.seal()
        }
        let before = try store.trace(trace).map(\.span)
        let report = try store.maintain(now: StoreSamples.received, everything: true)
        #expect(report.errors == [])
        let snapshot = try StoreSnapshot.read(directory: "/data", files: disk)
        #expect(snapshot.segments.count == 1 && snapshot.segments.allSatisfy { $0.level == .final })
        let after = try store.trace(trace).map(\.span)
        #expect(before.count == Int(5 * half - 4 * half / 10) && after == before)
        for piece in 0..<5 as Range<UInt64> { #expect(try store.trace(StoreSamples.trace(10 + piece)).count == 1) }
        var seen = 0
        _ = try store.forEachSpan(SpanQuery(.compare(.name, .equal, .string("post")))) { _, _ in
            seen += 1
            return true
        }
        #expect(seen == before.count)
        try store.close()
    }

    @Test func aTraceLiesTogetherInTheLongestClassOfItsPieces() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        let trace = StoreSamples.trace(1)
        for span in 1...4 as ClosedRange<UInt64> {
            var sent = Span(
                traceID: trace, spanID: SpanID(span), name: "step", startNanoseconds: span, endNanoseconds: span + 1)
            // The third piece makes it a payment.
            if span == 3 { sent.attributes = [Attribute("amount", .int(5))] }
            try store.appendAndWait(Submission(spans: SpanBatch([sent]), provenance: StoreSamples.provenance()))
            try store.seal()
        }
        let young = try StoreSnapshot.read(directory: "/data", files: disk).segments
        #expect(young.map(\.retentionClass) == ["standard", "standard", "payments", "standard"])
        #expect(young.allSatisfy { $0.level == .young })
        #expect(try store.maintain(now: StoreSamples.received + StoreSamples.day).compactions == 0)
        let report = try store.maintain(now: StoreSamples.received + StoreSamples.day + 3_600_000_000_000)
        #expect(report.compactions == 1 && report.segmentsRewritten == 4)
        let final = try StoreSnapshot.read(directory: "/data", files: disk).segments
        #expect(final.map(\.retentionClass) == ["payments"])
        #expect(final.first?.spanCount == 4 && final.first?.traceCount == 1)
        #expect(try store.trace(trace).map(\.span.spanID.rawValue) == [1, 2, 3, 4])
        // A late piece finds it: live, sealed, and after the next upkeep.
        let late = Span(traceID: trace, spanID: SpanID(9), name: "late", startNanoseconds: 9, endNanoseconds: 10)
        let at = StoreSamples.received + 3 * StoreSamples.day
        try store.appendAndWait(Submission(spans: SpanBatch([late]), provenance: StoreSamples.provenance(at: at)))
        #expect(try store.trace(trace).count == 5)
        try store.seal()
        #expect(try store.trace(trace).count == 5)
        #expect(try store.maintain(now: at + 2 * StoreSamples.day).segmentsFinished == 1)
        #expect(try store.trace(trace).count == 5)
        #expect(store.statistics.finalSegments == 2 && store.statistics.youngSegments == 0)
        try store.close()
    }

    @Test func aDayIsCompactedBeforeItsEndWhenItIsLarge() throws {
        let disk = SimulatedFileSystem()
        var configuration = StoreLife.configuration()
        configuration.finalSegmentBytes = 20_000
        let store = try Store.open(directory: "/data", configuration: configuration, files: disk)
        var life = StoreLife(seed: StoreSamples.seed)
        var compactions = 0
        for _ in 0..<60 {
            for _ in 0..<4 { try store.appendAndWait(life.submission()) }
            try store.seal()
            compactions += try store.maintain(now: life.now).compactions
        }
        let snapshot = try StoreSnapshot.read(directory: "/data", files: disk)
        #expect(compactions >= 2)
        #expect(snapshot.segments.filter { $0.level == .young }.reduce(0) { $0 + $1.fileBytes } < 20_000)
        try store.close()
    }

    @Test func aDamagedSegmentStaysAsEvidence() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        for sequence in 1...4 as ClosedRange<UInt64> {
            try store.appendAndWait(StoreSamples.submission(sequence, spans: 3))
            try store.seal()
        }
        let entries = try StoreSnapshot.read(directory: "/data", files: disk).segments
        let path = "/data/" + entries[1].path
        // In the first block, behind the header.
        disk.corrupt(path, at: 120, exclusiveOr: 0x40)
        let late = StoreSamples.received + 9 * StoreSamples.day
        let report = try store.maintain(now: late)
        #expect(report.errors.count == 1)
        #expect(report.errors.first?.hasPrefix(path) == true, "\(report.errors)")
        #expect(report.compactions == 1)
        for round in 0..<2 {
            #expect(try disk.exists(path))
            #expect(store.damagedSegments.map(\.number) == [entries[1].number], "\(round)")
            #expect(store.statistics.damagedSegments == 1)
            for number in [1, 3, 4] as [UInt64] { #expect(try store.trace(StoreSamples.trace(number)).count == 3) }
            #expect(throws: StoreError.self) { try store.trace(StoreSamples.trace(2)) }
            #expect(try store.maintain(now: late).didNothing)
            try store.close()
            store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        }
        let snapshot = try StoreSnapshot.read(directory: "/data", files: disk)
        #expect(snapshot.quarantine.keys.sorted() == [entries[1].number])
        // The bytes are put right, from a backup perhaps, and the segment is let go.
        disk.corrupt(path, at: 120, exclusiveOr: 0x40)
        try store.releaseDamagedSegment(entries[1].number)
        #expect(try store.maintain(now: late).segmentsFinished == 1)
        #expect(store.damagedSegments.isEmpty)
        #expect(try store.trace(StoreSamples.trace(2)).count == 3)
        try store.close()
    }

    @Test func aFullDiskStopsCompactionAndNothingElse() throws {
        let disk = SimulatedFileSystem()
        let failing = FailingFileSystem(disk)
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: failing)
        var life = StoreLife(seed: StoreSamples.seed)
        try life.fill(store, days: 2, sealsADay: 6)
        life.nextDay()
        let before = try StoreAnswers(store)
        let bytes = Int(store.statistics.segmentBytes)
        for allowed in [0, 100, bytes / 2, bytes + 1000] {
            failing.allow(bytes: allowed)
            let report = try store.maintain(now: life.now)
            #expect(report.errors.contains { $0.contains("space") || $0.contains("free") }, "\(report.errors)")
            #expect(try StoreAnswers(store) == before)
        }
        failing.allow(bytes: nil)
        let report = try store.maintain(now: life.now)
        #expect(report.errors == [] && report.compactions == 2)
        #expect(try StoreAnswers(store) == before)
        try store.close()
        let reopened = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        #expect(try StoreAnswers(reopened) == before)
        try StoreSnapshot.read(directory: "/data", files: disk).expectFiles(disk, "/data", "")
        try reopened.close()
    }

    @Test func closingGivesUpWhatIsBegun() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        var life = StoreLife(seed: StoreSamples.seed)
        try life.fill(store, days: 2, sealsADay: 6)
        let before = try StoreAnswers(store)
        do {
            try store.maintain(now: life.now + StoreSamples.day) { step in
                guard case .compacting = step else { return }
                // It waits for this pass, so it cannot be called here; a pass that is faster than it is no failure.
                Thread.detachNewThread { _ = Result { try store.close() } }
                usleep(20_000)
            }
        } catch { #expect(error.code == .closed) }
        try store.close()
        #expect(throws: StoreError.self) { try store.maintain(now: life.now) }
        let reopened = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        #expect(try StoreAnswers(reopened) == before)
        try StoreSnapshot.read(directory: "/data", files: disk).expectFiles(disk, "/data", "")
        try reopened.close()
    }
}
