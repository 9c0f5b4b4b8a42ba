import Interop
import Telemetry
import Testing

/// The bytes that Zipkin's clients get.
@Suite struct ZipkinJSONTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func aTraceAsItStands() {
        var spans = Sample.trace.map(\.span)
        spans[1].kind = .client
        spans[1].attributes = [
            Attribute("server.address", .string("ledger.bank")), Attribute("network.peer.address", .string("10.0.0.7")),
            Attribute("network.peer.port", .int(8443)), Attribute("net.host.ip", .string("2001:db8::1")),
        ]
        #expect(
            text(ZipkinJSON.trace(spans)) == """
                [{"traceId":"000000000000abcd","id":"0000000000000001","kind":"SERVER","name":"POST /pay",\
                "timestamp":1700000000000001,"duration":2499,"localEndpoint":{"serviceName":"gateway"},\
                "annotations":[{"timestamp":1700000000000002,"value":"\\"checked\\": {\\"ratio\\":\\"NaN\\"}"}],\
                "tags":{"host":"a","amount":"9007199254740992","otel.scope.name":"lib","otel.scope.version":"1",\
                "otel.status_code":"ERROR","error":"no funds","otel.status_description":"no funds",\
                "w3c.tracestate":"a=b",\
                "otlp.link.0":"00000000000000050000000000000006|0000000000000007||{}|0"}},\
                {"traceId":"000000000000abcd","parentId":"0000000000000001","id":"0000000000000002","kind":"CLIENT",\
                "name":"debit","timestamp":1700000000000000,"duration":1,\
                "localEndpoint":{"serviceName":"unknown_service","ipv6":"2001:db8::1"},\
                "remoteEndpoint":{"serviceName":"ledger.bank","ipv4":"10.0.0.7","port":8443},\
                "tags":{"server.address":"ledger.bank"}}]
                """)
    }

    @Test func theServersSideOfASharedIDIsMarked() {
        var spans = Sample.trace.map(\.span)
        spans[0].kind = .client
        spans[1].kind = .server
        spans[1].spanID = spans[0].spanID
        let answer = text(ZipkinJSON.trace(spans))
        #expect(answer.hasSuffix(#","shared":true}]"#))
        #expect(answer.split(separator: "shared").count == 2)
    }

    @Test func whatCameInAsZipkinsGoesOutAsItWas() {
        var span = Sample.trace[1].span
        span.kind = .internal
        span.attributes = [
            Attribute("zipkin.shared", .bool(true)), Attribute("zipkin.debug", .bool(true)),
            Attribute("otel.zipkin.absentField.startTime", .bool(true)), Attribute("peer.service", .string("ledger")),
            Attribute("network.peer.address", .string("::1")),
            Attribute("zipkin.remoteEndpoint.ipv4", .string("10.0.0.7")),
            Attribute("net.peer.port", .int(80)), Attribute("net.host.port", .string("080")),
        ]
        #expect(
            text(ZipkinJSON.trace([span])) == """
                [{"traceId":"000000000000abcd","parentId":"0000000000000001","id":"0000000000000002","name":"debit",\
                "duration":1,"localEndpoint":{"serviceName":"unknown_service"},\
                "remoteEndpoint":{"serviceName":"ledger","ipv4":"10.0.0.7","ipv6":"::1","port":80},\
                "tags":{"net.host.port":"080","span.kind":"internal"},"debug":true,"shared":true}]
                """)
    }

    @Test func whatSaysThatThereIsNoErrorIsLeftOut() {
        var span = Sample.trace[1].span
        span.attributes = [Attribute("error", .bool(false)), Attribute("a", .int(.min))]
        #expect(text(ZipkinJSON.trace([span])).contains(#""tags":{"a":"-9223372036854775808"}"#))
        span.status.code = SpanStatus.error
        #expect(text(ZipkinJSON.trace([span])).contains(#""tags":{"error":"false","a":"#))
    }

    @Test func aKeyIsThereOnceAndTheLastValueStands() {
        var span = Sample.trace[1].span
        span.resource = Resource(attributes: [Attribute("k", .string("resource")), Attribute("r", .bool(true))])
        // Two ways to write é, which only Swift takes for one.
        span.attributes = [
            Attribute("k", .string("span")), Attribute("\u{E9}", .int(1)), Attribute("e\u{301}", .int(2)),
        ]
        #expect(
            text(ZipkinJSON.trace([span])).hasSuffix(
                "\"tags\":{\"k\":\"span\",\"r\":\"true\",\"\u{E9}\":\"1\",\"e\u{301}\":\"2\"}}]"))
    }

    @Test func listsOfLists() {
        #expect(text(ZipkinJSON.traces([])) == "[]")
        #expect(text(ZipkinJSON.names(["a", "\u{1F}"])) == #"["a","\u001f"]"#)
        #expect(
            text(
                ZipkinJSON.dependencies([
                    ServiceLink(parent: "a", child: "b", calls: 3, errors: 1), ServiceLink(parent: "b", child: "c"),
                ]))
                == #"[{"parent":"a","child":"b","callCount":3,"errorCount":1},{"parent":"b","child":"c","#
                + #""callCount":0}]"#)
    }
}
