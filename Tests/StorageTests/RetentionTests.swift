import Files
import Storage
import Synchronization
import Telemetry
import Testing

/// What is over goes, whole, and is written down; what is kept longer stays.
@Suite struct RetentionTests {
    static func span(
        _ trace: UInt64, _ id: UInt64, name: String = "step", _ attributes: [Attribute] = [], start: UInt64? = nil
    ) -> Span {
        Span(
            traceID: StoreSamples.trace(trace), spanID: SpanID(id), name: name,
            startNanoseconds: start ?? StoreSamples.received + id,
            endNanoseconds: (start ?? StoreSamples.received) + id + 10,
            attributes: attributes)
    }

    static let payment = [Attribute("amount", .int(7))]
    static let hour: UInt64 = 3_600_000_000_000

    /// The start of a day, so many after the first.
    static func day(_ number: UInt64) -> UInt64 { StoreSamples.received + number * StoreSamples.day }

    static func seal(_ store: Store, _ spans: [Span], day: UInt64) throws {
        try store.appendAndWait(
            Submission(spans: SpanBatch(spans), provenance: StoreSamples.provenance(at: Self.day(day) + hour)))
        try store.seal()
    }

    @Test func eachClassGoesInItsTime() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        try Self.seal(
            store,
            [
                Self.span(1, 1, Self.payment), Self.span(1, 2), Self.span(2, 3, name: "GET /healthz"),
                Self.span(2, 4), Self.span(3, 5, [Attribute("payment.id", .string("P3"))]),
                // A payment that begins with a health check is a payment.
                Self.span(4, 6, name: "GET /healthz"), Self.span(4, 7, Self.payment),
            ], day: 0)
        let sealed = try StoreSnapshot.read(directory: "/data", files: disk)
        #expect(sealed.segments.map(\.retentionClass) == ["payments", "health", "standard"])
        #expect(sealed.segments.map(\.spanCount) == [4, 2, 1])
        #expect(sealed.runs.count == 1)
        // Three whole days after the day of receipt.
        #expect(try store.maintain(now: Self.day(4) - 1).segmentsExpired == 0)
        #expect(try store.trace(StoreSamples.trace(2)).count == 2)
        var report = try store.maintain(now: Self.day(4))
        #expect(report.segmentsExpired == 1 && report.spansExpired == ["health": 2])
        #expect(try store.trace(StoreSamples.trace(2)).isEmpty)
        #expect(try store.traces(of: "P3").count == 1)
        report = try store.maintain(now: Self.day(31))
        #expect(report.spansExpired == ["standard": 1])
        #expect(try store.traces(of: "P3").isEmpty)
        for number in [1, 4] as [UInt64] { #expect(try store.trace(StoreSamples.trace(number)).count == 2) }
        #expect(try store.maintain(now: Self.day(2557)).segmentsExpired == 0)
        let before = try StoreSnapshot.read(directory: "/data", files: disk)
        let expired = before.removals.filter { $0.reason == .expired }
        #expect(expired.map(\.rule) == ["health: 3 days", "standard: 30 days"])
        #expect(expired.map(\.spans) == [2, 1])
        var sum = before.contentSum
        sum += before.removedSum(.expired)
        #expect(sum == sealed.contentSum)
        #expect(try store.maintain(now: Self.day(2558)).spansExpired == ["payments": 4])
        try store.close()
        let last = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        #expect(last.removals.filter { $0.reason == .expired }.map(\.spans) == [2, 4, 1])
        #expect(last.statistics.segments == 0)
        let snapshot = try StoreSnapshot.read(directory: "/data", files: disk)
        #expect(snapshot.segments.isEmpty && snapshot.runs.isEmpty)
        try snapshot.expectFiles(disk, "/data", "")
        #expect(try disk.list("/data/segments/default/health").isEmpty)
        try last.close()
    }

    @Test func aLateSpanPromotesWhatIsThere() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        try Self.seal(store, [Self.span(1, 1), Self.span(2, 2), Self.span(3, 3)], day: 0)
        try store.maintain(now: Self.day(2))
        try Self.seal(store, [Self.span(1, 11, Self.payment)], day: 20)
        // This one is not even sealed.
        try store.appendAndWait(
            Submission(
                spans: SpanBatch([Self.span(2, 12, Self.payment)]),
                provenance: StoreSamples.provenance(at: Self.day(30))))
        let report = try store.maintain(now: Self.day(31) + Self.hour)
        #expect(report.spansExpired == ["standard": 1] && report.spansKept == 2)
        for number in [1, 2] as [UInt64] { #expect(try store.trace(StoreSamples.trace(number)).count == 2) }
        #expect(try store.trace(StoreSamples.trace(3)).isEmpty)
        let kept = try StoreSnapshot.read(directory: "/data", files: disk).segments
        #expect(kept.filter(\.isRemainder).map(\.retentionClass) == ["payments"])
        try store.seal()
        #expect(try store.maintain(now: Self.day(2000)).segmentsExpired == 0)
        #expect(try store.maintain(now: Self.day(2600)).spansExpired == ["payments": 4])
        try store.close()
    }

