import Mesh
import Testing

extension ProxyTests {
    /// Flow control (RFC 9113 §5.2), in both directions.
    @Suite(.serialized)
    struct HTTP2Windows {
        /// Nothing is sent beyond a window, and what was held back comes once it opens.
        @Test func theClientsWindowsHold() async throws {
            let body = FlowControl.pattern(200_000)
            let upstream = try TestUpstream { socket, _ in
                while true {
                    _ = try socket.readMessage()
                    try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n")
                    try socket.write(body)
                }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try FrameClient(try proxy.connect(), settings: [0, 4, 0, 0, 0, 10])
                try HTTP2Conformance.get(client, 1)
                var received: [UInt8] = []
                #expect(try client.next().kind == 1)
                while received.count < 10 { received += try client.next().payload }
                #expect(received.count == 10)
                // A negative window after a smaller initial one, then one byte more than the debt.
                try client.send(4, payload: [0, 4, 0, 0, 0, 5])
                try client.send(8, stream: 1, payload: [0, 0, 0, 6])
                let one = try client.next()
                #expect(one.payload.count == 1)
                received += one.payload
                try client.send(8, stream: 1, payload: [0, 0x0F, 0xFF, 0xFF])
                while received.count < 65_535 { received += try client.next().payload }
                #expect(received.count == 65_535)
                try client.send(8, payload: [0, 0x0F, 0xFF, 0xFF])
                while true {
                    let frame = try client.next()
                    received += frame.payload
                    if frame.endsStream { break }
                }
                #expect(received == body)
            }
        }

        /// A client that sends more than it may is cut off; one whose request nobody takes is only stopped.
        @Test func theProxysWindowsHold() async throws {
            let upstream = try TestUpstream { socket, _ in
                // Takes what comes and stays: once it left, the second would have its turn.
                _ = try socket.readToEnd()
            }
            try await TestProxy.with(upstream, cluster: { $0.maximumConnections = 1 }) { proxy in
                let client = try FrameClient(try proxy.connect())
                // The second waits for the connection that the first has: nobody takes its content.
                try client.headers(FrameClient.request("POST", "/1"), stream: 1, ends: false)
                try client.data([1], stream: 1)
                try client.headers(FrameClient.request("POST", "/2"), stream: 3, ends: false)
                let piece = [UInt8](repeating: 1, count: 16_384)
                for _ in 0..<8 { try client.data(piece, stream: 3) }
                try client.data([1], stream: 3)
                #expect(try client.streamError(3) == 3)
            }
        }

        /// As clients of Go do that read in small pieces: both windows for each 4 KiB.
        @Test func windowsMayBeOpenedInSmallSteps() async throws {
            let body = FlowControl.pattern(8_000_000)
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n")
                try socket.write(body)
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try FrameClient(try proxy.connect())
                try HTTP2Conformance.get(client, 1)
                var received: [UInt8] = []
                var taken = 0
                while received.count < body.count {
                    let frame = try client.next()
                    guard frame.kind <= 1 else {
                        Issue.record("the proxy ended the stream with a frame of kind \(frame.kind)")
                        return
                    }
                    guard frame.kind == 0 else { continue }
                    received += frame.payload
                    while taken + 4_096 <= received.count {
                        taken += 4_096
                        try client.send(8, payload: [0, 0, 0x10, 0])
                        try client.send(8, stream: 1, payload: [0, 0, 0x10, 0])
                    }
                }
                #expect(received == body)
            }
        }
    }
}
