import Interop
import Telemetry
import Testing

/// The bytes that Grafana's Tempo data source gets. Its decoder refuses fields that it does not know.
@Suite struct TempoJSONTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func aSearch() {
        let span = TempoSearch.FoundSpan(
            spanID: SpanID(1), name: "pay", startNanoseconds: .max, durationNanoseconds: 5,
            attributes: [Attribute("status", .string("error")), Attribute("n", .int(.min))])
        let search = TempoSearch(
            traces: [
                TempoSearch.FoundTrace(
                    traceID: TraceID(high: 0, low: 0xABCD), rootService: "gateway", rootName: "POST /pay",
                    startNanoseconds: 1_700_000_000_000_000_000, durationNanoseconds: 2_999_999,
                    spanSets: [TempoSearch.SpanSet(spans: [span], matched: 7, attributes: [Attribute("c", .int(7))])],
                    services: [("gateway", 3, 1), ("a\"b", 1, 0)])
            ], figures: TempoFigures(inspectedTraces: 4, inspectedBytes: 1 << 60))
        #expect(
            text(search.json) == """
                {"traces":[{"traceID":"0000000000000000000000000000abcd","rootServiceName":"gateway",\
                "rootTraceName":"POST /pay","startTimeUnixNano":"1700000000000000000","durationMs":2,\
                "spanSets":[{"spans":[{"spanID":"0000000000000001","name":"pay",\
                "startTimeUnixNano":"18446744073709551615","durationNanos":"5",\
                "attributes":[{"key":"status","value":{"stringValue":"error"}},\
                {"key":"n","value":{"intValue":"-9223372036854775808"}}]}],"matched":7,\
                "attributes":[{"key":"c","value":{"intValue":"7"}}]}],\
                "serviceStats":{"gateway":{"spanCount":3,"errorCount":1},"a\\"b":{"spanCount":1}}}],\
                "metrics":{"inspectedTraces":4,"inspectedBytes":"1152921504606846976","completedJobs":1,"totalJobs":1}}
                """)
        #expect(
            text(TempoSearch(traces: [], figures: TempoFigures(isComplete: false)).json)
                == #"{"traces":[],"metrics":{"totalJobs":1}}"#)
    }

    @Test func tagsAndTheirValues() {
        #expect(text(TempoTags.names(["a"])) == #"{"tagNames":["a"],"metrics":{}}"#)
        #expect(
            text(TempoTags.scopes([("span", ["a", "b"])]))
                == #"{"scopes":[{"name":"span","tags":["a","b"]}],"metrics":{}}"#)
        let values = [AttributeValue.string("x"), .int(.max), .double(1.5), .bool(true)].compactMap(
            TempoTags.Value.init)
        #expect(
            text(TempoTags.values(values))
                == #"{"tagValues":[{"type":"string","value":"x"},{"type":"int","value":"9223372036854775807"},"#
                + #"{"type":"float","value":"1.5"},{"type":"bool","value":"true"}],"metrics":{}}"#)
        #expect(
            text(TempoTags.texts(values))
                == #"{"tagValues":["x","9223372036854775807","1.5","true"],"metrics":{}}"#)
        #expect(
            [AttributeValue.empty, .double(.nan), .bytes([1]), .array([])].allSatisfy { TempoTags.Value($0) == nil })
    }

    @Test func seriesOfARangeAndOfAnInstant() {
        let series = TempoSeries(
            labels: [Attribute("resource.service.name", .string("a")), Attribute("p", .double(0.9))],
            samples: [
                TempoSeries.Sample(milliseconds: 1_700_000_000_000, value: 12.5),
                TempoSeries.Sample(milliseconds: 1_700_000_030_000, value: .nan),
            ],
            exemplars: [
                TempoSeries.Exemplar(
                    labels: [Attribute("trace:id", .string("abcd"))], milliseconds: 1_700_000_000_001, value: 0.25)
            ])
        let labels =
            #""labels":[{"key":"resource.service.name","value":{"stringValue":"a"}},"#
            + #"{"key":"p","value":{"doubleValue":0.9}}]"#
        #expect(
            text(TempoSeries.range([series], figures: TempoFigures(), missing: nil))
                == #"{"series":[{\#(labels),"samples":[{"timestampMs":"1700000000000","value":12.5},"#
                + #"{"timestampMs":"1700000030000","value":"NaN"}],"exemplars":["#
                + #"{"labels":[{"key":"trace:id","value":{"stringValue":"abcd"}}],"value":0.25,"#
                + #""timestampMs":"1700000000001"}]}],"metrics":{"completedJobs":1,"totalJobs":1}}"#)
        #expect(
            text(TempoSeries.instant([series], figures: TempoFigures(isComplete: false), missing: "Too much."))
                == #"{"series":[{\#(labels),"value":"NaN"}],"metrics":{"totalJobs":1},"status":"PARTIAL","#
                + #""message":"Too much."}"#)
    }

    @Test func aWholeTraceHasNoStatus() {
        let spans = [Sample.trace[1].span]
        let trace = OTLPTraceEncoder.encode(spans: spans)
        let answer = TempoTrace.protobuf(spans, missing: nil)
        #expect(trace.count < 128 && answer == [0x0A, UInt8(trace.count)] + trace + [0x12, 0x00])
        #expect(TempoTrace.protobufV1(spans) == trace)
        #expect(
            text(TempoTrace.jsonV1(spans)) == """
                {"batches":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[\
                {"traceId":"AAAAAAAAAAAAAAAAAACrzQ==","spanId":"AAAAAAAAAAI=","parentSpanId":"AAAAAAAAAAE=",\
                "name":"debit","kind":"SPAN_KIND_UNSPECIFIED","startTimeUnixNano":"1700000000000000500",\
                "endTimeUnixNano":"1700000000000000999","attributes":[{"key":"raw","value":{"bytesValue":"AP8="}},\
                {"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"},{},{"stringValue":"x"}]}}}],\
                "status":{}}]}]}]}
                """)
    }
}