    @Test func theOldestGoesWhenTheStoreIsTooLarge() throws {
        let disk = SimulatedFileSystem()
        var configuration = StoreLife.configuration(RetentionRules())
        var store = try Store.open(directory: "/data", configuration: configuration, files: disk)
        for day in 0..<6 as Range<UInt64> {
            try Self.seal(store, (1...2000).map { Self.span(day, day << 32 | $0 &* 0x9E37 & 0xFFFF_FFFF) }, day: day)
        }
        try store.maintain(now: Self.day(8))
        let all = store.statistics
        #expect(all.upkeep.bytesOverBound == 0 && all.segments == 6)
        try store.close()
        configuration.maximumBytes = Int(all.segmentBytes * 2 / 3 + all.indexBytes)
        store = try Store.open(directory: "/data", configuration: configuration, files: disk)
        let report = try store.maintain(now: Self.day(8))
        #expect(1...4 ~= report.segmentsExpired, "\(report.segmentsExpired)")
        let left = try (0..<6 as Range<UInt64>).map { try store.trace(StoreSamples.trace($0)).count }
        #expect(left == (0..<6).map { $0 < report.segmentsExpired ? 0 : 2000 })
        let statistics = store.statistics
        #expect(statistics.upkeep.bytesOverBound == 0)
        #expect(store.removals.allSatisfy { $0.reason == .storeFull })
        #expect(store.removals.map(\.day).sorted() == store.removals.map(\.day))
        try store.close()
    }

    @Test func aClassWithoutARuleIsKept() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        try Self.seal(store, [Self.span(1, 1, name: "GET /healthz"), Self.span(2, 2)], day: 0)
        try store.close()
        let fewer = StoreLife.configuration(RetentionRules(defaultKeepDays: 30))
        store = try Store.open(directory: "/data", configuration: fewer, files: disk)
        #expect(try store.maintain(now: Self.day(9999)).spansExpired == ["standard": 1])
        #expect(try store.trace(StoreSamples.trace(1)).count == 1)
        #expect(store.statistics.upkeep.classesWithoutRule == ["health"])
        try store.close()
    }

    @Test func rulesThatCannotBeAreRefused() throws {
        for (rules, words) in [
            (RetentionRules([RetentionRule(name: "a/b", keepDays: 1, when: .all)]), "letters"),
            (RetentionRules([RetentionRule(name: "standard", keepDays: 1, when: .all)]), "twice"),
            (RetentionRules([RetentionRule(name: "a", keepDays: 0, when: .all)]), "0 days"),
            (
                RetentionRules([RetentionRule(name: "a", keepDays: 1, when: .compare(.name, .matches, .string("(")))]),
                "a: "
            ),
            (RetentionRules(defaultKeepDays: 1 << 40), "days"),
        ] {
            do {
                _ = try Store.open(
                    directory: "/data", configuration: StoreLife.configuration(rules), files: SimulatedFileSystem())
                Issue.record("opened with \(rules)")
            } catch { #expect(error.description.contains(words), "\(error)") }
        }
    }

    /// Says no to every unlinking until it is told otherwise.
    private final class Keeper: Ledger {
        let refuses = Mutex(true)
        let committed = Mutex<[LedgerSegment]>([])
        let replaced = Mutex<[String]>([])

        func willCommit(_ segment: LedgerSegment, replacing: [String]) throws(StoreError) {
            committed.withLock { $0.append(segment) }
            replaced.withLock { $0 += replacing }
        }

        func mayUnlink(segmentFile: String) throws(StoreError) {
            if refuses.withLock({ $0 }) { throw StoreError(.failed, "no checkpoint covers \(segmentFile) yet") }
        }
    }

    @Test func nothingIsUnlinkedBeforeTheLedgerAgrees() throws {
        let disk = SimulatedFileSystem()
        let keeper = Keeper()
        let configuration = StoreLife.configuration(ledger: keeper)
        let store = try Store.open(directory: "/data", configuration: configuration, files: disk)
        for number in 1...3 as ClosedRange<UInt64> { try Self.seal(store, [Self.span(number, number)], day: 0) }
        let young = try StoreSnapshot.read(directory: "/data", files: disk).segments.map(\.path)
        #expect(keeper.committed.withLock { $0.map(\.file) } == young)
        #expect(keeper.committed.withLock { $0.allSatisfy { !$0.blocks.isEmpty && $0.blocks[0].sha256.count == 32 } })
        try store.maintain(now: Self.day(2))
        #expect(keeper.replaced.withLock { $0 } == young)
        for path in young { #expect(try disk.exists("/data/" + path)) }
        #expect(store.statistics.lastError?.contains("checkpoint") == true)
        // Now it may, and the next pass does.
        keeper.refuses.withLock { $0 = false }
        try store.maintain(now: Self.day(2))
        for path in young { #expect(try !disk.exists("/data/" + path)) }
        try store.close()
    }
}
