import Collector
import Exposition
import Interop
import Telemetry
import Testing

/// OTLP metrics become the series that Prometheus' own OTLP receiver makes.
@Suite struct ReportTranslationTests {
    private static let resource = Resource(attributes: [
        Attribute("service.name", .string("ledger")), Attribute("service.namespace", .string("bank")),
        Attribute("service.instance.id", .string("l-0")), Attribute("host.name", .string("h1")),
        Attribute("k8s.pod.labels", .array([.string("a"), .int(1)])),
    ])

    private func translate(
        _ metrics: OTLPMetric..., resource: Resource = resource, scope: InstrumentationScope = .init()
    ) -> ReportTranslation {
        ReportTranslation(
            OTLPMetrics(resources: [
                OTLPResourceMetrics(resource: resource, scopes: [OTLPScopeMetrics(scope: scope, metrics: metrics)])
            ]), receivedNanoseconds: 77)
    }

    private func point(_ value: OTLPNumber?, _ attributes: [Attribute] = [], flags: OTLPPointFlags = [])
        -> OTLPNumberPoint
    {
        OTLPNumberPoint(attributes: attributes, startNanoseconds: 5, timeNanoseconds: 9, value: value, flags: flags)
    }

    private func text(_ labels: [MetricLabel]) -> String {
        labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }

    @Test func namesLabelsAndTargetInfo() {
        let translation = translate(
            OTLPMetric(
                name: "http.server.requests", description: "R.", unit: "By",
                data: .sum(
                    [
                        point(
                            .int(3),
                            [Attribute("b.c", .bool(true)), Attribute("b_c", .int(2)), Attribute("é", .int(1))])
                    ],
                    temporality: .delta, isMonotonic: true)),
            OTLPMetric(name: "pool.use", unit: "1", data: .gauge([point(.double(0.5))])),
            OTLPMetric(
                name: "queue", data: .sum([point(.int(-4))], temporality: .cumulative, isMonotonic: false)),
            scope: InstrumentationScope(name: "lib", version: "2"))
        let series = translation.report.series
        #expect(
            series.map(\.name) == ["http_server_requests_bytes_total", "pool_use_ratio", "queue", "target_info"])
        #expect(series.map(\.kind) == [.counter, .gauge, .gauge, .gauge])
        #expect(
            text(series[0].labels)
                == "b_c=true;2,instance=l-0,job=bank/ledger,otel_scope_name=lib,otel_scope_version=2")
        #expect(series[0].unit == "bytes" && series[0].help == "R.")
        #expect(
            text(series[3].labels)
                == "host_name=h1,instance=l-0,job=bank/ledger,k8s_pod_labels=[\"a\",1]")
        #expect(translation.report.points.map(\.isDelta) == [true, false, false, false])
        #expect(
            translation.report.points.map(\.value) == [.number(3), .number(0.5), .number(-4), .number(1)])
        #expect(translation.report.points.allSatisfy { $0.timeNanoseconds == 9 })
    }

    @Test func histogramsAndSummaries() {
        let exemplar = OTLPExemplar(
            filteredAttributes: [Attribute("payment.id", .string("P-1"))], timeNanoseconds: 8, value: .double(0.3),
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))
        let translation = translate(
            OTLPMetric(
                name: "took", unit: "s",
                data: .histogram(
                    [
                        OTLPHistogramPoint(
                            timeNanoseconds: 9, count: 6, sum: 2.5, bucketCounts: [1, 2, 2, 1],
                            bounds: [0.1, 1, .infinity], exemplars: [exemplar]),
                        OTLPHistogramPoint(timeNanoseconds: 9, count: 4),
                        // The buckets do not add up to the count.
                        OTLPHistogramPoint(timeNanoseconds: 9, count: 7, bucketCounts: [1, 2], bounds: [1]),
                    ], temporality: .cumulative)),
            OTLPMetric(
                name: "sized", unit: "By",
                data: .exponentialHistogram(
                    [
                        OTLPExponentialHistogramPoint(
                            timeNanoseconds: 9, count: 7, sum: 3, scale: 9, zeroCount: 1,
                            positive: OTLPExponentialBuckets(offset: -2, counts: [0, 1, 2, 3, 0]))
                    ], temporality: .delta)),
            OTLPMetric(
                name: "q",
                data: .summary([
                    OTLPSummaryPoint(
                        timeNanoseconds: 9, count: 2, sum: 3, quantiles: [OTLPQuantile(quantile: 0.5, value: 1)])
                ])))
        let points = translation.report.points
        #expect(
            translation.report.series.map(\.name).prefix(4) == ["took_seconds", "took_seconds", "sized_bytes", "q"])
        #expect(
            points[0].value == .histogram(ClassicHistogram(bounds: [0.1, 1], counts: [1, 2, 3], sum: 2.5)))
        #expect(
            text(points[0].exemplars[0].labels)
                == "trace_id=\(TraceID(high: 1, low: 2)),span_id=\(SpanID(3)),payment_id=P-1")
        guard case .histogram(let bare) = points[1].value, case .native(let native) = points[2].value else {
            Issue.record("unexpected values")
            return
        }
        #expect(bare.bounds.isEmpty && bare.counts == [4] && bare.sum.isNaN)
        // Scale 9 becomes 8: OpenTelemetry's buckets -1, 0, 1 are Prometheus' 0, 1, 2, and of schema 8 then 0, 1, 1.
        #expect(native.schema == 8 && native.positive == .init(offset: 0, counts: [1, 5]) && native.zeroCount == 1)
        #expect(
            points[3].value == .summary(QuantileSummary(quantiles: [.init(quantile: 0.5, value: 1)], count: 2, sum: 3)))
        #expect(translation.outcome.refused == 1 && translation.refusals == [.invalidValue: 1])
        #expect(translation.outcome.firstRefusal?.contains("took_seconds") == true)
    }

    @Test func whatHasNoValueNoNameOrNoRightIsTold() {
        let stale = translate(
            OTLPMetric(name: "x", data: .gauge([point(nil, flags: .noRecordedValue)])), resource: Resource())
        #expect(stale.report.points.map(\.value) == [.none])
        #expect(stale.report.series[0].labels.isEmpty)
        #expect(translate(OTLPMetric(name: "···", data: .gauge([point(.int(1))]))).refusals == [.invalidName: 1])
        let proxies = Resource(attributes: [Attribute("service.name", .string("waybill-proxy"))])
        let reserved = translate(OTLPMetric(name: "x", data: .gauge([point(.int(1))])), resource: proxies)
        #expect(reserved.report.points.isEmpty && reserved.refusals == [.reservedJob: 1])
    }
}
