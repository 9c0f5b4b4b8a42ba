import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Propagation {
        static let traceID = "0af7651916cd43dd8448eb211c80319c"
        static let parentID = "b7ad6b7169203331"

        static func fieldsEcho() throws -> TestUpstream {
            try .answering { request, _ in
                let wanted = request.fields.filter {
                    $0.name.hasPrefix("trace") || $0.name.hasPrefix("b3") || $0.name.hasPrefix("x-b3")
                }
                return TestUpstream.response("200 OK", wanted.map { "\($0.name)=\($0.value)" }.joined(separator: "\n"))
            }
        }

        /// Sends one request and returns what the upstream saw of the trace, and the span.
        static func run(_ fields: String, inbound: Bool = false) async throws -> ([String], Span) {
            var result: ([String], Span)?
            try await TestProxy.with(try fieldsEcho(), inbound: inbound) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\(fields)\r\n")
                let seen = try client.readMessage().text.split(separator: "\n").map(String.init)
                result = (seen, try await proxy.sink.spans(1)[0])
            }
            return try #require(result)
        }

        @Test(arguments: [false, true])
        func w3cIsContinued(_ inbound: Bool) async throws {
            let (seen, span) = try await Self.run(
                "traceparent: 00-\(Self.traceID)-\(Self.parentID)-01\r\ntracestate: a=1\r\ntracestate: b=2\r\n",
                inbound: inbound)
            #expect(span.traceID.description == Self.traceID)
            #expect(span.parentSpanID.description == Self.parentID)
            #expect(span.traceState == "a=1,b=2")
            #expect(span.flags == 0x301)
            #expect(span.kind == (inbound ? .server : .client))
            #expect(seen == ["traceparent=00-\(Self.traceID)-\(span.spanID)-01", "tracestate=a=1,b=2"])
        }

        @Test func notSampledIsPassedOnAndRecorded() async throws {
            let (seen, span) = try await Self.run("traceparent: 00-\(Self.traceID)-\(Self.parentID)-00\r\n")
            #expect(seen == ["traceparent=00-\(Self.traceID)-\(span.spanID)-00"])
            #expect(span.flags == 0x300)
        }

        @Test func aTraceIsStartedWhereThereIsNone() async throws {
            let (seen, span) = try await Self.run("")
            #expect(span.traceID.isValid)
            #expect(span.parentSpanID == .none)
            #expect(span.flags == 0x101)
            #expect(seen == ["traceparent=00-\(span.traceID)-\(span.spanID)-01"])
        }

        @Test(
            arguments: [
                "traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01\r\n",
                "traceparent: ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
                "traceparent: nonsense\r\ntracestate: a=1\r\n",
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
                    + "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
            ])
        func anUnsoundContextStartsANewTrace(_ fields: String) async throws {
            let (seen, span) = try await Self.run(fields)
            #expect(span.traceID.description != Self.traceID)
            #expect(span.parentSpanID == .none)
            #expect(seen.count == 1)
        }

        @Test func singleB3() async throws {
            let (seen, span) = try await Self.run("b3: \(Self.traceID)-\(Self.parentID)-0-e457b5a2e4d86bd1\r\n")
            #expect(span.traceID.description == Self.traceID)
            #expect(span.parentSpanID.description == Self.parentID)
            #expect(
                seen == [
                    "traceparent=00-\(Self.traceID)-\(span.spanID)-00", "b3=\(Self.traceID)-\(span.spanID)-0",
                ])
        }

        @Test func multipleB3() async throws {
            let (seen, span) = try await Self.run(
                "X-B3-TraceId: \(Self.traceID)\r\nX-B3-SpanId: \(Self.parentID)\r\nX-B3-Sampled: 1\r\n")
            #expect(span.parentSpanID.description == Self.parentID)
            #expect(
                seen == [
                    "traceparent=00-\(Self.traceID)-\(span.spanID)-01", "x-b3-traceid=\(Self.traceID)",
                    "x-b3-spanid=\(span.spanID)", "x-b3-parentspanid=\(Self.parentID)", "x-b3-sampled=1",
                ])
        }

        @Test func w3cWinsOverB3() async throws {
            let (_, span) = try await Self.run(
                "b3: 463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1\r\n"
                    + "traceparent: 00-\(Self.traceID)-\(Self.parentID)-01\r\n")
            #expect(span.traceID.description == Self.traceID)
        }
    }
}
