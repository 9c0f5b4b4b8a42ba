import Collector
import Foundation
import NIOPosix
import Testing
import Transport

/// A connection beyond the limit is told so in the protocol that its client speaks.
@Suite struct TurnAwayTests {
    private func metric(_ collector: RunningCollector) async throws -> Double {
        try await collector.metric("waybill_collector_connections_turned_away_total") ?? -1
    }

    /// A collector whose only connection is that of the client that asks.
    private func withFullCollector(_ body: (RunningCollector) async throws -> Void) async throws {
        try await withCollector({ $0.limits.connections = 1 }) { collector in
            expect(200, try await collector.get("/healthz"))
            try await body(collector)
        }
    }

    @Test func aWireExporterIsTold() async throws {
        try await withFullCollector { collector in
            let socket = try SlowSocket(collector.address("wire"))
            // The preamble, and HELLO as `Schemas/wire.md` has it.
            let hello = "57415942 01 00 0000 01 00 0000 14000000 05902f89 0807060504030201ac0200030770726f78792d37"
            socket.send(Self.bytes(hello))
            let answer = socket.readAll()
            // ERROR without a sequence, code 0x0D, retryable.
            #expect(answer.starts(with: Array("WAYB".utf8)) && answer.count > 23)
            #expect(answer.dropFirst(8).first == 0x03)
            #expect(Array(answer.dropFirst(20).prefix(3)) == [0, 0x0D, 1])
            #expect(String(decoding: answer, as: UTF8.self).contains("(limit connections)"))
            #expect(try await metric(collector) == 1)
        }
    }

    @Test func aGRPCClientIsTold() async throws {
        try await withFullCollector { collector in
            let socket = try SlowSocket(collector.address("otlp-grpc"))
            socket.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            let answer = socket.readAll()
            // SETTINGS, then GOAWAY: no stream was taken, REFUSED_STREAM.
            #expect(Array(answer.prefix(9)) == [0, 0, 0, 4, 0, 0, 0, 0, 0])
            #expect(answer.count > 26 && answer[12] == 7)
            #expect(Array(answer.dropFirst(18).prefix(8)) == [0, 0, 0, 0, 0, 0, 0, 7])
            #expect(String(decoding: answer, as: UTF8.self).hasSuffix("(limit connections); try again shortly."))
            #expect(try await metric(collector) == 1)
        }
    }

    @Test func anHTTPClientIsTold() async throws {
        try await withFullCollector { collector in
            for listener in ["http", "otlp-http"] {
                let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
                let answer = try await client.get("http://\(collector.address(listener))/v1/traces")
                expect(503, answer)
                #expect(answer.headers.first(name: "Retry-After") == "1" && answer.text.contains("(limit connections)"))
            }
            #expect(try await metric(collector) == 2)
        }
    }

    /// The first of a flood are told, the others closed; none of them stays.
    @Test func aFloodHoldsNothing() async throws {
        try await withFullCollector { collector in
            var sockets: [SlowSocket] = []
            for _ in 0..<200 { sockets.append(try SlowSocket(collector.address("wire"))) }
            var counted = 0.0
            for _ in 0..<500 where counted < 200 {
                counted = try await metric(collector)
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(counted == 200)
            for socket in sockets { #expect(socket.read(100).count < 100) }
        }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.filter { $0 != " " })
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
}
