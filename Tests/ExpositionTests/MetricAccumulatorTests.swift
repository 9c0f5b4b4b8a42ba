import Exposition
import Telemetry
import Testing

@Suite struct MetricAccumulatorTests {
    private static let second: UInt64 = 1_000_000_000

    private func batch(_ points: [(MetricSeries, MetricValue)]) -> MetricBatch {
        MetricBatch(
            series: points.map(\.0), points: points.indices.map { MetricPoint(series: $0, value: points[$0].1) })
    }

    private func counter(_ name: String = "waybill_requests_total", _ labels: [MetricLabel] = []) -> MetricSeries {
        MetricSeries(name: name, help: "Requests.", kind: .counter, labels: labels)
    }

    private func text(_ accumulator: MetricAccumulator, at seconds: UInt64 = 0) -> String {
        String(
            decoding: PrometheusText.write(accumulator.collect(nowNanoseconds: seconds * Self.second)), as: UTF8.self)
    }

    @Test func deltasBecomeCumulativeSeriesOfAnInstance() {
        let accumulator = MetricAccumulator()
        let histogram = MetricSeries(name: "waybill_h_seconds", help: "H.", kind: .histogram(bounds: [1]), labels: [])
        let gauge = MetricSeries(name: "waybill_g", help: "G.", kind: .gauge, labels: [])
        for _ in 0..<3 {
            accumulator.add(
                batch([
                    (counter("waybill_requests_total", [.init("job", "x")]), .delta(2)),
                    (histogram, .histogram(counts: [1, 2], sum: 5)), (gauge, .value(7)),
                ]), job: "payments", instance: "p-0", incarnation: 1, nowNanoseconds: 0)
        }
        let text = text(accumulator)
        #expect(
            text.contains("waybill_requests_total{exported_job=\"x\",instance=\"p-0\",job=\"payments\"} 6\n"))
        #expect(text.contains("waybill_h_seconds_bucket{instance=\"p-0\",job=\"payments\",le=\"1\"} 3\n"))
        #expect(text.contains("waybill_h_seconds_count{instance=\"p-0\",job=\"payments\"} 9\n"))
        #expect(text.contains("waybill_g{instance=\"p-0\",job=\"payments\"} 7\n"))
    }

    @Test func aNewIncarnationStartsAgainAndTheOldOneStaysGone() {
        let accumulator = MetricAccumulator()
        func add(_ incarnation: UInt64) {
            accumulator.add(
                batch([(counter(), .delta(5))]), job: "j", instance: "i", incarnation: incarnation, nowNanoseconds: 0)
        }
        add(1)
        add(1)
        #expect(text(accumulator).contains("waybill_requests_total{instance=\"i\",job=\"j\"} 10\n"))
        add(2)
        #expect(text(accumulator).contains("waybill_requests_total{instance=\"i\",job=\"j\"} 5\n"))
        add(1)
        #expect(text(accumulator).contains("waybill_requests_total{instance=\"i\",job=\"j\"} 5\n"))
        #expect(text(accumulator).contains("waybill_metric_points_refused_total{reason=\"stale_incarnation\"} 1\n"))
    }

    @Test func anInstanceBelongsToOnePrincipal() {
        let accumulator = MetricAccumulator()
        func add(_ principal: String, _ incarnation: UInt64, at seconds: UInt64) {
            accumulator.add(
                batch([(counter(), .delta(1))]), job: "j", instance: "i", principal: principal,
                incarnation: incarnation, nowNanoseconds: seconds * Self.second)
        }
        add("ledger", 1, at: 0)
        add("mallory", 2, at: 1)
        add("ledger", 1, at: 2)
        #expect(text(accumulator, at: 2).contains("waybill_requests_total{instance=\"i\",job=\"j\"} 2\n"))
        #expect(
            text(accumulator, at: 2).contains("waybill_metric_points_refused_total{reason=\"foreign_principal\"} 1\n"))
        add("heir", 3, at: 400)
        #expect(text(accumulator, at: 400).contains("waybill_requests_total{instance=\"i\",job=\"j\"} 1\n"))
    }

    @Test func totalsMakeTheSameSeriesAgain() {
        let histogram = MetricSeries(name: "waybill_h_seconds", help: "H.", kind: .histogram(bounds: [1]), labels: [])
        let gauge = MetricSeries(name: "waybill_g", help: "G.", kind: .gauge, labels: [])
        let accumulator = MetricAccumulator()
        for incarnation: UInt64 in [1, 2, 2] {
            accumulator.add(
                batch([
                    (counter(), .delta(5)), (histogram, .histogram(counts: [1, 2], sum: 5)), (gauge, .value(7)),
                ]), job: "j", instance: "i", principal: "p", incarnation: incarnation, nowNanoseconds: Self.second)
        }
        let restored = MetricAccumulator()
        for total in accumulator.totals() {
            restored.add(
                total.metrics, job: total.job, instance: total.instance, principal: total.principal,
                incarnation: total.incarnation, nowNanoseconds: Self.second)
        }
        #expect(text(restored, at: 1) == text(accumulator, at: 1))
        #expect(text(restored, at: 1).contains("waybill_requests_total{instance=\"i\",job=\"j\"} 10\n"))
        // What an ended incarnation still sends stays refused.
        restored.add(
            batch([(counter(), .delta(5))]), job: "j", instance: "i", principal: "p", incarnation: 1,
            nowNanoseconds: Self.second)
        #expect(text(restored, at: 1).contains("waybill_requests_total{instance=\"i\",job=\"j\"} 10\n"))
    }

    @Test func staleSeriesAreDropped() {
        let accumulator = MetricAccumulator()
        accumulator.add(batch([(counter(), .delta(1))]), job: "j", instance: "old", incarnation: 1, nowNanoseconds: 0)
        accumulator.add(
            batch([(counter(), .delta(1))]), job: "j", instance: "new", incarnation: 1,
            nowNanoseconds: 200 * Self.second)
        #expect(text(accumulator, at: 300).contains("instance=\"old\""))
        #expect(!text(accumulator, at: 301).contains("instance=\"old\""))
        #expect(text(accumulator, at: 301).contains("instance=\"new\""))
        #expect(text(accumulator, at: 301).contains("waybill_exporter_metric_series 1\n"))
        #expect(text(accumulator, at: 501).contains("waybill_exporter_metric_series 0\n"))
    }

    @Test func seriesBeyondTheLimitAreFoldedAndCounted() {
        let accumulator = MetricAccumulator(limits: .init(seriesPerExporter: 2))
        for index in 0..<6 {
            accumulator.add(
                batch([(counter("waybill_requests_total", [.init("route", "/\(index)")]), .delta(1))]), job: "j",
                instance: "i", incarnation: 1, nowNanoseconds: 0)
        }
        let text = text(accumulator)
        #expect(text.contains("{instance=\"i\",job=\"j\",route=\"/1\"} 1\n"))
        #expect(text.contains("{instance=\"i\",job=\"j\",route=\"_overflow\"} 4\n"))
        #expect(text.contains("waybill_metric_points_refused_total{reason=\"series_limit\"} 4\n"))
    }

    @Test func aFloodOfNamesStaysBounded() {
        let accumulator = MetricAccumulator(limits: .init(seriesPerExporter: 10))
        for index in 0..<1000 {
            accumulator.add(
                batch([(counter("name_\(index)_total"), .delta(1))]), job: "j", instance: "i", incarnation: 1,
                nowNanoseconds: 0)
        }
        #expect(accumulator.collect(nowNanoseconds: 0).count <= 22)
    }

    @Test func pointsThatCannotBeExposedAreRefusedByReason() {
        let accumulator = MetricAccumulator()
        accumulator.add(batch([(counter(), .delta(1))]), job: "j", instance: "i", incarnation: 1, nowNanoseconds: 0)
        let refused: [(MetricSeries, MetricValue)] = [
            (counter(), .delta(-1)), (counter(), .delta(.nan)), (counter(), .value(1)),
            (MetricSeries(name: "waybill_requests_total", help: "", kind: .gauge, labels: []), .value(1)),
            (counter("0bad"), .delta(1)), (counter("a b"), .delta(1)), (counter("a", [.init("le", "1")]), .delta(1)),
            (counter("a", [.init("x", "1"), .init("x", "2")]), .delta(1)),
            (counter("a", [.init("x", String(repeating: "v", count: 2000))]), .delta(1)),
            (
                MetricSeries(name: "h", help: "", kind: .histogram(bounds: [2, 1]), labels: []),
                .histogram(counts: [1, 1, 1], sum: 1)
            ),
            (
                MetricSeries(name: "h2", help: "", kind: .histogram(bounds: [1]), labels: []),
                .histogram(counts: [1], sum: 1)
            ),
        ]
        accumulator.add(batch(refused), job: "j", instance: "i", incarnation: 1, nowNanoseconds: 0)
        accumulator.add(
            MetricBatch(series: [], points: [MetricPoint(series: 3, value: .delta(1))]), job: "j", instance: "i",
            incarnation: 1, nowNanoseconds: 0)
        let text = text(accumulator)
        #expect(text.contains("waybill_requests_total{instance=\"i\",job=\"j\"} 1\n"))
        #expect(text.contains("{reason=\"invalid_name\"} 5\n"))
        #expect(text.contains("{reason=\"kind_conflict\"} 1\n"))
        #expect(text.contains("{reason=\"invalid_value\"} 6\n"))
    }

    @Test func aRegistryAndItsAccumulationAgree() {
        let registry = MetricRegistry()
        let accumulator = MetricAccumulator()
        let counter = registry.counter("waybill_c_total", help: "C.")
        let histogram = registry.histogram("waybill_h_seconds", help: "H.")
        for round in 1...20 {
            counter.increment(by: round)
            histogram.observe(Double(round) * 0.01)
            accumulator.add(
                registry.drainDeltas(), job: "j", instance: "i", incarnation: 1, nowNanoseconds: UInt64(round))
        }
        let families = accumulator.collect(nowNanoseconds: 21)
        for family in registry.collect() {
            let other = families.first { $0.name == family.name }
            #expect(other?.kind == family.kind && other?.help == family.help)
            guard case .histogram(let own?, _)? = family.samples.first?.value,
                case .histogram(let added?, _)? = other?.samples.first?.value
            else {
                #expect(other?.samples.map(\.value) == family.samples.map(\.value))
                continue
            }
            #expect(own.counts == added.counts && abs(own.sum - added.sum) < 1e-9)
        }
    }
}
