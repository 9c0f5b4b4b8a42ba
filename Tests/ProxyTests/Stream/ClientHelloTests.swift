import Mesh
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct TLSPassthrough {
        /// A TLS 1.2 ClientHello of the name, in records of at most `fragment` bytes.
        static func hello(_ name: String?, fragment: Int = 16_384) -> [UInt8] {
            func vector(_ count: Int, _ bytes: [UInt8]) -> [UInt8] {
                (0..<count).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
            }
            var extensions: [UInt8] = [0, 23] + vector(2, [])
            if let name { extensions += [0, 0] + vector(2, vector(2, [0] + vector(2, Array(name.utf8)))) }
            let body: [UInt8] =
                [3, 3] + [UInt8](repeating: 9, count: 32) + vector(1, []) + vector(2, [0x13, 1]) + vector(1, [0])
                + vector(2, extensions)
            let message = [1] + vector(3, body)
            return stride(from: 0, to: message.count, by: fragment).flatMap {
                [22, 3, 1] + vector(2, Array(message[$0..<min($0 + fragment, message.count)]))
            }
        }

        @Test(arguments: [16_384, 7]) func theServerNamePicksTheRoute(fragment: Int) async throws {
            let upstream = try TestUpstream { socket, _ in
                try socket.write(socket.read(Self.hello("Card.example", fragment: fragment).count))
            }
            let routes = [StreamRoute(name: "cards", cluster: "up", serverNames: ["card.example"])]
            try await TestStream.with([upstream.port], .tlsPassthrough, routes: routes) { proxy, port in
                let client = try RawSocket.connect(port)
                let hello = Self.hello("Card.example", fragment: fragment)
                try client.write(Array(hello[..<20]))
                try client.write(Array(hello[20...]))
                #expect(try client.read(hello.count) == hello)
                client.close()
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("server.address") == "card.example")
                #expect(span.text("network.protocol.name") == "tls")
                for (index, (bytes, flag)) in [
                    (Self.hello("other.example"), "NR"), (Self.hello(nil), "NR"),
                    (Array("GET / HTTP/1.1\r\n\r\n".utf8), "DPE"),
                ].enumerated() {
                    let stranger = try RawSocket.connect(port)
                    try stranger.write(bytes)
                    _ = try? stranger.readToEnd()
                    let spans = try await proxy.sink.spans(index + 2)
                    #expect(spans.count == index + 2)
                    #expect(spans.last?.text("waybill.response_flags") == flag)
                }
            }
            upstream.stop()
        }
    }
}
