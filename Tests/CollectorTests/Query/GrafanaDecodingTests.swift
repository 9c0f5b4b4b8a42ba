import Foundation
import Interop
import Telemetry
import Testing

/// Answers decode into the types that Grafana's data sources (in Go) and Jaeger's user interface decode them into: a member
/// may be missing or null, but one of another type fails the whole answer.
@Suite struct GrafanaDecodingTests {
    // MARK: What Jaeger's data source has (grafana: pkg/tsdb/jaeger/types/types.go)

    private struct Tag: Decodable {
        var key: String
        var type: String
        var value: JSONValue
    }

    private struct Names: Decodable {
        var data: [String]?
        var limit: Int
        var offset: Int
        var total: Int
    }

    private struct JaegerTraces: Decodable {
        struct Trace: Decodable {
            struct Process: Decodable {
                var serviceName: String
                var tags: [Tag]?
            }
            struct Span: Decodable {
                struct Reference: Decodable {
                    var refType: String
                    var spanID: String
                    var traceID: String
                }
                struct Log: Decodable {
                    var timestamp: Int64
                    var fields: [Tag]?
                    var name: String?
                }

                var traceID: String
                var spanID: String
                var processID: String
                var operationName: String
                var startTime: Int64
                var duration: Int64
                var logs: [Log]?
                var references: [Reference]?
                var tags: [Tag]?
                var warnings: [String]?
                var flags: Int?
                var stackTraces: [String]?
            }

            var processes: [String: Process]
            var traceID: String
            var warnings: [String]?
            var spans: [Span]
        }

        var data: [Trace]?
        var limit: Int
        var offset: Int
        var total: Int
    }

    private struct Dependencies: Decodable {
        struct Edge: Decodable {
            var parent: String
            var child: String
            var callCount: Int
        }
        struct Failure: Decodable {
            var code: Int
            var msg: String
        }

        var data: [Edge]?
        var errors: [Failure]?
    }

    // MARK: OTLP, as Jaeger's third generation gives it (grafana: pkg/tsdb/jaeger/types/grpc_types.go)

    private struct OTLP: Decodable {
        indirect enum Lists: Decodable {
            case any(AnyValue)

            init(from decoder: any Decoder) throws { self = .any(try AnyValue(from: decoder)) }
        }
        struct AnyValue: Decodable {
            struct Array: Decodable { var values: [Lists]? }
            struct Map: Decodable { var values: [KeyValue]? }

            var stringValue: String?
            var boolValue: Bool?
            var intValue: String?
            var doubleValue: Double?
            var arrayValue: Array?
            var kvlistValue: Map?
            var bytesValue: String?
        }
        final class KeyValue: Decodable {
            let key: String
            let value: AnyValue
        }
        struct Resource: Decodable {
            var attributes: [KeyValue]?
            var droppedAttributesCount: Int64?
        }
        struct Scope: Decodable {
            var name: String?
            var version: String?
            var attributes: [KeyValue]?
        }
        struct Event: Decodable {
            var timeUnixNano: String
            var name: String
            var attributes: [KeyValue]?
            var droppedAttributesCount: Int64?
        }
        struct Link: Decodable {
            var traceId: String
            var spanId: String
            var traceState: String?
            var attributes: [KeyValue]?
            var flags: Int64?
        }
        struct Status: Decodable {
            var message: String?
            var code: Int64?
        }
        struct Span: Decodable {
            var traceId: String
            var spanId: String
            var traceState: String?
            var parentSpanId: String?
            var flags: Int64?
            var name: String
            var kind: Int64?
            var startTimeUnixNano: String
            var endTimeUnixNano: String
            var attributes: [KeyValue]?
            var droppedAttributesCount: Int64?
            var events: [Event]?
            var links: [Link]?
            var status: Status?
        }
        struct ScopeSpans: Decodable {
            var scope: Scope?
            var spans: [Span]
            var schemaUrl: String?
        }
        struct ResourceSpans: Decodable {
            var resource: Resource?
            var scopeSpans: [ScopeSpans]
            var schemaUrl: String?
        }

