import Interop
import Telemetry
import Testing

@Suite struct ZipkinDecoderTests {
    private func decode(_ text: String, limits: OTLPLimits = OTLPLimits()) throws -> Request.Decoded {
        var batch = SpanBatch()
        let outcome = try Array(text.utf8).withUnsafeBytes {
            try ZipkinSpanDecoder(limits: limits).decode($0, into: &batch)
        }
        return Request.Decoded(batch: batch, outcome: outcome)
    }

    private func refusal(_ text: String, limits: OTLPLimits = OTLPLimits()) -> OTLPError? {
        do {
            _ = try decode(text, limits: limits)
            return nil
        } catch {
            return error as? OTLPError
        }
    }

    private func one(_ members: String) throws -> Span? {
        try decode(#"[{"traceId":"1","id":"2",\#(members)}]"#).spans.first
    }

    /// The example of Zipkin's own documentation, with more in it.
    @Test func aSpanWithEverything() throws {
        let json = #"""
            [{
              "traceId": "5982fe77008310cc80f1da5e10147517", "name": "get /api", "id": "bd7a977555f6b982",
              "parentId": "ebf33e1a81dc6f71", "kind": "SERVER", "timestamp": 1458702548467000, "duration": 386000,
              "localEndpoint": {"serviceName": "frontend", "ipv4": "192.168.99.1", "ipv6": "2001:db8::c001", "port": 3306},
              "remoteEndpoint": {"serviceName": "backend", "ipv4": "192.168.99.101", "port": 9000},
              "annotations": [{"timestamp": 1458702548478000, "value": "cache.miss"}],
              "tags": {"http.path": "/api", "error": "timeout", "count": 5, "flag": true, "none": null},
              "debug": true, "shared": true
            }]
            """#
        let span = try #require(try decode(json).spans.first)
        #expect(
            span
                == Span(
                    traceID: TraceID(high: 0x5982_fe77_0083_10cc, low: 0x80f1_da5e_1014_7517),
                    spanID: SpanID(0xbd7a_9775_55f6_b982), parentSpanID: SpanID(0xebf3_3e1a_81dc_6f71),
                    name: "get /api",
                    kind: .server, startNanoseconds: 1_458_702_548_467_000_000,
                    endNanoseconds: 1_458_702_548_853_000_000,
                    attributes: [
                        Attribute("http.path", .string("/api")), Attribute("error", .string("timeout")),
                        Attribute("count", .string("5")), Attribute("flag", .string("true")),
                        Attribute("network.local.address", .string("2001:db8::c001")),
                        Attribute("zipkin.localEndpoint.ipv4", .string("192.168.99.1")),
                        Attribute("net.host.port", .int(3306)), Attribute("peer.service", .string("backend")),
                        Attribute("network.peer.address", .string("192.168.99.101")),
                        Attribute("net.peer.port", .int(9000)),
                        Attribute("zipkin.shared", .bool(true)), Attribute("zipkin.debug", .bool(true)),
                    ], events: [SpanEvent(timeNanoseconds: 1_458_702_548_478_000_000, name: "cache.miss")],
                    status: SpanStatus(code: SpanStatus.error),
                    resource: Resource(attributes: [Attribute("service.name", .string("frontend"))])))
    }

    @Test func theSameBytesForTheSameSpans() throws {
        let json = #"""
            [{"traceId":"a3ce929d0e0e4736","id":"1","parentId":"1","name":"a","kind":"CLIENT","timestamp":1,"duration":2,
            "localEndpoint":{"serviceName":"s"},"tags":{"k":"v","otel.status_code":"OK","w3c.tracestate":"x=y",
            "otel.scope.name":"lib","otel.scope.version":"1","telemetry.sdk.language":"go"}},
            {"traceId":"a3ce929d0e0e4736","id":"2","parentId":"1","tags":{"span.kind":"internal","error":"true"}}]
            """#
        let golden =
            #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}},"#
            + #"{"key":"telemetry.sdk.language","value":{"stringValue":"go"}}]},"scopeSpans":[{"scope":{"name":"lib","#
            + #""version":"1"},"spans":[{"traceId":"0000000000000000a3ce929d0e0e4736","spanId":"0000000000000001","#
            + #""traceState":"x=y","name":"a","kind":3,"startTimeUnixNano":"1000","endTimeUnixNano":"3000","attributes":["#
            + #"{"key":"k","value":{"stringValue":"v"}}],"status":{"code":1}}]}]},{"resource":{},"scopeSpans":[{"scope":{},"#
            + #""spans":[{"traceId":"0000000000000000a3ce929d0e0e4736","spanId":"0000000000000002","parentSpanId":"#
            + #""0000000000000001","name":"","kind":1,"startTimeUnixNano":"0","endTimeUnixNano":"0","attributes":["#
            + #"{"key":"otel.zipkin.absentField.startTime","value":{"boolValue":true}}],"status":{"code":2}}]}]}]}"#
        #expect(String(decoding: OTLPJSON.traces(try decode(json).batch), as: UTF8.self) == golden)
    }

    @Test(arguments: [
        ("1", 0, 1), ("a3ce929d0e0e4736", 0, 0xa3ce_929d_0e0e_4736), ("1a3ce929d0e0e4736", 1, 0xa3ce_929d_0e0e_4736),
        ("463AC35C9F6413AD48485A3953BB6124", 0x463a_c35c_9f64_13ad, 0x4848_5a39_53bb_6124),
    ])
    func traceIDsAreWidened(_ digits: String, _ high: UInt64, _ low: UInt64) throws {
        let span = try decode(#"[{"traceId":"\#(digits)","id":"1"}]"#).spans.first
        #expect(span?.traceID == TraceID(high: high, low: low))
    }

    @Test func missingMembers() throws {
        let span = try #require(try one(#""timestamp":5"#))
        #expect(span.startNanoseconds == 5000 && span.endNanoseconds == 5000 && span.attributes.isEmpty)
        #expect(span.kind == .unspecified && span.resource.attributes.isEmpty && span.parentSpanID == .none)
        let without = try #require(try one(#""duration":5,"localEndpoint":{},"remoteEndpoint":null"#))
        #expect(without.startNanoseconds == 0 && without.endNanoseconds == 5000)
        #expect(without.attributes == [Attribute("otel.zipkin.absentField.startTime", .bool(true))])
        #expect(try decode("[]").batch.isEmpty)
    }

    @Test func aServiceNameMayHaveAnotherKey() throws {
        let span = try one(
            #""timestamp":1,"localEndpoint":{"serviceName":"f"},"tags":{"otlp.service.name.source":"faas.name"}"#)
        #expect(span?.resource.attributes == [Attribute("faas.name", .string("f"))])
    }

    @Test func sharedSpansAreTwoRows() throws {
        let spans = try decode(
            #"[{"traceId":"1","id":"2","kind":"CLIENT","timestamp":1},{"traceId":"1","id":"2","kind":"SERVER","shared":true,"timestamp":1}]"#
        ).spans
        #expect(spans.map(\.kind) == [.client, .server] && spans[0].spanID == spans[1].spanID)
        #expect(spans[0].attributes.isEmpty && spans[1].attributes.first("zipkin.shared") == .bool(true))
    }

    @Test func resourcesAndScopesAreShared() throws {
        let span = { (id: Int, service: String, tags: String) in
            #"{"traceId":"1","id":"\#(id)","name":"n","timestamp":1,"localEndpoint":{"serviceName":"\#(service)"},"tags":{\#(tags)}}"#
        }
        let spans = [
            span(1, "a", ""), span(2, "a", #""k":"v""#), span(3, "b", #""host.name":"h""#), span(4, "a", #""k":"w""#),
            span(5, "b", #""host.name":"h""#), span(6, "b", #""host.name":"i""#),
        ]
        let decoded = try decode("[\(spans.joined(separator: ","))]")
        #expect(decoded.batch.resources.count == 3 && decoded.batch.scopes.count == 1)
        #expect(decoded.batch.resource == [0, 0, 1, 0, 1, 2])
        #expect(decoded.spans.map(\.attributes.count) == [0, 1, 0, 1, 0, 0])
        #expect(decoded.spans[3].attributes == [Attribute("k", .string("w"))])
    }

    @Test func spansWithUnusableFieldsAreRejectedAlone() throws {
        let cases: [(span: String, reason: String)] = [
            (#"{"id":"1"}"#, "no trace_id"), (#"{"traceId":"1"}"#, "no span_id"),
            (#"{"traceId":"","id":"1"}"#, "[1].traceId"),
            (#"{"traceId":"00","id":"1"}"#, "1 to 32 hexadecimal digits"),
            (#"{"traceId":"1","id":"x"}"#, "[1].id, at byte"),
            (#"{"traceId":"111111111111111111111111111111111","id":"1"}"#, "1 to 32"),
            (#"{"traceId":"1","id":"12345678901234567"}"#, "1 to 16"),
            (#"{"traceId":"1","id":"1","parentId":"z"}"#, "[1].parentId"),
            (#"{"traceId":"1","id":"1","kind":"OTHER"}"#, "CLIENT, SERVER"),
            (#"{"traceId":"1","id":"1","timestamp":18446744073709551615}"#, "[1].timestamp"),
            (
                #"{"traceId":"1","id":"1","timestamp":18446744073709550,"duration":18446744073709550}"#,
                "64 bits of nanoseconds"
            ),
        ]
        for (span, reason) in cases {
            let good = #"{"traceId":"1","id":"2","tags":{"a":"b"},"annotations":[{"value":"v"}]}"#
            let decoded = try decode("[\(good),\(span),\(good)]")
            #expect(decoded.outcome.accepted == 2 && decoded.outcome.rejected == 1, "\(reason)")
            #expect(decoded.outcome.firstRejection?.contains(reason) == true, "\(decoded.outcome) for \(reason)")
            #expect(decoded.spans[0] == decoded.spans[1])
        }
    }

    @Test func whatIsNotAListOfSpansIsRefused() {
        let cases: [(text: String, path: String, reason: String)] = [
            ("", "", "ends before"), ("{}", "", "array was expected"), ("[1]", "[0]", "object was expected"),
            (#"[{"traceId":1}]"#, "[0].traceId", "string was expected"),
            (#"[{"tags":[]}]"#, "[0].tags", "object was expected"),
            (#"[{"tags":{"a":[]}}]"#, "[0].tags.a", "string was expected"),
            (#"[{"localEndpoint":{"port":70000}}]"#, "[0].localEndpoint.port", "does not fit"),
            (#"[{"timestamp":1.5}]"#, "[0].timestamp", "not whole"),
            (#"[{"id":"1","id":"2"}]"#, "[0].id", "stands twice"),
            (#"[{"shared":"yes"}]"#, "[0].shared", "true or false"), ("[{}]]", "", "follows"),
        ]
        for (text, path, reason) in cases {
            let error = refusal(text)
            #expect(
                error?.path == path && error?.reason.contains(reason) == true,
                "\(text): \(error.map { "\($0)" } ?? "taken")")
        }
    }

    @Test func limitsHold() throws {
        let limits = OTLPLimits(
            maximumBytes: 1000, maximumSpans: 2, maximumAttributes: 2, maximumEventsPerSpan: 1, maximumKeyBytes: 5,
            maximumValueBytes: 50)
        let long = String(repeating: "v", count: 51)
        let rejected: [(members: String, reason: String)] = [
            (#""tags":{"a":"","b":"","c":""}"#, "more than 2 attributes"),
            (#""tags":{"longer":""}"#, "key is longer than 5"),
            (#""tags":{"a":"\#(long)"}"#, "longer than 50"), (#""name":"\#(long)""#, "longer than 50"),
            (#""annotations":[{},{}]"#, "more than 1 events"),
            (#""localEndpoint":{"serviceName":"\#(long)"}"#, "longer than 50"),
        ]
        for (members, reason) in rejected {
            let outcome = try decode(#"[{"traceId":"1","id":"2",\#(members)}]"#, limits: limits).outcome
            #expect(
                outcome.rejected == 1 && outcome.firstRejection?.contains(reason) == true, "\(outcome) for \(reason)")
        }
        let full = try decode(
            #"[{"traceId":"1","id":"2","tags":{"a":"","b":""},"shared":true,"debug":true,"localEndpoint":{"serviceName":"s","ipv4":"1","ipv6":"2","port":3},"remoteEndpoint":{"serviceName":"s","ipv4":"1","ipv6":"2","port":3}}]"#,
            limits: limits)
        #expect(full.spans.first?.attributes.count == 12)
        #expect(refusal("[{},{},{}]", limits: limits)?.code == .limitExceeded)
        #expect(refusal(String(repeating: " ", count: 1001), limits: limits)?.code == .limitExceeded)
    }
}
