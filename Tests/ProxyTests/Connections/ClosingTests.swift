import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// How connections of clients end: nothing that was promised is cut, and nobody holds one for ever.
    @Suite(.serialized)
    struct Closing {
        private final class Counter: Sendable {
            let bytes = Mutex(0)

            /// Waits until bytes have been written and no further ones follow.
            func stops() async throws {
                var before = 0
                while true {
                    try await Task.sleep(nanoseconds: 400_000_000)
                    let now = bytes.withLock { $0 }
                    if now > 0, now == before { return }
                    before = now
                }
            }
        }

        /// An upstream that sends as many bytes as the path says, and counts them.
        private static func sender(_ written: Counter) throws -> TestUpstream {
            try TestUpstream { socket, _ in
                let path = try socket.readHead().startLine.split(separator: " ")[1]
                let body = FlowControl.pattern(Int(path.dropFirst()) ?? 0)
                try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n")
                for start in stride(from: 0, to: body.count, by: 50_000) {
                    let piece = body[start..<min(body.count, start + 50_000)]
                    try socket.write(Array(piece))
                    written.bytes.withLock { $0 += piece.count }
                }
                _ = try socket.readToEnd()
            }
        }

        /// The last bytes of an answer wait for a client that pauses, though its connection is over, and though the rest
        /// of its request is not waited for any more.
        @Test func aPauseAtTheEndCostsNothing() async throws {
            let written = Counter()
            try await TestProxy.with(try Self.sender(written)) { proxy in
                // What the sockets and the proxy take while the client reads nothing.
                let first = try proxy.connect()
                try first.write("GET /30000000 HTTP/1.1\r\nhost: a\r\n\r\n")
                try await written.stops()
                first.close()
                _ = try await proxy.sink.spans(1)
                let labels = "{direction=\"outbound\",peer=\"up\",route=\"all\"}"
                let taken = Int(proxy.counter("waybill_proxy_response_bytes_total" + labels))
                try #require(taken > 130_000)
                // Some of these end with their last bytes in the proxy's hands, whatever the sockets take this time.
                let counts = [30_000, 50_000, 70_000, 90_000, 110_000, 130_000].map { taken - $0 }
                let clients = try counts.flatMap { count in
                    let (whole, halting) = (try proxy.connect(), try proxy.connect())
                    try whole.write("GET /\(count) HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                    try halting.write("POST /\(count) HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nx")
                    return [(whole, count), (halting, count)]
                }
                try await Task.sleep(nanoseconds: 2_800_000_000)
                for (client, count) in clients {
                    #expect(try client.readHead().status == 200)
                    #expect(try client.readToEnd().count == count)
                }
            }
        }

        /// The proxy says why it ends a connection, and its client does not even listen.
        @Test func aClientThatReadsNothingIsGivenUp() async throws {
            var limits = RequestLimits()
            limits.headerTimeoutMilliseconds = 200
            limits.idleTimeoutMilliseconds = 300
            let body = FlowControl.pattern(12_000_000)
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n")
                try socket.write(body)
            }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let client = try FrameClient(try proxy.connect(), settings: [0, 4, 0x7F, 0xFF, 0xFF, 0xFF])
                try client.send(8, payload: [0x7F, 0, 0, 0])
                try client.headers(FrameClient.request(), stream: 1)
                // A header list that does not end.
                try client.send(1, stream: 3, payload: [])
                let open = "waybill_proxy_downstream_connections{worker=\"0\"}"
                // The gauge is right from the first tick on, long before the request ends with its connection.
                _ = try await proxy.sink.spans(1)
                try await eventually("the connection is closed") { proxy.counter(open) == 0 }
                client.socket.close()
            }
        }

        /// Where the end of the connection is the end of the answer, a broken one must not end like a whole one.
        @Test func anAnswerToHTTP10ThatBreaksOff() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                try socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.0\r\nhost: a\r\n\r\n")
                #expect(try client.endsWithReset())
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UC" && span.status.isError)
            }
        }
    }
}
