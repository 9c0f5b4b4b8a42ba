import NIOCore
import NIOPosix
import Testing
import Transport

/// What only costs a server that takes it: every flood ends its connection, and nothing else.
@Suite struct GRPCFloodTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private static func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        [UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF), type, flags]
            + withUnsafeBytes(of: stream.bigEndian) { Array($0) } + payload
    }

    /// `:method` POST, `:scheme` http, and literal fields that are not indexed (RFC 7541 §6.2.2, appendix A).
    private static let call: [UInt8] =
        [0x83, 0x86, 0x04, 9] + Array("/t.T/Echo".utf8) + [0x0F, 0x10, 16] + Array("application/grpc".utf8)
        + [0x00, 2] + Array("te".utf8) + [8] + Array("trailers".utf8)
    /// Without an end of the headers.
    private static let openHeaders = frame(1, stream: 1, call)
    private static let headers = frame(1, flags: 4, stream: 1, call)

    enum Flood: String, CaseIterable {
        case settings, ping, continuation, emptyContinuation, emptyData

        /// What comes first, and what is repeated.
        var bytes: (first: [UInt8], again: [UInt8]) {
            let f = GRPCFloodTests.self
            return switch self {
            case .settings: ([], f.frame(4))
            case .ping: ([], f.frame(6, [1, 2, 3, 4, 5, 6, 7, 8]))
            // A field of a hundred bytes.
            case .continuation:
                (f.openHeaders, f.frame(9, stream: 1, [0x10, 1, 0x78, 96] + [UInt8](repeating: 0x79, count: 96)))
            case .emptyContinuation: (f.openHeaders, f.frame(9, stream: 1))
            case .emptyData: (f.headers, f.frame(0, stream: 1))
            }
        }
    }

    /// Sends until the server ends the connection, as it must long before all of it is out.
    private func send(_ flood: Flood, to port: Int) async throws {
        let channel = try await ClientBootstrap(group: GRPCTestServer.group)
            .connect(host: "127.0.0.1", port: port).get()
        let (first, again) = flood.bytes
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: Self.preface + Self.frame(4) + first))
            let some = ByteBuffer(bytes: (0..<500).flatMap { _ in again })
            for _ in 0..<100 { try await channel.writeAndFlush(some) }
        } catch {
            // What was sent when the server had ended the connection.
            return
        }
        try await eventually("the flood \(flood) ended its connection") { !channel.isActive }
    }

    @Test(arguments: Flood.allCases)
    func aFloodEndsItsConnection(_ flood: Flood) async throws {
        try await GRPCTestServer.with { server in
            let good = try await server.client()
            try await send(flood, to: server.port)
            #expect(try await good.call("/t.T/Echo", GRPCMessageWriter.buffer([1, 2, 3])).status == "0")
            try await good.close()
        }
    }
}
