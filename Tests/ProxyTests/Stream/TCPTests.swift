import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct TCP {
        @Test func bytesPassBothWaysAndEachSideEndsAlone() async throws {
            let upstream = try TestUpstream { socket, _ in
                // The server speaks first: nothing may wait for the client's bytes.
                try socket.write("hello\n")
                let all = try socket.readToEnd()
                try socket.write("\(all.count)\n")
                try socket.write([UInt8](repeating: 7, count: 300_000))
                socket.finishSending()
            }
            try await TestStream.with([upstream.port]) { proxy, port in
                let client = try RawSocket.connect(port)
                #expect(try client.readLine() == "hello")
                try client.write([UInt8](repeating: 1, count: 2_000_000))
                client.finishSending()
                #expect(try client.readLine() == "2000000")
                #expect(try client.readToEnd().count == 300_000)
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.kind == .client && span.name == "tcp all")
                #expect(span.status.code == 0)
                #expect(span.attributes.first("waybill.stream.received_bytes") == .int(2_000_000))
                #expect(span.attributes.first("waybill.stream.sent_bytes") == .int(300_014))
                #expect(span.text("waybill.cluster") == "up")
                #expect(span.text("network.peer.address") == "127.0.0.1")
            }
            upstream.stop()
        }

        @Test func aResetIsPassedOnAsAReset() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readLine()
                socket.reset()
            }
            try await TestStream.with([upstream.port]) { proxy, port in
                let client = try RawSocket.connect(port)
                try client.write("x\n")
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UC")
                #expect(span.status.code == SpanStatus.error)
            }
            upstream.stop()
        }

        @Test func anotherEndpointIsTriedBeforeAnyByteIsSent() async throws {
            let upstream = try TestUpstream { socket, _ in try socket.write(try socket.readLine() + "!\n") }
            // Nobody listens on port 1.
            try await TestStream.with([1, upstream.port]) { proxy, port in
                for _ in 0..<4 {
                    let client = try RawSocket.connect(port)
                    try client.write("ping\n")
                    #expect(try client.readLine() == "ping!")
                }
            }
            upstream.stop()
        }

        @Test func withoutAnUpstreamTheConnectionIsClosedAndRecorded() async throws {
            try await TestStream.with([1]) { proxy, port in
                let client = try RawSocket.connect(port)
                #expect(try client.isClosedByPeer())
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UF")
                #expect(span.text("error.type") == "upstream_connection_failure")
            }
        }

        @Test func anIdleConnectionEnds() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            var limits = StreamLimits()
            limits.idleTimeoutMilliseconds = 50
            try await TestStream.with([upstream.port], limits: limits) { proxy, port in
                let client = try RawSocket.connect(port)
                #expect(try client.isClosedByPeer())
                #expect(try await proxy.sink.spans(1).first?.text("waybill.response_flags") == "SI")
            }
            upstream.stop()
        }
    }
}
