import Glibc
import Mesh
import Testing

extension ProxyTests {
    /// Messages spoilt at random, in frames of random sizes: they pass as they are, whatever can be read of them.
    @Suite(.serialized)
    struct GRPCMessageFuzz {
        private static func spoilt(_ body: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
            var bytes = body
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = .random(in: 0...255, using: &random)
                case 1: bytes.insert(.random(in: 0...255, using: &random), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            return bytes
        }

        @Test func spoiltMessagesPassAsTheyAre() async throws {
            let environment = getenv("WAYBILL_SEED").map { String(cString: $0) }
            let seed = environment.flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
            let rounds = getenv("WAYBILL_SOAK") == nil ? 600 : 50_000
            var random = SeededRandom(seed)
            print("WAYBILL_SEED=\(seed)")
            let plain = GRPCTransactions.message()
            try await GRPCTransactions.with(try GRPCTransactions.field("2.1.3"), look: 4_096) { proxy, client in
                for round in 0..<rounds {
                    let stream = Int32(2 * round + 1)
                    let gzip = Bool.random(using: &random)
                    let isCompressed = Bool.random(using: &random)
                    let message = isCompressed ? GRPCTransactions.compressed(plain, gzip: gzip) : plain
                    let whole = FrameServer.framed(message, flag: isCompressed ? 1 : 0)
                    let isSpoilt = round % 4 != 0
                    let body = isSpoilt ? Self.spoilt(whole, &random) : whole
                    try client.begin(stream: stream, fields: [("grpc-encoding", gzip ? "gzip" : "deflate")])
                    var rest = body[...]
                    while !rest.isEmpty {
                        let piece = rest.prefix(Int.random(in: 1...60, using: &random))
                        rest = rest.dropFirst(piece.count)
                        try client.data(Array(piece), stream: stream, ends: rest.isEmpty)
                    }
                    #expect(try client.answer(stream: stream).body == body, "seed \(seed), round \(round)")
                }
                let spans = try await proxy.sink.spans(rounds)
                #expect(spans.count == rounds, "seed \(seed)")
                for (round, span) in spans.enumerated() where round % 4 == 0 {
                    #expect(span.text("payment.uetr") == GRPCTransactions.id, "seed \(seed), round \(round)")
                }
                // What was spoilt is sometimes still read, and never without a word where it is not sound.
                #expect(spans.contains { $0.text("waybill.transaction.missed") != nil }, "seed \(seed)")
            }
        }
    }
}
