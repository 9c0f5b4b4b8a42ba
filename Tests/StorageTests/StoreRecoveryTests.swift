import Files
import Storage
import Synchronization
import Telemetry
import Testing

/// What is acknowledged is there after the process is gone, field by field.
@Suite struct StoreRecoveryTests {
    @Test func everyFieldSurvivesTheLog() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        let spans = (1...5).map { StoreSamples.everyField(trace: StoreSamples.trace($0 % 2), span: $0 * 10) }
        let provenance = StoreSamples.provenance(3)
        try store.appendAndWait(Submission(spans: SpanBatch(spans), provenance: provenance))
        let before = try store.trace(StoreSamples.trace(1))
        let reopened = try Store.open(directory: "/data", files: disk.crash(seed: 1))
        for trace in [StoreSamples.trace(0), StoreSamples.trace(1)] {
            let found = try reopened.trace(trace)
            #expect(Set(found.map(\.span)) == Set(spans.filter { $0.traceID == trace }))
            #expect(found.allSatisfy { $0.provenance == provenance && !$0.hasConflict })
        }
        #expect(try reopened.trace(StoreSamples.trace(1)) == before)
        #expect(try reopened.traces(of: "PAY-30").map(\.traceID) == [StoreSamples.trace(1)])
        #expect(reopened.storeID == store.storeID)
    }

    @Test func metricsSurviveTheLog() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        let metrics = MetricBatch(
            series: [
                MetricSeries(name: "requests_total", help: "h", kind: .counter, labels: [MetricLabel("b", "2")]),
                MetricSeries(name: "up", help: "", kind: .gauge, labels: []),
                MetricSeries(
                    name: "seconds", help: "s", kind: .histogram(bounds: [0.1, 1]),
                    labels: [MetricLabel("z", ""), MetricLabel("a", "ü")]),
            ],
            points: [
                MetricPoint(series: 0, value: .delta(2.5)), MetricPoint(series: 1, value: .value(-.infinity)),
                MetricPoint(series: 2, value: .histogram(counts: [1, 0, .max], sum: 3.25)),
            ], startNanoseconds: 5, endNanoseconds: .max)
        let provenance = StoreSamples.provenance(1)
        try store.appendAndWait(Submission(metrics: metrics, provenance: provenance))
        let totals = KeptMetrics()
        _ = try Store.open(
            directory: "/data", configuration: Store.Configuration(metricTotals: totals), files: disk.kill())
        #expect(totals.totals() == [RecoveredMetrics(metrics: metrics, provenance: provenance)])
    }

    private static func reported() -> ReportedMetrics {
        let labels = [MetricLabel("job", "a/b"), MetricLabel("z", "")]
        func series(_ name: String, _ kind: ReportedSeries.Kind) -> ReportedSeries {
            ReportedSeries(name: name, help: "h", unit: "seconds", kind: kind, labels: labels)
        }
        let exemplar = MetricExemplar(labels: [MetricLabel("trace_id", "ab")], value: 0.5, timeNanoseconds: 9)
        let native = NativeHistogram(
            schema: -3, zeroThreshold: 0.25, zeroCount: 2, count: 9, sum: -1.5,
            positive: .init(offset: -7, counts: [1, 0, .max]), negative: .init(offset: 3, counts: [4]))
        return ReportedMetrics(
            series: [
                series("a_total", .counter), series("b", .gauge), series("c", .histogram),
                series("d", .nativeHistogram), series("e", .summary),
            ],
            points: [
                ReportedPoint(
                    series: 0, startNanoseconds: 1, timeNanoseconds: 2, isDelta: true, value: .number(2.5),
                    exemplars: [exemplar]),
                ReportedPoint(series: 1, timeNanoseconds: .max, value: .none),
                ReportedPoint(
                    series: 2, timeNanoseconds: 3,
                    value: .histogram(ClassicHistogram(bounds: [0.1, 1], counts: [1, 2, 3], sum: 4))),
                ReportedPoint(series: 3, timeNanoseconds: 4, value: .native(native)),
                ReportedPoint(
                    series: 4, timeNanoseconds: 5,
                    value: .summary(
                        QuantileSummary(
                            quantiles: [.init(quantile: 0.5, value: 1), .init(quantile: 0.99, value: -.infinity)],
                            count: 7, sum: 8))),
            ])
    }

    @Test func reportedMetricsSurviveTheLogAndTheManifest() throws {
        var disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        let provenance = StoreSamples.provenance(1)
        try store.appendAndWait(Submission(reported: Self.reported(), provenance: provenance))
        let expected = [RecoveredMetrics(reported: Self.reported(), provenance: provenance)]
        disk = disk.kill()
        for life in 0..<3 {
            let totals = KeptMetrics()
            let store = try Store.open(
                directory: "/data", configuration: Store.Configuration(metricTotals: totals), files: disk)
            #expect(totals.totals() == expected, "life \(life)")
            // A seal lets go of the log: from here on the manifest has them.
            try store.appendAndWait(
                Submission(
                    spans: SpanBatch([
                        StoreSamples.everyField(trace: StoreSamples.trace(UInt64(life)), span: UInt64(life) + 1)
                    ]),
                    provenance: StoreSamples.provenance(UInt64(life) + 2)))
            try store.seal()
            try store.close()
        }
    }

    @Test func metricTotalsOutliveTheirLog() throws {
        var disk = SimulatedFileSystem()
        var sent: [RecoveredMetrics] = []
        for life in 0..<6 {
            let totals = KeptMetrics()
            let store = try Store.open(
                directory: "/data", configuration: Store.Configuration(metricTotals: totals), files: disk)
            #expect(totals.totals() == sent, "life \(life)")
            for step in 0..<3 {
                let metrics = MetricBatch(
                    series: [MetricSeries(name: "requests_total", help: "h", kind: .counter, labels: [])],
                    points: [MetricPoint(series: 0, value: .delta(Double(life * 3 + step)))])
                let point = RecoveredMetrics(
                    metrics: metrics, provenance: StoreSamples.provenance(UInt64(sent.count + 1)))
                try store.appendAndWait(Submission(metrics: metrics, provenance: point.provenance))
                totals.take(point)
                sent.append(point)
                // Sealing takes the log away, in some lives before the end, in others at it or never.
                if life % 3 == step { try store.seal() }
            }
            disk = life % 2 == 0 ? disk.kill() : disk.crash(seed: UInt64(life))
        }
    }

    @Test func randomBatchesSurviveTheLog() throws {
        var generator = SeededGenerator(seed: StoreSamples.seed)
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        var sent: Set<Span> = []
        for sequence in 1...40 as ClosedRange<UInt64> {
            let spans = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                StoreSamples.random(using: &generator)
            }
            sent.formUnion(spans)
            try store.appendAndWait(
                Submission(spans: SpanBatch(spans), provenance: StoreSamples.provenance(sequence)))
        }
        let reopened = try Store.open(directory: "/data", files: disk.kill())
        var found: [Span] = []
        for trace in Set(sent.map(\.traceID)) { found += try reopened.trace(trace).map(\.span) }
        #expect(found.count == sent.count, "seed \(StoreSamples.seed)")
        #expect(Set(found) == sent, "seed \(StoreSamples.seed)")
    }

    @Test func aTornTailIsNotDamage() throws {
        for seed in 0..<40 as Range<UInt64> {
            let disk = SimulatedFileSystem(seed: seed)
            let store = try Store.open(directory: "/data", files: disk)
            try store.appendAndWait(StoreSamples.submission(1, spans: 3))
            disk.stop(after: 1)
            #expect(throws: StoreError.self) { try store.appendAndWait(StoreSamples.submission(2, spans: 300)) }
            let reopened = try Store.open(directory: "/data", files: disk.crash(seed: seed))
            #expect(reopened.statistics.corruptRecords == 0, "seed \(seed)")
            #expect(try reopened.trace(StoreSamples.trace(1)).count == 3, "seed \(seed)")
        }
    }

    @Test func flippedBitsAreNamedAndTheRestIsKept() throws {
        var generator = SeededGenerator(seed: StoreSamples.seed)
        for round in 0..<60 {
            let disk = SimulatedFileSystem()
            let store = try Store.open(directory: "/data", files: disk)
            for sequence in 1...5 as ClosedRange<UInt64> {
                try store.appendAndWait(StoreSamples.submission(sequence, spans: 4))
            }
            let fileName = try #require(try disk.list("/data/wal").first)
            let size = try disk.size(of: "/data/wal/" + fileName)
            // The last record can be a torn write as well as damage, so the flip falls before it.
            let offset = Int.random(in: 0..<size * 3 / 5, using: &generator)
            let after = disk.kill()
            after.corrupt(
                "/data/wal/" + fileName, at: offset, exclusiveOr: 1 << UInt8.random(in: 0...7, using: &generator))
            let comment = Comment(rawValue: "seed \(StoreSamples.seed) round \(round) offset \(offset)")
            let reopened = try Store.open(directory: "/data", files: after)
            #expect(reopened.statistics.corruptRecords == 1, comment)
            var kept = 0
            for number in 1...5 as ClosedRange<UInt64> {
                let count = try reopened.trace(StoreSamples.trace(number)).count
                #expect(count == 4 || count == 0, comment)
                kept += count / 4
            }
            #expect(kept >= 4, comment)
            let damages = try reopened.gaps().filter {
                if case .corruption(let file, let at, let bytes) = $0.kind {
                    return file == "/data/wal/" + fileName && at <= offset && offset < at + bytes
                }
                return false
            }
            #expect(damages.count == 1, comment)
        }
    }
}

