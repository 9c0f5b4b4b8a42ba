import Exposition
import Telemetry
import TestSupport
import Testing

@Suite struct ReportedSeriesTests {
    private static let second: UInt64 = 1_000_000_000

    private func series(
        _ name: String = "x_total", _ kind: ReportedSeries.Kind = .counter, _ labels: [MetricLabel] = []
    ) -> ReportedSeries {
        ReportedSeries(name: name, help: "H.", kind: kind, labels: labels)
    }

    private func report(_ series: ReportedSeries, _ points: ReportedPoint...) -> ReportedMetrics {
        ReportedMetrics(series: [series], points: points)
    }

    private func values(_ book: ReportedSeriesBook, at seconds: UInt64 = 0) -> [String: Double] {
        SpanSamples.values(book.collect(nowNanoseconds: seconds * Self.second))
    }

    /// Random deltas and states of a counter and a histogram, some late, some twice, against the plain rules; and a book
    /// made again from another's states at any moment goes on as the other does.
    @Test func pointsAddUpAsTheRulesSay() {
        for round in 0..<UInt64(100 * Seed.soak) {
            let seed = Seed.value &+ round
            var dice = Dice(seed)
            var book = ReportedSeriesBook()
            var times: [Int: UInt64] = [:]
            var totals: [Int: Double] = [:]
            var refused = 0
            var time: UInt64 = 100
            for _ in 0..<dice.below(60) {
                if dice.chance(5) {
                    let states = book.states()
                    book = ReportedSeriesBook()
                    #expect(book.take(states, nowNanoseconds: 0).refused == 0, "WAYBILL_SEED=\(seed)")
                }
                let which = dice.below(4)
                time += UInt64(dice.below(3))
                let pointTime = dice.chance(85) ? time : UInt64(dice.below(Int(time)))
                let isDelta = which % 2 == 0
                let amount = Double(dice.below(10))
                let isHistogram = which >= 2
                let value: ReportedPoint.Value =
                    isHistogram
                    ? .histogram(ClassicHistogram(bounds: [1], counts: [UInt64(amount), 1], sum: amount))
                    : .number(amount)
                let outcome = book.take(
                    report(
                        series(
                            isHistogram ? "h" : "x_total", isHistogram ? .histogram : .counter,
                            [MetricLabel("n", String(which))]),
                        ReportedPoint(
                            series: 0, startNanoseconds: 1, timeNanoseconds: pointTime, isDelta: isDelta, value: value)),
                    nowNanoseconds: 0)
                let weight = isHistogram ? amount + 1 : amount
                if let last = times[which], pointTime <= last {
                    let isRepeat = pointTime == last && (isDelta || totals[which] == weight)
                    #expect(outcome.refused == (isRepeat ? 0 : 1), "WAYBILL_SEED=\(seed)")
                    refused += outcome.refused
                } else {
                    #expect(outcome.accepted == 1, "WAYBILL_SEED=\(seed)")
                    times[which] = pointTime
                    totals[which] = isDelta ? (totals[which] ?? 0) + weight : weight
                }
            }
            let page = values(book)
            for which in 0..<4 {
                let name = which >= 2 ? "h_count" : "x_total"
                #expect(page["\(name){n=\(which)}"] == totals[which], "WAYBILL_SEED=\(seed) series \(which)")
            }
        }
    }

    @Test func resetsStartAgain() {
        let book = ReportedSeriesBook()
        func take(_ value: Double, start: UInt64, time: UInt64) -> UInt64? {
            book.take(
                report(
                    series(),
                    ReportedPoint(series: 0, startNanoseconds: start, timeNanoseconds: time, value: .number(value))),
                nowNanoseconds: 0)
            return book.collect(nowNanoseconds: 0).first { $0.name == "x_total" }?.samples.first?.startNanoseconds
        }
        #expect(take(5, start: 10, time: 20) == 10)
        #expect(take(7, start: 10, time: 30) == 10)
        #expect(take(1, start: 35, time: 40) == 35)
        // A sender that names no start and counts less began again after its last point.
        #expect(take(0, start: 0, time: 50) == 40)
        #expect(values(book)["x_total"] == 0)
    }

