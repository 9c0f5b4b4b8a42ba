import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// Streams of routes that pass nothing on which cannot be recorded.
    @Suite(.serialized)
    struct UnrecordedStreams {
        private static var route: StreamRoute {
            StreamRoute(name: "all", cluster: "up", payment: true, whenSpoolFull: .refuse)
        }

        @Test func aConnectionIsRefused() async throws {
            let upstream = try TestUpstream { socket, _ in try socket.write(try socket.readLine() + "!\n") }
            try await TestStream.with([upstream.port], routes: [Self.route]) { proxy, port in
                let first = try RawSocket.connect(port)
                try first.write("one\n")
                #expect(try first.readLine() == "one!")
                proxy.sink.refusePayments()
                let second = try RawSocket.connect(port)
                #expect(throws: RawSocket.Closed.self) { try second.readLine() }
                let spans = try await proxy.sink.spans(1)
                let span = try #require(spans.first { $0.text("waybill.response_flags") == "RR" })
                #expect(span.status.message.contains("its route refuses then"))
                #expect(upstream.connections == 1)
            }
            upstream.stop()
        }

        /// A connection lasts; each of its messages is asked for.
        @Test func aMessageOfAnOpenConnectionIsRefused() async throws {
            let request = ISO8583.message("0200", stan: "000001", rrn: "RRN000000001")
            let answer = ISO8583.message("0210", stan: "000001", rrn: "RRN000000001", code: "00")
            let received = Flag()
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.read(request.count)
                try socket.write(answer)
                _ = try socket.read(1)
                received.set()
            }
            try await TestStream.with([upstream.port], .iso8583(ISO8583.settings), routes: [Self.route]) {
                proxy, port in
                let client = try RawSocket.connect(port)
                try client.write(request)
                #expect(try client.read(answer.count) == answer)
                proxy.sink.refusePayments()
                try client.write(ISO8583.message("0200", stan: "000002", rrn: "RRN000000002"))
                #expect(try client.endsWithReset())
                let spans = try await proxy.sink.spans(2)
                #expect(spans.contains { $0.text("waybill.response_flags") == "RR" && $0.name == "iso8583 all" })
                #expect(!received.isSet)
            }
            upstream.stop()
        }
    }
}