extension StoreSamples {
    /// Spans of the trace with the sequence's number.
    static func submission(_ sequence: UInt64, spans: Int, instance: String = "pod-1") -> Submission {
        let batch = SpanBatch(
            (0..<spans).map {
                payment(trace: trace(sequence), span: sequence << 32 | UInt64($0 + 1), transaction: "TX-\(sequence)")
            })
        return Submission(spans: batch, provenance: provenance(sequence, instance: instance))
    }

    static func random(using generator: inout SeededGenerator) -> Span {
        func text() -> String { String(repeating: "x", count: Int.random(in: 0...3, using: &generator)) }
        func attributes() -> [Attribute] {
            (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                let value: AttributeValue =
                    switch Int.random(in: 0...5, using: &generator) {
                    case 0: .int(Int64(bitPattern: generator.next() >> UInt64.random(in: 0...63, using: &generator)))
                    case 1: .double(Double(bitPattern: generator.next()))
                    case 2: .bool(Bool.random(using: &generator))
                    case 3: .bytes((0..<3).map { _ in UInt8.random(in: 0...255, using: &generator) })
                    case 4: .array([.string(text()), .empty])
                    default: .string(text())
                    }
                return Attribute(text(), value)
            }
        }
        return Span(
            traceID: trace(UInt64.random(in: 1...20, using: &generator)), spanID: SpanID(generator.next() | 1),
            parentSpanID: Bool.random(using: &generator) ? .none : SpanID(generator.next()), traceState: text(),
            flags: UInt32(truncatingIfNeeded: generator.next()), name: text(), kind: .client,
            startNanoseconds: generator.next(), endNanoseconds: generator.next(), attributes: attributes(),
            events: (0..<Int.random(in: 0...2, using: &generator)).map { _ in
                SpanEvent(timeNanoseconds: generator.next(), name: text(), attributes: attributes())
            },
            links: (0..<Int.random(in: 0...1, using: &generator)).map { _ in
                SpanLink(
                    traceID: TraceID(high: generator.next(), low: 1), spanID: SpanID(generator.next()),
                    attributes: attributes())
            }, resource: Resource(attributes: attributes()), scope: InstrumentationScope(name: text()))
    }
}

/// Keeps every batch: its totals are all that it ever saw.
final class KeptMetrics: MetricTotals {
    private let kept = Mutex<[RecoveredMetrics]>([])

    func take(_ metrics: RecoveredMetrics) { kept.withLock { $0.append(metrics) } }
    func restore(_ metrics: [RecoveredMetrics]) { kept.withLock { $0 += metrics } }
    func totals() -> [RecoveredMetrics] { kept.withLock { $0 } }
}
