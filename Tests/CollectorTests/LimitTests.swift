import Collector
import Foundation
import Testing

/// Every limit on what a sender may send: what goes beyond it is refused by its name, in the sender's encoding.
@Suite struct LimitTests {
    private typealias Limits = CollectorConfiguration.Limits

    private static func spans(_ fields: String, count: Int = 1) -> String {
        let span = #"{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"pay"\#(fields)}"#
        let spans = Array(repeating: span, count: count).joined(separator: ",")
        return #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(spans)]}]}]}"#
    }

    private static let attribute = #"{"key":"a-key","value":{"stringValue":"a longer value"}}"#
    private static let nested = #"{"key":"k","value":{"arrayValue":{"values":[{"arrayValue":{"values":[]}}]}}}"#
    private static let exemplar = #"{"timeUnixNano":"1","asInt":"1"}"#

    private static func point(_ fields: String) -> String {
        #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"aggregationTemporality":2,"isMonotonic":true,"#
            + #""dataPoints":[{"timeUnixNano":"1","asInt":"1"\#(fields)}]}}]}]}]}"#
    }

    private static let histogram =
        #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","histogram":{"aggregationTemporality":2,"dataPoints":"#
        + #"[{"timeUnixNano":"1","count":"3","bucketCounts":["1","1","1"],"explicitBounds":[1,2]}]}}]}]}]}"#

    /// What a limit refuses whole.
    @Test func whatIsBeyondALimitIsRefusedByItsName() async throws {
        let two = Self.spans("", count: 2)
        let cases: [(String, WritableKeyPath<Limits, Int> & Sendable, Int, String, String, Int)] = [
            ("requestBytes", \.requestBytes, 100, "/v1/traces", two, 413),
            ("inflatedBytes", \.inflatedBytes, 100, "/v1/traces", two, 413),
            ("requestSpans", \.requestSpans, 1, "/v1/traces", two, 413),
            ("requestPoints", \.requestPoints, 1, "/v1/metrics", Self.point(#"},{"asInt":"1""#), 413),
            ("metricBytes", \.metricBytes, 1, "/v1/metrics", Self.point(""), 413),
            ("requestBytesInFlight", \.requestBytesInFlight, 100, "/v1/traces", two, 503),
            ("clientBytesInFlight", \.clientBytesInFlight, 100, "/v1/traces", two, 429),
        ]
        for (name, limit, value, path, body, status) in cases {
            try await withCollector({ $0.limits[keyPath: limit] = value }) { collector in
                let answer = try await collector.send(Array(body.utf8), to: path, type: "application/json")
                expect(status, answer)
                #expect(answer.headers.first(name: "Content-Type") == "application/json", "\(name)")
                #expect(answer.text.hasPrefix(#"{"code":"#) && answer.text.contains(name), "\(answer.text)")
                #expect((answer.headers.first(name: "Retry-After") != nil) == [429, 503].contains(status), "\(name)")
            }
        }
        try await withCollector({ $0.limits.requestBytes = 10 }) { collector in
            let binary = try await collector.post([UInt8](repeating: 0, count: 11))
            expect(413, binary)
            #expect(binary.headers.first(name: "Content-Type") == "application/x-protobuf")
            let zipkin = try await collector.send(Array(two.utf8), to: "/api/v2/spans", type: "application/json")
            expect(413, zipkin)
            #expect(zipkin.text.hasPrefix("The request's body is larger than the limit of 10 bytes"))
            let elsewhere = try await collector.send(Array(two.utf8), to: "/v1/trace", type: "application/json")
            #expect(elsewhere.status == 404 && elsewhere.text.hasPrefix(#"{"code":12"#))
        }
    }

    /// What a limit leaves out of a request that is taken otherwise.
    @Test func whatIsLeftOutIsToldWithTheName() async throws {
        let cases: [(String, WritableKeyPath<Limits, Int> & Sendable, Int, String, String)] = [
            (
                "spanAttributes", \.spanAttributes, 1, "/v1/traces",
                Self.spans(#","attributes":[\#(Self.attribute),\#(Self.nested)]"#)
            ),
            ("keyBytes", \.keyBytes, 4, "/v1/traces", Self.spans(#","attributes":[\#(Self.attribute)]"#)),
            ("valueBytes", \.valueBytes, 8, "/v1/traces", Self.spans(#","attributes":[\#(Self.attribute)]"#)),
            ("nestingDepth", \.nestingDepth, 1, "/v1/traces", Self.spans(#","attributes":[\#(Self.nested)]"#)),
            ("spanEvents", \.spanEvents, 0, "/v1/traces", Self.spans(#","events":[{"name":"x"}]"#)),
            (
                "spanLinks", \.spanLinks, 0, "/v1/traces",
                Self.spans(#","links":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}]"#)
            ),
            ("pointExemplars", \.pointExemplars, 0, "/v1/metrics", Self.point(#","exemplars":[\#(Self.exemplar)]"#)),
            ("pointBuckets", \.pointBuckets, 2, "/v1/metrics", Self.histogram),
            ("reportedSeries", \.reportedSeries, 1, "/v1/metrics", Self.histogram),
        ]
        for (name, limit, value, path, body) in cases {
            try await withCollector({ $0.limits[keyPath: limit] = value }) { collector in
                if name == "reportedSeries" {
                    expect(
                        200, try await collector.send(Array(Self.point("").utf8), to: path, type: "application/json"))
                }
                let body = name == "reportedSeries" ? body.replacing(#""name":"m""#, with: #""name":"n""#) : body
                let answer = try await collector.send(Array(body.utf8), to: path, type: "application/json")
                expect(200, answer)
                #expect(answer.text.contains(#""partialSuccess""#) && answer.text.contains(name), "\(answer.text)")
            }
        }
    }
}
