import Exposition
import Synchronization
import Telemetry
import Testing

@Suite struct MetricRegistryTests {
    @Test func goldenText() {
        let registry = MetricRegistry()
        registry.counter("waybill_spans_stored_total", help: "Spans stored.").increment(by: 41)
        registry.counter("waybill_spans_stored_total", help: "Spans stored.").increment()
        registry.counter("waybill_seconds_total", help: "Time \\ spent\nworking.").add(0.25)
        let label = MetricLabel("route", "a\"b\\c\nd")
        registry.gauge("waybill_queue_bytes", help: "Queued.", labels: [label, .init("a", "1")]).set(-1.5)
        let histogram = registry.histogram("waybill_seal_seconds", help: "Sealing.", bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7, .nan] { histogram.observe(value) }
        #expect(
            registry.render() == """
                # HELP waybill_queue_bytes Queued.
                # TYPE waybill_queue_bytes gauge
                waybill_queue_bytes{a="1",route="a\\"b\\\\c\\nd"} -1.5
                # HELP waybill_seal_seconds Sealing.
                # TYPE waybill_seal_seconds histogram
                waybill_seal_seconds_bucket{le="0.1"} 2
                waybill_seal_seconds_bucket{le="1"} 3
                waybill_seal_seconds_bucket{le="+Inf"} 4
                waybill_seal_seconds_sum 7.65
                waybill_seal_seconds_count 4
                # HELP waybill_seconds_total Time \\\\ spent\\nworking.
                # TYPE waybill_seconds_total counter
                waybill_seconds_total 0.25
                # HELP waybill_spans_stored_total Spans stored.
                # TYPE waybill_spans_stored_total counter
                waybill_spans_stored_total 42

                """)
    }

    @Test func askingAgainGivesTheSameMetric() {
        let registry = MetricRegistry()
        let one = registry.gauge("waybill_g", help: "G.", labels: [.init("a", "1"), .init("b", "2")])
        let two = registry.gauge("waybill_g", help: "G.", labels: [.init("b", "2"), .init("a", "1")])
        #expect(one === two)
        #expect(one !== registry.gauge("waybill_g", help: "G.", labels: [.init("a", "1")]))
    }

    @Test func labelSetsBeyondTheLimitAreFoldedAndCounted() {
        let registry = MetricRegistry(maximumSeries: 3)
        for index in 0..<10 {
            registry.counter("waybill_r_total", help: "R.", labels: [.init("route", "/\(index)")]).increment()
        }
        let text = registry.render()
        #expect(text.contains("waybill_r_total{route=\"/2\"} 1\n"))
        #expect(!text.contains("route=\"/3\""))
        #expect(text.contains("waybill_r_total{route=\"_overflow\"} 7\n"))
        #expect(text.contains("waybill_metric_series_folded_total{metric=\"waybill_r_total\"} 7\n"))
    }

    @Test func longLabelValuesAreCutAtACharacter() {
        let registry = MetricRegistry()
        let long = String(repeating: "x", count: 255) + "é" + String(repeating: "y", count: 10_000)
        registry.gauge("waybill_g", help: "G.", labels: [.init("a", long)]).set(1)
        #expect(registry.render().contains("{a=\"" + String(repeating: "x", count: 255) + "\"} 1\n"))
    }

    @Test func callbacksRunBeforeCollection() {
        let registry = MetricRegistry()
        let gauge = registry.gauge("waybill_g", help: "G.")
        registry.onCollect { gauge.add(1) }
        _ = registry.render()
        #expect(registry.render().contains("waybill_g 2\n"))
        #expect(registry.drainDeltas().points.map(\.value) == [.value(3)])
    }

    @Test func countersFollowTotalsOnlyUpwards() {
        let registry = MetricRegistry()
        let counter = registry.counter("waybill_c_total", help: "C.")
        for total in [5.0, 3, 9.5, .nan, .infinity] { counter.raise(to: total) }
        #expect(counter.value == 9.5)
    }

    @Test func addingFromManyThreadsLosesNothing() async {
        let registry = MetricRegistry()
        let counter = registry.counter("waybill_c_total", help: "C.")
        let histogram = registry.histogram("waybill_h_seconds", help: "H.", bounds: [1])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        counter.add(0.5)
                        histogram.observe(2)
                    }
                }
            }
        }
        #expect(counter.value == 60_000)
        #expect(histogram.bucketCounts == [0, 40_000])
        #expect(histogram.sum == 80_000)
    }

    @Test func deltasAddUpToTheTotals() throws {
        let time = Mutex<UInt64>(100)
        let registry = MetricRegistry(clock: { time.withLock { $0 } })
        let counter = registry.counter("waybill_c_total", help: "C.")
        let histogram = registry.histogram("waybill_h_seconds", help: "H.", bounds: [1])
        counter.increment(by: 5)
        histogram.observe(0.5)
        time.withLock { $0 = 200 }
        let first = registry.drainDeltas()
        #expect(first.startNanoseconds == 100 && first.endNanoseconds == 200)
        #expect(first.points.map(\.value) == [.delta(5), .histogram(counts: [1, 0], sum: 0.5)])
        #expect(first.points.map { first.series[$0.series].name } == ["waybill_c_total", "waybill_h_seconds"])
        // Clocks that run backwards make empty intervals, not negative ones.
        time.withLock { $0 = 150 }
        let second = registry.drainDeltas()
        #expect(second.points.isEmpty && second.startNanoseconds == 200 && second.endNanoseconds == 200)
        counter.increment(by: 2)
        histogram.observe(3)
        #expect(
            registry.drainDeltas().points.map(\.value) == [.delta(2), .histogram(counts: [0, 1], sum: 3)])
    }
}
