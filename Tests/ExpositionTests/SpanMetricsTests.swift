import Exposition
import Foundation
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite struct SpanMetricsTests {
    private static let kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]

    /// Whatever the batches, every span is counted once where a dictionary would count it.
    @Test func countsWhatADictionaryCounts() {
        for round in 0..<UInt64(20 * Seed.soak) {
            let seed = Seed.value &+ round
            var dice = Dice(seed)
            let metrics = SpanMetrics(clock: { 1_000_000_000 })
            var model: [String: (count: Double, sum: Double, buckets: [Double])] = [:]
            let bounds = (-11...4).map { Foundation.pow(2.0, Double($0)) }
            for _ in 0..<dice.below(12) {
                var batch = SpanBatchBuilder()
                for _ in 0..<dice.below(40) {
                    let service = dice.pick(["a", "b", nil])
                    let name = dice.pick(["GET /", "POST /x", "Zürich", ""])
                    let kind = Int32(dice.below(8)) - 1
                    let status = Int32(dice.below(4))
                    let duration = dice.pick([
                        0, 1, 488_281, 500_000_000, 1_000_000_000, 16_000_000_000, 16_000_000_001,
                        UInt64(dice.below(20_000_000_000)),
                    ])
                    batch.append(
                        SpanSamples.span(
                            trace: 1, span: dice.next() | 1, parent: 7, service: service, name: name, kind: kind,
                            status: status, duration: duration))
                    let key = [
                        service ?? "unknown_service", "SPAN_KIND_" + Self.kinds[(0...5).contains(kind) ? Int(kind) : 0],
                        name, "STATUS_CODE_" + ["UNSET", "OK", "ERROR"][status < 3 ? Int(status) : 0],
                    ].joined(separator: "|")
                    let seconds = Double(duration) / 1e9
                    var counts = model[key] ?? (0, 0, [Double](repeating: 0, count: bounds.count))
                    counts.count += 1
                    counts.sum += seconds
                    for (index, bound) in bounds.enumerated() where seconds <= bound { counts.buckets[index] += 1 }
                    model[key] = counts
                }
                metrics.observe(batch: batch.take())
            }
            let page = SpanSamples.values(metrics)
            for (key, counts) in model {
                let parts = key.split(separator: "|", omittingEmptySubsequences: false)
                let labels =
                    "service=\(parts[0]),span_kind=\(parts[1]),span_name=\(parts[2]),status_code=\(parts[3])"
                #expect(page["traces_spanmetrics_calls_total{\(labels)}"] == counts.count, "WAYBILL_SEED=\(seed)")
                #expect(page["traces_spanmetrics_latency_count{\(labels)}"] == counts.count, "WAYBILL_SEED=\(seed)")
                let sum = page["traces_spanmetrics_latency_sum{\(labels)}"] ?? .nan
                #expect(abs(sum - counts.sum) <= 1e-9 * max(1, counts.sum), "WAYBILL_SEED=\(seed)")
                for (index, bound) in bounds.enumerated() {
                    let series = "traces_spanmetrics_latency_bucket{\(labels),le=\(bound)}"
                    #expect(page[series] == counts.buckets[index], "WAYBILL_SEED=\(seed) \(series)")
                }
            }
            let calls = page.filter { $0.key.hasPrefix("traces_spanmetrics_calls_total") }
            #expect(calls.count == model.count, "WAYBILL_SEED=\(seed)")
        }
    }

    /// A native bucket's bounds hold what it counts.
    @Test func nativeBucketsHoldTheirDurations() throws {
        var dice = Dice(Seed.value)
        for _ in 0..<2000 {
            let duration = UInt64(Foundation.pow(10, Double.random(in: 0...19, using: &dice)))
            let metrics = SpanMetrics()
            metrics.observe(batch: SpanBatch([SpanSamples.span(trace: 1, span: 1, duration: duration)]))
            let family = try #require(metrics.collect().first { $0.name == "traces_spanmetrics_latency" })
            guard case .histogram(_, let native?)? = family.samples.first?.value else {
                Issue.record("no native histogram")
                return
            }
            let place = try #require(native.positive.counts.firstIndex(of: 1))
            let index = Double(Int(native.positive.offset) + place)
            let seconds = Double(duration) / 1e9
            #expect(seconds <= exp2(index / 8) * (1 + 1e-14), "WAYBILL_SEED=\(Seed.value) \(duration)")
            #expect(seconds > exp2((index - 1) / 8) * (1 - 1e-14), "WAYBILL_SEED=\(Seed.value) \(duration)")
            #expect(native.schema == 3 && native.count == 1)
        }
    }

    @Test func labelSetsBeyondTheLimitAreFoldedAndCounted() {
        var limits = SpanMetrics.Limits()
        limits.spanSeries = 3
        let metrics = SpanMetrics(limits: limits)
        for index in 0..<500 {
            metrics.observe(
                batch: SpanBatch((0..<2).map { SpanSamples.span(trace: 1, span: $0 + 1, name: "op \(index)") }))
        }
        let page = SpanSamples.values(metrics)
        let labels = "service=a,span_kind=SPAN_KIND_INTERNAL,span_name=_overflow,status_code=STATUS_CODE_UNSET"
        #expect(page["traces_spanmetrics_calls_total{\(labels)}"] == 994)
        #expect(page["waybill_span_metrics_folded_total{metric=traces_spanmetrics}"] == 994)
        #expect(page["waybill_span_metrics_series{metric=traces_spanmetrics}"] == 4)
        #expect(page["waybill_span_metrics_series_limit{metric=traces_spanmetrics}"] == 3)
        let sets = page["waybill_span_metrics_folded_label_sets{metric=traces_spanmetrics}"] ?? 0
        #expect(abs(sets - 497) < 50)
        // Services come from the wire too: of them all, one series is left.
        for index in 0..<50 {
            metrics.observe(batch: SpanBatch([SpanSamples.span(trace: 1, span: 9, service: "s\(index)")]))
        }
        let all = SpanSamples.values(metrics)
        #expect((all["waybill_span_metrics_series{metric=traces_spanmetrics}"] ?? 99) <= 7)
        let calls = all.filter { $0.key.hasPrefix("traces_spanmetrics_calls_total") }.values.reduce(0, +)
        #expect(calls == 1050)
    }

    @Test func idleSeriesAreDroppedAndTheOthersKeepTheirNames() {
        let clock = TestClock()
        let metrics = SpanMetrics(clock: clock.read)
        metrics.observe(batch: SpanBatch([SpanSamples.span(trace: 1, span: 1, service: "old", name: "gone")]))
        clock.seconds = 890
        metrics.observe(
            batch: SpanBatch([
                SpanSamples.span(trace: 1, span: 1, service: "new", name: "stays")
            ]))
        clock.seconds = 899
        metrics.observe(batch: SpanBatch([SpanSamples.span(trace: 2, span: 5, service: "caller", kind: 3)]))
        #expect(SpanSamples.values(metrics).keys.contains { $0.contains("old") })
        clock.seconds = 901
        metrics.observe(batch: SpanBatch([SpanSamples.span(trace: 9, span: 1, service: "now", name: "x")]))
        _ = metrics.collect()
        // A span that waited meanwhile still meets its other half under the right name.
        metrics.observe(
            batch: SpanBatch([SpanSamples.span(trace: 2, span: 6, parent: 5, service: "callee", kind: 2)]))
        let page = SpanSamples.values(metrics)
        #expect(!page.keys.contains { $0.contains("service=old") })
        #expect(page.keys.contains { $0.contains("service=new") && $0.contains("span_name=stays") })
        #expect(page["traces_service_graph_request_total{client=caller,connection_type=,server=callee}"] == 1)
    }

    @Test func exemplarsAreTheSlowestRecentSpans() throws {
        let clock = TestClock()
        clock.seconds = 100
        let metrics = SpanMetrics(clock: clock.read)
        func observe(_ span: UInt64, _ duration: UInt64, _ attributes: [Attribute] = []) {
            metrics.observe(
                batch: SpanBatch([
                    SpanSamples.span(trace: 0xAB, span: span, duration: duration, attributes: attributes)
                ]))
        }
        func exemplar() throws -> MetricExemplar {
            let family = try #require(metrics.collect().first { $0.name == "traces_spanmetrics_latency" })
            return try #require(family.samples.first?.exemplars.first)
        }
        let uetr = [Attribute("payment.uetr", .string("EB6305C9-1F7F-49DE-AED0-16487C27B42D"))]
        observe(1, 1_000_000)
        observe(2, 9_000_000, uetr)
        observe(3, 5_000_000)
        #expect(
            try exemplar().labels == [
                MetricLabel("trace_id", TraceID(high: 0, low: 0xAB).description),
                MetricLabel("span_id", SpanID(2).description),
                MetricLabel("transaction_id", "eb6305c9-1f7f-49de-aed0-16487c27b42d"),
            ])
        #expect(try exemplar().value == 0.009)
        clock.seconds += 16
        observe(4, 2_000_000, [Attribute("payment.id", .string(String(repeating: "x", count: 100)))])
        #expect(try exemplar().labels.map(\.name) == ["trace_id"])
        clock.seconds += 16
        observe(5, 1_000_000, [Attribute("payment.id", .string(String(repeating: "x", count: 70)))])
        #expect(try exemplar().labels.map(\.name) == ["trace_id", "transaction_id"])
    }
}

/// A clock that a test sets.
final class TestClock: Sendable {
    private let now = Mutex<UInt64>(0)
    var read: @Sendable () -> UInt64 { { [self] in seconds * 1_000_000_000 } }
    var seconds: UInt64 {
        get { now.withLock { $0 } }
        set { now.withLock { $0 = newValue } }
    }
}
