import Glibc
import Mesh
import Testing

extension ProxyTests {
    /// Sound frames with some bytes changed, in random order and pieces: the proxy goes on, and so do other clients.
    @Suite(.serialized)
    struct HTTP2Fuzz {
        @Test func framesWithAccidents() async throws {
            let environment = getenv("WAYBILL_SEED").map { String(cString: $0) }
            let seed = environment.flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
            let rounds = getenv("WAYBILL_SOAK") == nil ? 150 : 20_000
            var random = SeededRandom(seed)
            print("WAYBILL_SEED=\(seed)")
            try await TestProxy.with(try .answering(HTTP2Conformance.upstream)) { proxy in
                let bystander = try FrameClient(try proxy.connect())
                var stream: Int32 = 1
                for round in 0..<rounds {
                    let bytes = try Self.conversation(&random)
                    let socket = try proxy.connect()
                    var rest = bytes[...]
                    while !rest.isEmpty {
                        let piece = rest.prefix(Int.random(in: 1...200, using: &random))
                        guard (try? socket.write(Array(piece))) != nil else { break }
                        rest = rest.dropFirst(piece.count)
                    }
                    if Bool.random(using: &random) { socket.finishSending() }
                    socket.close()
                    if round % 10 == 9 {
                        try HTTP2Conformance.get(bystander, stream)
                        #expect(try bystander.answer(stream: stream).status == 200, "seed \(seed), round \(round)")
                        stream += 2
                    }
                }
                // Everything that was opened is closed again.
                for _ in 0..<500 {
                    if proxy.inFlight == 0 { break }
                    try await Task.sleep(nanoseconds: 10_000_000)
                }
                #expect(proxy.inFlight == 0, "seed \(seed)")
            }
        }

        private static func conversation(_ random: inout SeededRandom) throws -> [UInt8] {
            let writer = try FrameClient(RawSocket(file: -1), greets: false)
            var bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + FrameClient.bytes(4)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let stream = Int32.random(in: 0...9, using: &random)
                switch Int.random(in: 0...7, using: &random) {
                case 0...2:
                    let method = Bool.random(using: &random) ? "POST" : "GET"
                    let block = try writer.block(FrameClient.request(method) + [("x", "y"), ("content-length", "3")])
                    let flags: UInt8 = [0, 1, 4, 5, 0x2D][Int.random(in: 0...4, using: &random)]
                    bytes += FrameClient.bytes(1, flags: flags, stream: stream | 1, payload: block)
                case 3:
                    let count = Int.random(in: 0...300, using: &random)
                    bytes += FrameClient.bytes(
                        0, flags: UInt8.random(in: 0...1, using: &random), stream: stream | 1,
                        payload: [UInt8](repeating: 0x61, count: count))
                default:
                    let count = [0, 4, 5, 6, 8, 12][Int.random(in: 0...5, using: &random)]
                    let payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) & 0x0F }
                    bytes += FrameClient.bytes(
                        UInt8.random(in: 0...10, using: &random), flags: UInt8.random(in: 0...9, using: &random),
                        stream: stream, payload: payload)
                }
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 24..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            return bytes
        }
    }
}

extension TestProxy {
    /// Requests under way, on all routes.
    var inFlight: Double {
        var sum = 0.0
        for line in server.registry.render().split(separator: "\n")
        where line.hasPrefix("waybill_proxy_requests_in_flight{") {
            sum += Double(line.split(separator: " ").last ?? "") ?? 0
        }
        return sum
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