        var resourceSpans: [ResourceSpans]
    }

    private struct ThirdGeneration: Decodable { var result: OTLP }
    private struct ServicesV3: Decodable { var services: [String] }
    private struct OperationsV3: Decodable {
        struct Operation: Decodable {
            var name: String
            var spanKind: String
        }

        var operations: [Operation]
    }

    // MARK: Zipkin's spans (openzipkin/zipkin-go: model)

    private struct ZipkinSpan: Decodable {
        struct Endpoint: Decodable {
            var serviceName: String?
            var ipv4: String?
            var ipv6: String?
            var port: UInt16?
        }
        struct Annotation: Decodable {
            var timestamp: UInt64
            var value: String
        }

        var traceId: String
        var id: String
        var parentId: String?
        var name: String?
        var kind: String?
        var timestamp: UInt64?
        var duration: UInt64?
        var shared: Bool?
        var debug: Bool?
        var localEndpoint: Endpoint?
        var remoteEndpoint: Endpoint?
        var annotations: [Annotation]?
        var tags: [String: String]?
    }

    // MARK: Tempo's searches (grafana: pkg/tsdb/tempo/search.go; tempo: pkg/tempopb)

    private struct Search: Decodable {
        struct Attribute: Decodable {
            var key: String
            var value: OTLP.AnyValue
        }
        struct Span: Decodable {
            var spanID: String
            var name: String?
            var startTimeUnixNano: String
            var durationNanos: String
            var attributes: [Attribute]?
        }
        struct SpanSet: Decodable {
            var spans: [Span]
            var matched: UInt32
            var attributes: [Attribute]?
        }
        struct Stats: Decodable {
            var spanCount: UInt32?
            var errorCount: UInt32?
        }
        struct Trace: Decodable {
            var traceID: String
            var rootServiceName: String?
            var rootTraceName: String?
            var startTimeUnixNano: String
            var durationMs: UInt32?
            var spanSets: [SpanSet]?
            var serviceStats: [String: Stats]?
        }

        var traces: [Trace]?
    }

    private struct TagScopes: Decodable {
        struct Scope: Decodable {
            var name: String
            var tags: [String]
        }

        var scopes: [Scope]
    }

    private struct TagValues: Decodable {
        struct Value: Decodable {
            var type: String
            var value: String
        }

        var tagValues: [Value]
    }

