import Interop
import Telemetry
import Testing

@Suite struct OTLPAnswerTests {
    @Test func successIsEmpty() {
        #expect(OTLPResponse.traceExport() == [])
        #expect(String(decoding: OTLPResponse.traceExportJSON(rejectedSpans: 0, message: ""), as: UTF8.self) == "{}")
    }

    @Test func partialSuccessSaysHowManyAndWhy() {
        #expect(
            OTLPResponse.traceExport(rejectedSpans: 300, message: "bad") == Request.hex("0a 08 08 ac02 12 03 626164"))
        let json = OTLPResponse.traceExportJSON(rejectedSpans: 3, message: "a \"b\"")
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"a \"b\""}}"#)
    }

    @Test func metricsHaveAnAnswerOfTheirOwn() {
        #expect(OTLPResponse.metricsExport(rejectedPoints: 0, message: "") == [])
        #expect(
            OTLPResponse.metricsExport(rejectedPoints: 300, message: "bad") == Request.hex("0a 08 08 ac02 12 03 626164")
        )
        #expect(
            String(decoding: OTLPResponse.metricsExportJSON(rejectedPoints: 3, message: "m"), as: UTF8.self)
                == #"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"m"}}"#)
    }

    @Test func answersAreReadBack() throws {
        for (rejected, message) in [(0, ""), (3, ""), (300, "bad"), (0, "warning")] {
            let answer = try #require(
                OTLPResponse.readTraceExport(OTLPResponse.traceExport(rejectedSpans: rejected, message: message)))
            #expect(answer == (rejected, message))
        }
        #expect(OTLPResponse.readTraceExport([0x0A, 0x7F]) == nil)
        #expect(OTLPResponse.readTraceExport(Array("<html>".utf8)) == nil)
    }

    @Test func statusCarriesCodeAndMessage() {
        let status = RPCStatus(code: .unavailable, message: "full")
        #expect(status.protobuf == Request.hex("08 0e 12 04 66756c6c"))
        #expect(String(decoding: status.json, as: UTF8.self) == #"{"code":14,"message":"full"}"#)
        let refusal = OTLPError(code: .malformed, path: "resource_spans[0]", offset: 3, reason: "broken")
        #expect(RPCStatus(refusal).message == "resource_spans[0], at byte 3: broken")
        #expect(RPCStatus(refusal).code == .invalidArgument)
    }

    @Test func jsonHasTheSpecificationsForm() {
        let span = Span(
            traceID: TraceID(high: 0xAB, low: 1), spanID: SpanID(0xCD), name: "a\u{1F}b", kind: .client,
            startNanoseconds: 1_544_712_660_000_000_000, endNanoseconds: .max,
            attributes: [
                Attribute("i", .int(-5)), Attribute("d", .double(.nan)), Attribute("b", .bytes([0xFB, 0xFF])),
                Attribute("a", .array([.bool(true), .empty])), Attribute("m", .map([Attribute("k", .double(0.5))])),
            ], status: SpanStatus(code: 2))
        let expected =
            #"{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"#
            + #""traceId":"00000000000000ab0000000000000001","spanId":"00000000000000cd","name":"a\u001fb","kind":3,"#
            + #""startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"18446744073709551615","attributes":["#
            + #"{"key":"i","value":{"intValue":"-5"}},{"key":"d","value":{"doubleValue":"NaN"}},"#
            + #"{"key":"b","value":{"bytesValue":"+/8="}},"#
            + #"{"key":"a","value":{"arrayValue":{"values":[{"boolValue":true},{}]}}},"#
            + #"{"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"doubleValue":0.5}}]}}}],"#
            + #""status":{"code":2}}]}]}]}"#
        #expect(String(decoding: OTLPJSON.traces([span]), as: UTF8.self) == expected)
    }
}
