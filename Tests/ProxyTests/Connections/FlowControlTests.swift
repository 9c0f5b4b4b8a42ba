import Foundation
import Mesh
import Synchronization
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct FlowControl {
        /// Bytes that show when a piece is lost, repeated or out of place.
        static func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) } }

        @Test(arguments: [0, 1, 4_096, 65_537, 10_000_000], [false, true])
        func bodiesPassWhole(_ count: Int, _ chunked: Bool) async throws {
            let content = Self.pattern(count)
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    if chunked {
                        try socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                        try Self.writeChunks(request.body, to: socket)
                    } else {
                        try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(request.body.count)\r\n\r\n")
                        try socket.write(request.body)
                    }
                }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                for _ in 0..<2 {
                    if chunked {
                        try client.write("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
                        try Self.writeChunks(content, to: client)
                    } else {
                        try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: \(count)\r\n\r\n")
                        try client.write(content)
                    }
                    let answer = try client.readMessage()
                    #expect(answer.status == 200)
                    #expect(answer.body == content)
                }
            }
        }

        static func writeChunks(_ bytes: [UInt8], to socket: RawSocket) throws {
            var offset = 0
            var size = 1
            while offset < bytes.count {
                let piece = Array(bytes[offset..<min(bytes.count, offset + size)])
                try socket.write(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [0x0D, 0x0A])
                offset += piece.count
                size = size * 3 % 100_003
            }
            try socket.write("0\r\n\r\n")
        }

        /// A client that does not read must stop the upstream, not fill the proxy's memory.
        @Test func aSlowReaderStopsTheUpstream() async throws {
            let total = 200_000_000
            let written = Mutex(0)
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(total)\r\n\r\n")
                let piece = [UInt8](repeating: 7, count: 100_000)
                for _ in 0..<(total / piece.count) {
                    try socket.write(piece)
                    written.withLock { $0 += piece.count }
                }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                _ = try client.readHead()
                var before = -1
                while true {
                    try await Task.sleep(nanoseconds: 300_000_000)
                    let now = written.withLock { $0 }
                    if now == before { break }
                    before = now
                }
                // What is on its way sits in the sockets' buffers of the kernel and in a few pieces of the proxy.
                #expect(before < 50_000_000)
                client.reset()
            }
        }

        /// A client that pipelines requests and reads no answers must be stopped, not buffered for.
        @Test func aClientThatOnlyAsksIsStopped() async throws {
            let asked = 20_000
            let served = Mutex(0)
            let padding = String(repeating: "p", count: 8_000)
            let upstream = try TestUpstream { socket, _ in
                for _ in 0..<asked {
                    _ = try socket.readMessage()
                    try socket.write("HTTP/1.1 204 No Content\r\nx-padding: \(padding)\r\n\r\n")
                    served.withLock { $0 += 1 }
                }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                Thread.detachNewThread {
                    // Ends with an error when the connection is reset below.
                    for _ in 0..<asked / 100 {
                        let requests = String(repeating: "GET / HTTP/1.1\r\nhost: a\r\n\r\n", count: 100)
                        guard (try? client.write(requests)) != nil else { return }
                    }
                }
                var before = -1
                while true {
                    try await Task.sleep(nanoseconds: 500_000_000)
                    let now = served.withLock { $0 }
                    if now == before { break }
                    before = now
                }
                #expect(
                    (1..<asked).contains(before), "\(before) answers of 8 KB were made for a client that reads none")
                client.reset()
            }
        }

        @Test func aBodyBeyondTheLimitIsRefused() async throws {
            var limits = RequestLimits()
            limits.maximumBodyBytes = 1_000
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let stated = try proxy.connect()
                try stated.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n")
                #expect(try stated.readMessage().status == 413)

                let endless = try proxy.connect()
                try endless.write("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
                for _ in 0..<11 { try endless.write("64\r\n\(String(repeating: "x", count: 100))\r\n") }
                let answer = try endless.readMessage()
                #expect(answer.status == 413)
                #expect(answer.field("x-waybill-response-flags") == "RTL")
            }
        }
    }
}
