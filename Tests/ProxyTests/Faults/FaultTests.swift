import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Faults {
        static func route(_ change: (inout FaultRule) -> Void) -> Route {
            var rule = FaultRule(
                name: "drill", header: .init(name: "x-drill"), expires: Timestamp(nanoseconds: .max),
                maximumSharePercent: .all)
            change(&rule)
            var route = Route(name: "all", cluster: "up")
            route.faults = [rule]
            return route
        }

        @Test func aDelayIsMarkedAndIsNoFailure() async throws {
            try await TestProxy.with(
                [try TestUpstream.named("ok")], route: Self.route { $0.delayMilliseconds = 20 }
            ) { proxy in
                #expect(try proxy.get().status == 200)
                #expect(try proxy.get("x-drill: on\r\n").status == 200)
                let spans = try await proxy.sink.spans(2)
                #expect(spans.map { $0.text("waybill.fault") } == [nil, "drill"])
                #expect(spans.map { $0.text("waybill.response_flags") } == [nil, "DI"])
                #expect(spans[1].text("error.type") == nil)
                #expect(spans[1].endNanoseconds - spans[1].startNanoseconds >= 20_000_000)
                #expect(
                    proxy.counter("waybill_proxy_faults_injected_total{fault=\"drill\",route=\"all\"}") == 1)
            }
        }

        @Test func anAbortAnswersInsteadOfTheService() async throws {
            let upstream = try TestUpstream.named("ok")
            try await TestProxy.with([upstream], route: Self.route { $0.breaks = .abort(status: 503) }) { proxy in
                let answer = try proxy.get("x-drill: on\r\n")
                #expect(answer.status == 503 && answer.field("x-waybill-response-flags") == "FI")
                #expect(upstream.connections == 0)
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.text("waybill.fault") == "drill" && span.text("error.type") == "fault_injected")
            }
        }

        @Test func aResetEndsTheConnection() async throws {
            try await TestProxy.with([try TestUpstream.named("ok")], route: Self.route { $0.breaks = .reset }) {
                proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\nx-drill: 1\r\n\r\n")
                #expect(try client.isClosedByPeer())
                #expect(try await proxy.sink.spans(1)[0].text("waybill.response_flags") == "FI")
            }
        }

        @Test func aClientThatLeavesDuringADelayIsRecorded() async throws {
            try await TestProxy.with(
                [try TestUpstream.named("ok")], route: Self.route { $0.delayMilliseconds = 30_000 }
            ) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\nx-drill: 1\r\n\r\n")
                client.reset()
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.text("waybill.response_flags") == "DI,DC" && span.text("waybill.fault") == "drill")
            }
        }

        /// A response that comes in one piece waits as long as one that comes in many, and its client leaves it whole.
        @Test func aSmallResponseIsThrottledToo() async throws {
            let body = String(repeating: "x", count: 1_000)
            let route = Self.route { $0.responseBytesPerSecond = 10_000 }
            try await TestProxy.with([try TestUpstream.named(body)], route: route) { proxy in
                #expect(try proxy.get("x-drill: on\r\n").text == body)
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.text("waybill.response_flags") == nil)
                #expect(span.endNanoseconds - span.startNanoseconds >= 95_000_000)
            }
        }

        @Test func aThrottledResponseArrivesWhole() async throws {
            let body = String(repeating: "waybill ", count: 25_000)
            let upstream = try TestUpstream.named(body)
            try await TestProxy.with([upstream], route: Self.route { $0.responseBytesPerSecond = 2_000_000 }) { proxy in
                #expect(try proxy.get("x-drill: on\r\n").text == body)
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.text("waybill.fault") == "drill")
                #expect(span.endNanoseconds - span.startNanoseconds >= 50_000_000)
            }
        }
    }
}