    @Test func nativeHistogramsAddUp() {
        let book = ReportedSeriesBook()
        func delta(_ offset: Int32, _ schema: Int32, time: UInt64) {
            book.take(
                report(
                    series("n", .nativeHistogram),
                    ReportedPoint(
                        series: 0, timeNanoseconds: time, isDelta: true,
                        value: .native(
                            NativeHistogram(
                                schema: schema, count: 2, sum: 1, positive: .init(offset: offset, counts: [2]))))),
                nowNanoseconds: 0)
        }
        delta(4, 2, time: 1)
        delta(2, 1, time: 2)
        guard case .histogram(nil, let native?)? = book.collect(nowNanoseconds: 0).first?.samples.first?.value else {
            Issue.record("no native histogram")
            return
        }
        #expect(native.schema == 1 && native.count == 4 && native.positive == .init(offset: 2, counts: [4]))
    }

    @Test func silenceAndNoRecordedValueEndASeries() {
        let book = ReportedSeriesBook()
        func point(_ time: UInt64, _ value: ReportedPoint.Value) -> ReportedPoint {
            ReportedPoint(series: 0, timeNanoseconds: time, value: value)
        }
        book.take(report(series(), point(1, .number(3))), nowNanoseconds: 0)
        book.take(report(series("y_total"), point(1, .number(3))), nowNanoseconds: 100 * Self.second)
        #expect(values(book, at: 300)["x_total"] == 3)
        #expect(values(book, at: 301)["x_total"] == nil)
        #expect(values(book, at: 301)["y_total"] == 3)
        book.take(report(series("y_total"), point(2, .none)), nowNanoseconds: 302 * Self.second)
        #expect(values(book, at: 302)["y_total"] == nil)
        #expect(values(book, at: 302)["waybill_otlp_metric_series"] == 0)
        // A name without series may stand for another kind.
        #expect(
            book.take(report(series("y_total", .gauge), point(3, .number(-1))), nowNanoseconds: 0).accepted == 1)
    }

    @Test func whatCannotBeExposedIsRefusedByReason() {
        let book = ReportedSeriesBook(limits: .init(series: 2))
        func take(_ series: ReportedSeries, _ value: ReportedPoint.Value, time: UInt64 = 1) -> String? {
            book.take(
                report(series, ReportedPoint(series: 0, timeNanoseconds: time, value: value)), nowNanoseconds: 0
            ).firstRefusal
        }
        #expect(take(series(), .number(1), time: 5) == nil)
        #expect(take(series(), .number(1), time: 4)?.contains("older") == true)
        #expect(take(series(), .number(2), time: 5)?.contains("same time") == true)
        #expect(take(series(), .number(1), time: 5) == nil)
        #expect(take(series("x_total", .gauge), .number(1), time: 9)?.contains("another kind") == true)
        #expect(take(series("a b"), .number(1))?.contains("name") == true)
        #expect(take(series("z_total", .counter, [MetricLabel("le", "1")]), .number(1))?.contains("label") == true)
        #expect(take(series("z_total"), .number(-1))?.contains("value") == true)
        #expect(take(series("z_total"), .number(.nan))?.contains("value") == true)
        #expect(take(series("z", .summary), .number(1))?.contains("value") == true)
        let far = NativeHistogram(schema: 8, count: 1, sum: 1, positive: .init(offset: .max - 5, counts: [1]))
        #expect(take(series("z", .nativeHistogram), .native(far))?.contains("value") == true)
        #expect(take(series("g", .gauge), .number(-1)) == nil)
        #expect(take(series("full", .gauge), .number(-1))?.contains("as many") == true)
        let page = values(book)
        #expect(page["waybill_otlp_metric_points_refused_total{reason=series_limit}"] == 1)
        #expect(page["waybill_otlp_metric_points_refused_total{reason=duplicate}"] == 1)
    }
}