    private enum JSONValue: Decodable {
        case null, bool(Bool), number(Double), string(String), other

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let flag = try? value.decode(Bool.self) {
                self = .bool(flag)
            } else if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else if let text = try? value.decode(String.self) {
                self = .string(text)
            } else {
                self = .other
            }
        }
    }

    // MARK: Spans that have everything

    private static let start: UInt64 = 1_700_000_000_123_456_789
    private static let trace = TraceID(high: 0x0102_0304_0506_0708, low: 9)

    private static let spans: [Span] = (1...3 as ClosedRange<UInt64>).map { number in
        var span = Span(
            traceID: trace, spanID: SpanID(number), parentSpanID: SpanID(number - 1), name: number == 2 ? "" : "pay",
            kind: number == 1 ? .server : .client, startNanoseconds: start + number * 1_000,
            // One that is over within its microsecond.
            endNanoseconds: start + number * 1_000 + (number == 3 ? 1 : 5_500),
            attributes: [
                Attribute("text", .string("\u{1}é")), Attribute("flag", .bool(true)), Attribute("n", .int(.max)),
                Attribute("ratio", .double(0.25)), Attribute("bytes", .bytes([0, 255])), Attribute("none", .empty),
                Attribute("list", .array([.int(1), .string("x"), .array([])])),
                Attribute("map", .map([Attribute("k", .double(1e300))])), Attribute("peer.service", .string("ledger")),
            ],
            events: [
                SpanEvent(
                    timeNanoseconds: start + 1, name: "exception", attributes: [Attribute("line", .int(-1))])
            ],
            links: [SpanLink(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))],
            status: SpanStatus(code: SpanStatus.error, message: "no cover"),
            resource: Resource(attributes: [
                Attribute("service.name", .string(number == 2 ? "" : "gateway")), Attribute("host.cpus", .int(2)),
            ]), scope: InstrumentationScope(name: "bank", version: "1"))
        span.traceState = "a=b"
        span.flags = 0x301
        return span
    }

    private func withSpans(_ body: (RunningCollector) async throws -> Void) async throws {
        try await withCollector { collector in
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: Self.spans)))
            try await body(collector)
        }
    }

    private func decode<T: Decodable>(
        _ type: T.Type, _ collector: RunningCollector, _ path: String, headers: [(String, String)] = []
    ) async throws -> T {
        let answer = try await collector.get(path, headers: headers)
        expect(200, answer)
        do { return try JSONDecoder().decode(type, from: Data(answer.body.readableBytesView)) } catch {
            Issue.record("\(path): \(error)\n\(answer.text.prefix(3000))")
            throw error
        }
    }

    @Test func jaegersDataSourceAndUserInterface() async throws {
        try await withSpans { collector in
            let window = "start=1699999999000000&end=1700000010000000&limit=20"
            for path in [
                "/jaeger/api/traces/\(Self.trace)", "/jaeger/api/traces?service=gateway&\(window)",
                "/jaeger/api/traces?service=gateway&\(window)&tags=%7B%22flag%22%3A%22true%22%7D",
            ] {
                let answer = try await decode(JaegerTraces.self, collector, path)
                let trace = try #require(answer.data?.first)
                #expect(answer.data?.count == 1 && trace.spans.count == 3)
                check(trace)
            }
            for path in ["/jaeger/api/services", "/jaeger/api/services/gateway/operations"] {
                let names = try await decode(Names.self, collector, path)
                #expect(names.data?.isEmpty == false && names.total == names.data?.count)
            }
            // Nothing is a list too: the user interface iterates over it.
            let none = try await decode(JaegerTraces.self, collector, "/jaeger/api/traces?service=no&\(window)")
            #expect(none.data?.isEmpty == true)
            let edges = try await decode(
                Dependencies.self, collector, "/jaeger/api/dependencies?endTs=1700000010000&lookback=3600000")
            #expect(edges.data != nil && edges.errors == nil)
        }
    }

    /// What `transformTraceData` of the user interface takes for granted (jaeger-ui: model/transform-trace-data).
    private func check(_ trace: JaegerTraces.Trace) {
        #expect(!trace.traceID.isEmpty)
        // It makes other ids of those that come again, and looks references up by them.
        #expect(Set(trace.spans.map(\.spanID)).count == trace.spans.count)
        for span in trace.spans {
            #expect(span.traceID == trace.traceID)
            #expect(span.startTime > 0, "a span without a start is left out")
            #expect(span.duration >= 0)
            #expect(trace.processes[span.processID] != nil, "its process's name is read without a look")
            #expect(span.references?.count == (span.spanID.hasSuffix("1") ? 1 : 2))
            let logged = (span.logs ?? []).flatMap { $0.fields ?? [] }
            let described = (span.tags ?? []) + logged + (trace.processes[span.processID]?.tags ?? [])
            #expect(described.count > 10)
            for tag in described {
                switch (tag.type, tag.value) {
                case ("string", .string), ("bool", .bool), ("int64", .number), ("float64", .number),
                    ("binary", .string):
                    break
                // Beyond what a double holds exactly.
                case ("int64", .string(let text)): #expect(Int64(text) != nil)
                default: Issue.record("\(tag.key): a \(tag.type) is \(tag.value)")
                }
            }
        }
    }

    @Test func jaegersThirdGeneration() async throws {
        try await withSpans { collector in
            let window = "query.startTimeMin=2023-11-14T22:13:19Z&query.startTimeMax=2023-11-14T22:14:00Z"
            for path in [
                "/jaeger/api/v3/traces/\(Self.trace)", "/jaeger/api/v3/traces?query.serviceName=gateway&\(window)",
            ] {
                check(try await decode(ThirdGeneration.self, collector, path).result)
            }
            #expect(
                try await decode(ServicesV3.self, collector, "/jaeger/api/v3/services").services.contains("gateway"))
            let operations = try await decode(
                OperationsV3.self, collector, "/jaeger/api/v3/operations?service=gateway")
            #expect(operations.operations.map(\.name) == ["pay", "pay"])
        }
    }

    private func check(_ found: OTLP) {
        let spans = found.resourceSpans.flatMap(\.scopeSpans).flatMap(\.spans)
        #expect(spans.count == 3)
        for span in spans {
            #expect(span.traceId == Self.trace.description && span.spanId.count == 16)
            #expect(Int64(span.startTimeUnixNano) != nil && Int64(span.endTimeUnixNano) != nil)
            #expect(span.attributes?.count == 9 && span.events?.count == 1 && span.links?.count == 1)
            #expect(span.status?.code == 2 && span.status?.message == "no cover")
            let values = Dictionary(uniqueKeysWithValues: (span.attributes ?? []).map { ($0.key, $0.value) })
            #expect(values["n"]?.intValue == "9223372036854775807" && values["ratio"]?.doubleValue == 0.25)
            #expect(values["list"]?.arrayValue?.values?.count == 3 && values["bytes"]?.bytesValue == "AP8=")
        }
    }

    @Test func zipkinsDataSource() async throws {
        try await withSpans { collector in
            let trace = try await decode([ZipkinSpan].self, collector, "/zipkin/api/v2/trace/\(Self.trace)")
            let found = try await decode(
                [[ZipkinSpan]].self, collector,
                "/zipkin/api/v2/traces?serviceName=gateway&endTs=1700000010000&lookback=3600000&limit=10")
            #expect(trace.count == 3 && found.map(\.count) == [3])
            for span in trace {
                #expect(span.traceId == Self.trace.description && span.id.count == 16)
                // A duration of zero would mean that there is none.
                #expect((span.duration ?? 0) > 0 && (span.timestamp ?? 0) > 0)
                #expect(["CLIENT", "SERVER"].contains(span.kind ?? ""))
                #expect(span.tags?["error"] != nil && span.annotations?.count == 1)
                for address in [span.localEndpoint?.ipv4, span.remoteEndpoint?.ipv4] { #expect(address == nil) }
            }
            #expect(try await decode([String].self, collector, "/zipkin/api/v2/services").contains("gateway"))
            #expect(
                try await decode([String].self, collector, "/zipkin/api/v2/spans?serviceName=gateway").contains("pay"))
        }
    }

    @Test func temposDataSource() async throws {
        try await withSpans { collector in
            let query = "q=%7B%20.flag%20%3D%20true%20%7D%20%7C%20select(.n,%20.ratio,%20.text,%20.list)"
            let search = try await decode(Search.self, collector, "/tempo/api/search?\(query)&limit=5&spss=2")
            let trace = try #require(search.traces?.first)
            #expect(trace.spanSets?.first?.matched == 3 && trace.spanSets?.first?.spans.count == 2)
            #expect(Int64(trace.startTimeUnixNano) != nil)
            #expect(trace.serviceStats?.values.reduce(0) { $0 + ($1.errorCount ?? 0) } == 3)
            let empty = try await decode(Search.self, collector, "/tempo/api/search?q=%7B%20.no%20%3D%201%20%7D")
            #expect(empty.traces?.isEmpty ?? true)
            let tags = try await decode(TagScopes.self, collector, "/tempo/api/v2/search/tags")
            #expect(Set(tags.scopes.map(\.name)).isSuperset(of: ["span", "resource", "intrinsic"]))
            for tag in ["resource.service.name", "span.n", "span.flag", "name", "status", "kind"] {
                let values = try await decode(TagValues.self, collector, "/tempo/api/v2/search/tag/\(tag)/values")
                #expect(!values.tagValues.isEmpty, "\(tag)")
            }
        }
    }
}
