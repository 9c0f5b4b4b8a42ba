import Interop
import Telemetry
import TestSupport
import Testing

@Suite struct OTLPTraceJSONTests {
    @Test func whatIsWrittenIsReadBack() throws {
        for round in 0..<UInt64(40 * Seed.soak) {
            let seed = Seed.value &+ round
            var generator = SpanGenerator(seed: seed)
            // Text is repaired when JSON is written, so batches are compared as JSON leaves them.
            let json = OTLPJSON.traces(SpanBatch(generator.spans(20)))
            let decoded = try JSONRequest.decode(json)
            #expect(decoded.outcome == OTLPDecodeOutcome(accepted: 20), "WAYBILL_SEED=\(seed)")
            #expect(OTLPJSON.traces(decoded.batch) == json, "WAYBILL_SEED=\(seed)")
        }
    }

    @Test func bothNamesOfAFieldAreTaken() throws {
        let camel = JSONRequest.one(
            #""parentSpanId":"00000000000000aB","startTimeUnixNano":"5","droppedEventsCount":1"#)
        let snake = #"""
            {"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"01010101010101010101010101010101",
            "span_id":"0202020202020202","parent_span_id":"00000000000000ab","start_time_unix_nano":5,
            "dropped_events_count":1}]}]}]}
            """#
        #expect(try JSONRequest.decode(camel).spans == (try JSONRequest.decode(snake).spans))
        #expect(try JSONRequest.decode(snake).spans.first?.parentSpanID == SpanID(0xAB))
        // Other spellings are unknown members.
        #expect(
            try JSONRequest.decode(JSONRequest.one(#""Name":"x","start_Time_Unix_Nano":5"#)).spans.first?.name == "")
    }

    @Test(arguments: [
        ("5", 5), (#""5""#, 5), ("-5", -5), (#""-5""#, -5), ("1e3", 1000), ("1E+3", 1000), (#""1e3""#, 1000),
        ("10.0", 10),
        ("1.5e1", 15), ("100e-2", 1), ("0", 0), ("-0", 0), ("0.0", 0), ("0e999", 0), ("9223372036854775807", Int64.max),
        (#""-9223372036854775808""#, Int64.min), ("9.223372036854775807e18", Int64.max),
        ("1e18", 1_000_000_000_000_000_000),
        ("12345678901234567890e-1", 1_234_567_890_123_456_789), ("1000000000000000000000000e-20", 10_000),
        ("0.00000000000000000000000001e27", 10),
    ])
    func wholeNumbers(_ text: String, _ value: Int64) throws {
        #expect(try JSONRequest.value(#"{"intValue":\#(text)}"#) == .int(value))
    }

    @Test(arguments: [
        "1.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e400", #""""#, #"" 5""#, #""5 ""#,
        #""+5""#,
        #""05""#, #""0x5""#, #""five""#, "true", "[]", "{}", "99999999999999999999", "0.1e0",
        "123456789012345678901e-2",
    ])
    func numbersThatAreNotWholeOrTooLarge(_ text: String) {
        let error = JSONRequest.refusal(JSONRequest.attribute(#"{"intValue":\#(text)}"#))
        #expect(error?.code == .malformed, "\(text)")
        #expect(error?.path == "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.intValue", "\(text)")
    }

    @Test(arguments: [
        ("0", 0.0), ("-0", -0.0), ("0.1", 0.1), ("1e-7", 1e-7), ("123.456", 123.456), (#""0.5""#, 0.5), ("1e22", 1e22),
        ("1e23", 1e23), ("5e-324", Double.leastNonzeroMagnitude), ("1.7976931348623157e308", 1.7976931348623157e308),
        ("2.5e-400", 0.0),
        ("9007199254740993", 9007199254740993.0), ("0.1000000000000000055511151231257827", 0.1),
        (#""NaN""#, Double.nan),
        (#""Infinity""#, Double.infinity), (#""-Infinity""#, -Double.infinity),
        ("3.141592653589793238462643383279", Double.pi),
    ])
    func doubles(_ text: String, _ value: Double) throws {
        #expect(try JSONRequest.value(#"{"doubleValue":\#(text)}"#) == .double(value), "\(text)")
    }

    @Test(arguments: ["1e309", #""inf""#, #""nan""#, #""""#, "NaN", "Infinity", "null1", "true"])
    func doublesThatAreNone(_ text: String) {
        #expect(JSONRequest.refusal(JSONRequest.attribute(#"{"doubleValue":\#(text)}"#))?.code == .malformed, "\(text)")
    }

    @Test func everyKindOfValue() throws {
        #expect(try JSONRequest.value("{}") == .empty)
        #expect(try JSONRequest.value(#"{"stringValue":""}"#) == .string(""))
        #expect(try JSONRequest.value(#"{"string_value":"\u00e9\ud83c\udfe6\ud800"}"#) == .string("é🏦\u{FFFD}"))
        #expect(try JSONRequest.value(#"{"boolValue":false}"#) == .bool(false))
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            #expect(try JSONRequest.value(#"{"bytesValue":"\#(text)"}"#) == .bytes([0xFB, 0xFF]), "\(text)")
        }
        #expect(try JSONRequest.value(#"{"bytesValue":""}"#) == .bytes([]))
        #expect(try JSONRequest.value(#"{"arrayValue":{}}"#) == .array([]))
        #expect(
            try JSONRequest.value(
                #"{"arrayValue":{"values":[{"intValue":1},{},{"kvlistValue":{"values":[{"value":{"boolValue":true},"key":"x"},{"key":"y"}]}}]}}"#
            )
                == .array([.int(1), .empty, .map([Attribute("x", .bool(true)), Attribute("y", .empty)])]))
        #expect(try JSONRequest.value(#"{"unknown":[1,{"a":2}],"stringValue":null,"intValue":"7"}"#) == .int(7))
    }

    @Test func aValueHasOneMember() {
        for value in [
            #"{"intValue":1,"stringValue":"x"}"#, #"{"arrayValue":{"values":[{"intValue":1,"boolValue":true}]}}"#,
        ] {
            #expect(JSONRequest.refusal(JSONRequest.attribute(value))?.reason.contains("two members") == true)
        }
    }

    @Test func aMemberStandsOnce() {
        for members in [
            #""name":"a","name":"b""#, #""startTimeUnixNano":1,"start_time_unix_nano":1"#,
            #""attributes":[],"attributes":[]"#,
        ] {
            #expect(JSONRequest.refusal(JSONRequest.one(members))?.reason == "the member stands twice", "\(members)")
        }
        // `null` is no value.
        #expect(JSONRequest.refusal(JSONRequest.one(#""name":null,"name":"b""#)) == nil)
    }

    @Test func nullIsNoValue() throws {
        let members =
            #""name":null,"attributes":null,"events":null,"status":null,"parentSpanId":null,"kind":null,"flags":null"#
        #expect(
            try JSONRequest.decode(JSONRequest.one(members)).spans
                == (try JSONRequest.decode(JSONRequest.one("")).spans))
        #expect(JSONRequest.refusal(#"{"resourceSpans":[null]}"#)?.reason.contains("object was expected") == true)
        #expect(try JSONRequest.decode(#"{"resourceSpans":null}"#).batch.isEmpty)
    }

    @Test func enumsByNumberOrName() throws {
        for (text, kind) in [
            ("3", 3), (#""3""#, -1), (#""SPAN_KIND_CLIENT""#, 3), ("99", 99), ("-1", -1),
            (#""SPAN_KIND_UNSPECIFIED""#, 0),
        ] {
            let outcome = try JSONRequest.decode(JSONRequest.one(#""kind":\#(text)"#))
            if text == #""3""# {
                #expect(outcome.outcome.rejected == 1)
            } else {
                #expect(outcome.spans.first?.kind.rawValue == Int32(kind), "\(text)")
            }
        }
        let status = try JSONRequest.decode(JSONRequest.one(#""status":{"code":"STATUS_CODE_ERROR","message":"m"}"#))
        #expect(status.spans.first?.status == SpanStatus(code: 2, message: "m"))
        let unknown = try JSONRequest.decode(JSONRequest.one(#""kind":"SPAN_KIND_OTHER""#))
        #expect(unknown.outcome.firstRejection?.contains("spans[0].kind, at byte") == true)
    }

    @Test func spansWithUnusableFieldsAreRejectedAlone() throws {
        let good = "{\(JSONRequest.ids)}"
        let trace = #""traceId":"01010101010101010101010101010101""#
        let cases: [(span: String, reason: String)] = [
            ("{\(trace)}", "no span_id"), (#"{"spanId":"0202020202020202"}"#, "no trace_id"),
            (#"{\#(trace),"spanId":""}"#, "spans[1].spanId"),
            (#"{\#(trace),"spanId":"0000000000000000"}"#, "16 hexadecimal digits"),
            (#"{\#(trace),"spanId":"020202020202020g"}"#, "16 hexadecimal digits"),
            (#"{\#(trace),"spanId":"7uWY+f3nA4c="}"#, "looks like base64"),
            (#"{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"0202020202020202"}"#, "spans[1].traceId"),
            (#"{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"0202020202020202"}"#, "looks like base64"),
            (#"{"traceId":"0101","spanId":"0202020202020202"}"#, "32 hexadecimal digits"),
            (#"{\#(JSONRequest.ids),"parentSpanId":"1"}"#, "parentSpanId must be"),
            (#"{\#(JSONRequest.ids),"links":[{},{"traceId":"1"}]}"#, "spans[1].links[1].traceId"),
            (#"{\#(JSONRequest.ids),"attributes":[{"value":{"bytesValue":"*"}}]}"#, "must be base64"),
            (
                #"{\#(JSONRequest.ids),"attributes":[{"value":{"arrayValue":{"values":[{"bytesValue":"AAAAA"}]}}}]}"#,
                "values[0].bytesValue"
            ),
        ]
        for (span, reason) in cases {
            let body = #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(good),\#(span),\#(good)]}]}]}"#
            let decoded = try JSONRequest.decode(body)
            #expect(decoded.outcome.accepted == 2 && decoded.outcome.rejected == 1, "\(reason)")
            #expect(decoded.outcome.firstRejection?.contains(reason) == true, "\(decoded.outcome) for \(reason)")
            #expect(decoded.batch.values.isEmpty && decoded.batch.links.isEmpty)
        }
    }

    @Test func theResourceMayStandAnywhere() throws {
        let resource =
            #""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"schemaUrl":"s""#
        let spans =
            #""scopeSpans":[{"spans":[{\#(JSONRequest.ids)}],"scope":{"name":"n","version":"v"},"schemaUrl":"t"}]"#
        for body in ["{\(resource),\(spans)}", "{\(spans),\(resource)}"] {
            let span = try #require(try JSONRequest.decode(#"{"resourceSpans":[\#(body),\#(body)]}"#).spans.last)
            #expect(span.resource.serviceName == "a" && span.resource.schemaURL == "s")
            #expect(span.scope == InstrumentationScope(name: "n", version: "v", schemaURL: "t"))
        }
        let twice = try JSONRequest.decode(#"{"resourceSpans":[{\#(resource),\#(spans)},{\#(resource),\#(spans)}]}"#)
        #expect(twice.batch.resources.count == 1 && twice.batch.scopes.count == 1 && twice.batch.count == 2)
    }

    @Test func limitsHold() throws {
        let limits = OTLPLimits(
            maximumBytes: 4000, maximumSpans: 2, maximumAttributes: 3, maximumEventsPerSpan: 1, maximumLinksPerSpan: 1,
            maximumKeyBytes: 5, maximumValueBytes: 50, maximumDepth: 3)
        func attributes(_ keys: [String], _ value: String = "{}") -> String {
            #""attributes":["# + keys.map { #"{"key":"\#($0)","value":\#(value)}"# }.joined(separator: ",") + "]"
        }
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"arrayValue":{"values":["#, count: depth) + String(repeating: "]}}", count: depth)
        }
        let long = String(repeating: "v", count: 51)
        let rejected: [(members: String, reason: String)] = [
            (attributes(["a", "b", "c", "d"]), "more than 3 attributes"), (#""events":[{},{}]"#, "more than 1 events"),
            (#""links":[{},{}]"#, "more than 1 links"), (attributes(["longer"]), "key is longer than 5 bytes"),
            (attributes(["k"], #"{"stringValue":"\#(long)"}"#), "longer than 50 bytes"),
            (#""name":"\#(long)""#, "longer than 50"),
            (attributes(["k"], nested(4)), "deeper than 3"),
            (#""events":[{\#(attributes(["longer"]))}]"#, "key is longer"),
        ]
        for (members, reason) in rejected {
            let outcome = try JSONRequest.decode(JSONRequest.one(members), limits: limits).outcome
            #expect(
                outcome.rejected == 1 && outcome.firstRejection?.contains(reason) == true, "\(outcome) for \(reason)")
        }
        #expect(
            try JSONRequest.decode(JSONRequest.one(attributes(["a", "b", "c"], nested(3))), limits: limits).outcome
                .accepted == 1)
        let spans = [String](repeating: "{\(JSONRequest.ids)}", count: 3).joined(separator: ",")
        let three = JSONRequest.refusal(#"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(spans)]}]}]}"#, limits: limits)
        #expect(three?.code == .limitExceeded && three?.path == "resourceSpans[0].scopeSpans[0].spans[2]")
        #expect(JSONRequest.refusal(Array(repeating: 0x20, count: 4001), limits: limits)?.code == .limitExceeded)
        let resource = #"{"resourceSpans":[{"resource":{\#(attributes(["longer"]))}}]}"#
        #expect(JSONRequest.refusal(resource, limits: limits)?.code == .limitExceeded)
    }

    @Test func aRefusedRequestAddsNoRow() throws {
        var batch = try JSONRequest.decode(JSONRequest.one("")).batch
        let body = Array(
            #"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(JSONRequest.ids),"events":[{}]},{]}]}]}"#.utf8)
        let decoder = OTLPTraceJSONDecoder()
        #expect(throws: OTLPError.self) { try body.withUnsafeBytes { try decoder.decode($0, into: &batch) } }
        #expect(batch.count == 1 && batch.events.isEmpty && batch.eventStart.count == 2)
    }
}
