import Interop
import Telemetry
import Testing

/// The bytes that Jaeger's clients get.
@Suite struct JaegerJSONTests {
    @Test func aTraceAsItStands() {
        #expect(
            String(decoding: JaegerJSON.traces([Sample.trace]), as: UTF8.self) == """
                {"data":[{"traceID":"000000000000abcd","spans":[\
                {"traceID":"000000000000abcd","spanID":"0000000000000001","flags":1,"operationName":"POST /pay",\
                "references":[{"refType":"FOLLOWS_FROM","traceID":"00000000000000050000000000000006",\
                "spanID":"0000000000000007"}],"startTime":1700000000000001,"duration":2499,\
                "tags":[{"key":"otel.scope.name","type":"string","value":"lib"},\
                {"key":"otel.scope.version","type":"string","value":"1"},\
                {"key":"amount","type":"int64","value":"9007199254740992"},\
                {"key":"span.kind","type":"string","value":"server"},\
                {"key":"otel.status_code","type":"string","value":"ERROR"},{"key":"error","type":"bool","value":true},\
                {"key":"otel.status_description","type":"string","value":"no funds"},\
                {"key":"w3c.tracestate","type":"string","value":"a=b"}],\
                "logs":[{"timestamp":1700000000000002,"fields":[{"key":"event","type":"string","value":"checked"},\
                {"key":"ratio","type":"float64","value":"NaN"}]}],"processID":"p1","warnings":null},\
                {"traceID":"000000000000abcd","spanID":"0000000000000002","operationName":"debit",\
                "references":[{"refType":"CHILD_OF","traceID":"000000000000abcd","spanID":"0000000000000001"}],\
                "startTime":1700000000000000,"duration":0,\
                "tags":[{"key":"raw","type":"binary","value":"AP8="},\
                {"key":"list","type":"string","value":"[1,null,\\"x\\"]"}],"logs":[],"processID":"p2",\
                "warnings":["The span starts 1 µs before its parent: the clocks of gateway and unknown_service differ. \
                Times are shown as recorded."]}],\
                "processes":{"p1":{"serviceName":"gateway","tags":[{"key":"host","type":"string","value":"a"}]},\
                "p2":{"serviceName":"unknown_service","tags":[]}},"warnings":null}],\
                "total":0,"limit":0,"offset":0,"errors":null}
                """)
    }

    @Test func whatIsMissingAndWhatConflictsIsSaid() {
        var trace = Sample.trace
        trace[0].hasConflict = true
        let answer = JaegerJSON.traces(
            [trace], problems: [JaegerJSON.Problem(message: "stopped", traceID: TraceID(high: 1, low: 2))],
            incomplete: [TraceID(high: 0, low: 0xABCD): ["A part cannot be read."]])
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.contains(#""warnings":["A part cannot be read."]"#))
        #expect(text.contains(#""warnings":["Another span with the same ids"#))
        #expect(text.hasSuffix(#""errors":[{"msg":"stopped","traceID":"00000000000000010000000000000002"}]}"#))
    }

    @Test func listsAndErrorsHaveTheEnvelope() {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        #expect(
            text(JaegerJSON.names(["a", "b\""]))
                == #"{"data":["a","b\""],"total":2,"limit":0,"offset":0,"errors":null}"#)
        #expect(
            text(JaegerJSON.operations([("get", .client), ("x", .unspecified)]))
                == #"{"data":[{"name":"get","spanKind":"client"},{"name":"x","spanKind":""}],"total":2,"limit":0,"#
                + #""offset":0,"errors":null}"#)
        #expect(
            text(JaegerJSON.dependencies([ServiceLink(parent: "a", child: "b", calls: .max, errors: 1)]))
                == #"{"data":[{"parent":"a","child":"b","callCount":18446744073709551615}],"total":0,"limit":0,"#
                + #""offset":0,"errors":null}"#)
        #expect(
            text(JaegerJSON.failure(JaegerJSON.Problem(code: 404, message: "trace not found")))
                == #"{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}"#)
        #expect(
            text(JaegerV3JSON.failure(404, "No traces found"))
                == #"{"error":{"httpCode":404,"message":"No traces found"}}"#)
        #expect(text(JaegerV3JSON.services(["a"])) == #"{"services":["a"]}"#)
        #expect(
            text(JaegerV3JSON.operations([("get", .unspecified)]))
                == #"{"operations":[{"name":"get","spanKind":"internal"}]}"#)
        #expect(
            text(JaegerV3JSON.dependencies([ServiceLink(parent: "a", child: "b", calls: 2)]))
                == #"{"dependencies":[{"parent":"a","child":"b","callCount":"2"}]}"#)
    }

    @Test func aSummaryCountsSpansErrorsAndOrphans() throws {
        var trace = Sample.trace
        trace[1].span.parentSpanID = SpanID(99)
        let summary = try #require(TraceSummary(trace))
        #expect(
            String(decoding: JaegerV3JSON.summaries([summary]), as: UTF8.self)
                == #"{"summaries":[{"traceId":"0000000000000000000000000000abcd","rootServiceName":"gateway","#
                + #""rootOperationName":"POST /pay","minStartTimeUnixNano":"1700000000000000500","#
                + #""maxEndTimeUnixNano":"1700000000002501000","spanCount":2,"errorSpanCount":1,"orphanSpanCount":1,"#
                + #""services":[{"name":"gateway","spanCount":1,"errorSpanCount":1},"#
                + #"{"name":"unknown_service","spanCount":1,"errorSpanCount":0}]}]}"#)
        #expect(TraceSummary([]) == nil)
    }

    @Test func aTagThatIsThereIsNotRepeated() {
        var trace = [Sample.trace[0]]
        trace[0].span.attributes = [
            Attribute("span.kind", .string("server")), Attribute("error", .string("timeout")),
        ]
        let text = String(decoding: JaegerJSON.traces([trace]), as: UTF8.self)
        #expect(text.components("span.kind") == 1)
        #expect(text.contains(#"{"key":"error","type":"string","value":"timeout"}"#))
        #expect(text.contains(#"{"key":"error","type":"bool","value":true}"#))
    }
}

extension String {
    /// How often `part` is in it.
    fileprivate func components(_ part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}
