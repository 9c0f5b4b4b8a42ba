import Telemetry
import Testing
import TraceQL

@Suite struct MetricsTests {
    private func span(_ start: UInt64, _ duration: UInt64, _ attributes: [Attribute] = []) -> Span {
        Span(
            traceID: TraceID(high: 0, low: start + 1), spanID: SpanID(start + 1), name: "x", startNanoseconds: start,
            endNanoseconds: start + duration, attributes: attributes)
    }

    private func series(
        _ text: String, _ spans: [Span], start: UInt64 = 0, end: UInt64 = 30, completeFrom: UInt64 = 0,
        limits: MetricsAccumulator.Limits = .init()
    ) throws -> [MetricsSeries] {
        let stage = try #require(try TraceQuery.parse("{ } | " + text).metrics)
        var accumulator = MetricsAccumulator(
            stage, try #require(MetricsSteps(start: start, end: end, step: 10)), limits: limits)
        for span in spans { accumulator.observe(TraceView(alone: span), 0) }
        #expect(accumulator.isCut == (limits.series < 1000))
        return accumulator.series(completeFrom: completeFrom)
    }

    private func values(_ series: [MetricsSeries]) -> [[Double]] { series.map { $0.samples.map(\.value) } }

    @Test func aPointSpeaksOfTheStepBeforeIt() throws {
        let spans = [span(0, 1), span(1, 1), span(10, 1), span(11, 1), span(30, 1), span(31, 1)]
        let counted = try series("count_over_time()", spans)
        #expect(counted.map(\.labels) == [[Attribute("__name__", .string("count_over_time"))]])
        #expect(counted[0].samples.map(\.timeNanoseconds) == [10, 20, 30])
        #expect(values(counted) == [[2, 1, 1]])
        #expect(values(try series("rate()", spans)) == [[2e8, 1e8, 1e8]])
        // The range is widened to whole steps.
        #expect(try series("rate()", spans, start: 5, end: 12)[0].samples.map(\.timeNanoseconds) == [10, 20])
        // What is not known is not said.
        #expect(try series("rate()", spans, completeFrom: 11)[0].samples.map(\.timeNanoseconds) == [20, 30])
        #expect(try series("rate()", spans, completeFrom: 12)[0].samples.map(\.timeNanoseconds) == [30])
    }

    @Test func stepsHaveBounds() {
        #expect(MetricsSteps(start: 0, end: 10, step: 0) == nil)
        #expect(MetricsSteps(start: 10, end: 10, step: 1) == nil)
        #expect(MetricsSteps(start: 0, end: 11_001, step: 1) == nil)
        #expect(MetricsSteps(start: 0, end: 11_000, step: 1)?.count == 11_000)
        #expect(MetricsSteps(start: 0, end: .max, step: .max - 1) == nil)
        #expect(MetricsSteps(instantFrom: 3, to: 9)?.window == 4...9)
    }

    @Test func valuesOverTime() throws {
        let spans = [
            span(1, 2_000_000_000, [Attribute("n", .int(4))]), span(2, 1_000_000_000, [Attribute("n", .int(1))]),
            span(21, 500_000_000), span(22, 0, [Attribute("n", .string("4"))]),
        ]
        #expect(values(try series("min_over_time(duration)", spans)) == [[1, 0]])
        #expect(values(try series("max_over_time(duration)", spans)) == [[2, 0.5]])
        #expect(values(try series("avg_over_time(duration)", spans)) == [[1.5, 0.25]])
        #expect(values(try series("sum_over_time(.n)", spans)) == [[5]])
        #expect(try series("sum_over_time(.n)", spans)[0].samples.map(\.timeNanoseconds) == [10])
        #expect(values(try series("sum_over_time(.none)", spans)) == [])
    }

    @Test func groupsAndCuts() throws {
        let spans =
            (0..<6).map { span(1, 1, [Attribute("k", .string(["a", "b", "c"][$0 / 2]))]) } + [
                span(2, 1, [Attribute("k", .string("a"))]), span(3, 1),
            ]
        let groups = try series("count_over_time() by (.k)", spans, end: 10)
        #expect(groups.map { $0.labels[0].value.text } == ["a", "b", "c", "nil"])
        #expect(values(groups) == [[3], [2], [2], [1]])
        #expect(values(try series("count_over_time() by (.k) | topk(2)", spans, end: 10)) == [[3], [2]])
        #expect(values(try series("count_over_time() by (.k) | bottomk(1)", spans, end: 10)) == [[1]])
        let mixed = (0..<4).map {
            span(1, 1, [Attribute("k", [.int(1), .double(1), .double(.nan), .double(.nan)][$0])])
        }
        #expect(values(try series("count_over_time() by (.k)", mixed, end: 10)) == [[2], [2]])
        var limits = MetricsAccumulator.Limits()
        limits.series = 2
        #expect(try series("count_over_time() by (.k)", spans, end: 10, limits: limits).count == 2)
    }

    @Test func quantilesLieBetweenPowersOfTwo() throws {
        // 8 spans of 2^20 ns, the end of a bucket, and 8 in the bucket above it.
        let spans = (0..<16).map { span(1, $0 < 8 ? 1 << 20 : (1 << 20) + 5000) }
        let quantiles = try series("quantile_over_time(duration, 0.25, 0.5, 0.75, 1)", spans, end: 10)
        #expect(quantiles.map { $0.labels.last?.value } == [.double(0.25), .double(0.5), .double(0.75), .double(1)])
        let scale = 1e9 / Double(1 << 20)
        let found = values(quantiles).map { ($0[0] * scale * 1000).rounded() / 1000 }
        #expect(found == [0.707, 1, 1.414, 2])
        let counts = (0..<16).map { span(1, 1, [Attribute("n", .int($0 < 8 ? 4 : 8))]) }
        #expect(
            values(try series("quantile_over_time(.n, 0, .25, .5, .75, 1)", counts, end: 10)).map { $0[0] }
                .map { ($0 * 1000).rounded() / 1000 } == [2.181, 2.828, 4, 5.657, 8])
        #expect(
            values(try series("quantile_over_time(.n, .5)", [span(1, 1, [Attribute("n", .int(-3))])], end: 10)) == [[0]]
        )
        let histogram = try series("histogram_over_time(.n)", counts, end: 20)
        #expect(histogram.map(\.labels) == [[Attribute("__bucket", .double(4))], [Attribute("__bucket", .double(8))]])
        #expect(values(histogram) == [[8, 0], [8, 0]])
    }

    @Test func exemplarsAreFewAndSpreadOverTheTime() throws {
        let spans = (0..<3000).map { span(UInt64(3000 - $0), UInt64($0)) }
        var limits = MetricsAccumulator.Limits()
        limits.exemplars = 10
        let one = try series("max_over_time(duration)", spans, end: 3000, limits: limits)[0]
        #expect(one.exemplars.count == 10)
        #expect(one.exemplars == one.exemplars.sorted { $0.timeNanoseconds < $1.timeNanoseconds })
        #expect((one.exemplars.first?.timeNanoseconds ?? 9999) <= 300)
        #expect(one.exemplars.allSatisfy { $0.value != nil })
        #expect(try series("rate()", spans, end: 3000, limits: limits)[0].exemplars.allSatisfy { $0.value == nil })
        limits.exemplars = 0
        #expect(try series("rate()", spans, end: 3000, limits: limits)[0].exemplars.isEmpty)
    }
}
