import Interop
import Telemetry
import TestSupport
import Testing

@Suite struct OTLPMetricsJSONTests {
    private func decode(_ text: String, limits: OTLPMetricsLimits = OTLPMetricsLimits()) throws -> OTLPMetricsOutcome {
        try Array(text.utf8).withUnsafeBytes { try OTLPMetricsJSONDecoder(limits: limits).decode($0) }
    }

    private func refusal(_ text: String, limits: OTLPMetricsLimits = OTLPMetricsLimits()) -> OTLPError? {
        do {
            _ = try decode(text, limits: limits)
            return nil
        } catch {
            return error as? OTLPError
        }
    }

    private func metric(_ members: String) -> String {
        #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m",\#(members)}]}]}]}"#
    }

    @Test(
        .enabled(if: OTLPReference.isAvailable, "needs the Python package opentelemetry-proto"),
        arguments: ["camel", "snake"])
    func metricsAreReadAsFromProtobuf(_ names: String) throws {
        let seed = Seed.value % 1_000_000
        let requests = try OTLPReference.run(["generate-metrics", String(seed), String(80 * Seed.soak)]).lines
        let answer = try OTLPReference.run(["metrics-to-json", names], input: requests)
        #expect(answer.status == 0 && answer.lines.count == requests.count)
        for (json, request) in zip(answer.lines, requests) {
            let outcome = try Hex.bytes(json)!.withUnsafeBytes { try OTLPMetricsJSONDecoder().decode($0) }
            #expect(outcome.rejected == 0, "WAYBILL_SEED=\(seed) \(outcome.firstRejection ?? "")")
            #expect(Hex.string(MetricsWriter.write(outcome.metrics)) == request, "WAYBILL_SEED=\(seed)")
        }
    }

    /// The example of the specification's repository, shortened.
    @Test func aSumAndItsScope() throws {
        let json = #"""
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},
            "scopeMetrics":[{"scope":{"name":"my.library","version":"1.0.0"},"metrics":[{"name":"my.counter","unit":"1",
            "description":"I am a Counter","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asDouble":5,
            "startTimeUnixNano":"1544712660300000000","timeUnixNano":"1544712660300000000",
            "attributes":[{"key":"my.counter.attr","value":{"stringValue":"some value"}}]}]}}]}]}]}
            """#
        let outcome = try decode(json)
        #expect(outcome.accepted == 1)
        let point = OTLPNumberPoint(
            attributes: [Attribute("my.counter.attr", .string("some value"))],
            startNanoseconds: 1_544_712_660_300_000_000, timeNanoseconds: 1_544_712_660_300_000_000, value: .double(5))
        let scope = OTLPScopeMetrics(
            scope: InstrumentationScope(name: "my.library", version: "1.0.0"),
            metrics: [
                OTLPMetric(
                    name: "my.counter", description: "I am a Counter", unit: "1",
                    data: .sum([point], temporality: .delta, isMonotonic: true))
            ])
        let resource = Resource(attributes: [Attribute("service.name", .string("my.service"))])
        #expect(
            outcome.metrics == OTLPMetrics(resources: [OTLPResourceMetrics(resource: resource, scopes: [scope])]))
    }

    @Test func pointsThatCannotBeUsedAreRejectedAlone() throws {
        let cases: [(data: String, reason: String)] = [
            (#""gauge":{"dataPoints":[{"asInt":1},{}]}"#, "gauge.dataPoints[1], at byte"),
            (#""sum":{"aggregationTemporality":"X","dataPoints":[{"asInt":1}]},"unit":"s""#, "aggregation_temporality"),
            (
                #""gauge":{"dataPoints":[{"asInt":1,"exemplars":[{"asInt":1,"traceId":"AAAA"}]}]}"#,
                "exemplars[0].traceId"
            ),
            (#""gauge":{"dataPoints":[{"asInt":1,"exemplars":[{}]}]}"#, "an exemplar has neither"),
            (#""summary":{"dataPoints":[{"quantileValues":[{"quantile":2}]}]}"#, "between 0 and 1"),
            (
                #""gauge":{"dataPoints":[{"asInt":1,"attributes":[{"key":"k","value":{"bytesValue":"*"}}]}]}"#,
                "must be base64"
            ),
        ]
        for (data, reason) in cases {
            let outcome = try decode(metric(data))
            #expect(outcome.rejected == 1 && outcome.firstRejection?.contains(reason) == true, "\(outcome)")
        }
    }

    @Test func whatIsNotAMetricsRequestIsRefused() {
        let cases: [(text: String, path: String, reason: String)] = [
            ("", "", "ends before"), ("[]", "", "object was expected"),
            (
                metric(#""gauge":{},"sum":{}"#), "resourceMetrics[0].scopeMetrics[0].metrics[0].sum", "two members"
            ),
            (
                metric(#""gauge":{"dataPoints":[{"asInt":1,"asDouble":1}]}"#),
                "resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[0].asDouble", "two members"
            ),
            (
                metric(#""gauge":{"dataPoints":[{"asInt":1.5}]}"#),
                "resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[0].asInt", "not whole"
            ),
        ]
        for (text, path, reason) in cases {
            let error = refusal(text)
            #expect(error?.path == path && error?.reason.contains(reason) == true, "\(text)")
        }
    }

    @Test func limitsHold() throws {
        let limits = OTLPMetricsLimits(
            maximumBytes: 4000, maximumPoints: 3, maximumMemoryBytes: 8000, maximumAttributes: 2, maximumBuckets: 2,
            maximumDepth: 2)
        func points(_ count: Int, _ members: String = "") -> String {
            let point = "{\"asInt\":1\(members)}"
            return metric(
                #""gauge":{"dataPoints":[\#([String](repeating: point, count: count).joined(separator: ","))]}"#)
        }
        #expect(try decode(points(3), limits: limits).accepted == 3)
        #expect(refusal(points(4), limits: limits)?.reason.contains("more than 3 data points") == true)
        #expect(try decode(points(1, #","attributes":[{},{},{}]"#), limits: limits).rejected == 1)
        let deep = #"{"arrayValue":{"values":[{"arrayValue":{"values":[{"arrayValue":{"values":[1]}}]}}]}}"#
        let nested = try decode(points(1, #","attributes":[{"key":"k","value":\#(deep)}]"#), limits: limits)
        #expect(nested.firstRejection?.contains("deeper than 2") == true)
        let many = [String](repeating: "{}", count: 300).joined(separator: ",")
        let refused = refusal(points(1, #","attributes":[\#(many)]"#), limits: limits)
        #expect(refused?.code == .limitExceeded && refused?.reason.contains("8000 bytes in memory") == true)
        #expect(refusal(String(repeating: " ", count: 4001), limits: limits)?.code == .limitExceeded)
    }
}
