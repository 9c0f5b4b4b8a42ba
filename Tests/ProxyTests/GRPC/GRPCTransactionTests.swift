import CZlib
import Mesh
import Proxy
import Synchronization
import Telemetry
import Testing
import Wire

extension ProxyTests {
    /// Ids from the messages of a call.
    @Suite(.serialized)
    struct GRPCTransactions {
        static let id = "97ed4827-7b6f-4491-a06f-b548d5a7512d"

        static func field(_ path: String, _ type: ProtobufFieldType = .string, method: String? = nil) throws
            -> [TransactionSource]
        {
            let field = GRPCMessageField(try #require(ProtobufFieldPath(path)), type: type, method: method)
            return [TransactionSource(attribute: "payment.uetr", location: .message(field))]
        }

        /// `{1: "bank", 2: {1: {3: id}}}`
        static func message(_ id: String = id) -> [UInt8] {
            let text = Array(id.utf8)
            let inner: [UInt8] = [0x1A, UInt8(text.count)] + text
            let middle: [UInt8] = [0x0A, UInt8(inner.count)] + inner
            let bank: [UInt8] = [0x0A, 4] + Array("bank".utf8)
            return bank + [0x12, UInt8(middle.count)] + middle
        }

        /// So many fields of two bytes each.
        static func small(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for number in 0..<count { bytes += [0x20, UInt8(number & 0x7F)] }
            return bytes
        }

        static func compressed(_ bytes: [UInt8], gzip: Bool) -> [UInt8] {
            var stream = z_stream()
            let bits: Int32 = gzip ? 31 : 15
            deflateInit2_(
                &stream, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
            defer { deflateEnd(&stream) }
            var input = bytes
            var output = [UInt8](repeating: 0, count: bytes.count + 128)
            let count = input.withUnsafeMutableBufferPointer { source in
                output.withUnsafeMutableBufferPointer { target in
                    stream.next_in = source.baseAddress
                    stream.avail_in = UInt32(source.count)
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    deflate(&stream, Z_FINISH)
                    return target.count - Int(stream.avail_out)
                }
            }
            return Array(output[..<count])
        }

        /// A proxy before a server that gives back what it got, for as many calls as `body` makes.
        static func with(
            _ sources: [TransactionSource], look: Int = 65_536, inbound: Bool = false,
            _ body: (TestProxy, FrameClient) async throws -> Void
        ) async throws {
            let upstream = try FrameServer.answering { request in
                .answer([(":status", "200")], body: request.body, trailers: [("grpc-status", "0")])
            }
            let route = Route(
                name: "pay", cluster: "up", transactionSources: sources, maximumBodyLookBytes: look, payment: true)
            try await TestProxy.with(upstream, inbound: inbound, route: route, cluster: { $0.httpProtocol = .http2 }) {
                proxy in
                try await body(proxy, FrameClient(try proxy.connect()))
            }
        }

        @Test(arguments: [true, false]) func anIDInsideAMessage(_ inbound: Bool) async throws {
            try await Self.with(try Self.field("2.1.3"), inbound: inbound) { proxy, client in
                _ = try client.call(stream: 1, message: Self.message())
                let exported = try await proxy.sink.spans(1)
                #expect(exported.map { $0.text("payment.uetr") } == [Self.id])
                #expect(exported[0].text("waybill.transaction.missed") == nil)
                #expect(proxy.sink.all.map(\.delivery) == [.payment])
            }
        }

        /// Every place where a message can be cut between two frames, and all frames of one byte.
        @Test(arguments: [nil, "gzip", "deflate"] as [String?]) func inPieces(_ encoding: String?) async throws {
            let plain = Self.message()
            let body =
                encoding.map { FrameServer.framed(Self.compressed(plain, gzip: $0 == "gzip"), flag: 1) }
                ?? FrameServer.framed(plain)
            let fields = encoding.map { [("grpc-encoding", $0)] } ?? []
            try await Self.with(try Self.field("2.1.3")) { proxy, client in
                var stream: Int32 = 1
                for cut in 1..<body.count {
                    try client.begin(stream: stream, fields: fields)
                    try client.data(Array(body[..<cut]), stream: stream)
                    try client.data(Array(body[cut...]), stream: stream, ends: true)
                    #expect(try client.answer(stream: stream).body == body)
                    stream += 2
                }
                try client.begin(stream: stream, fields: fields)
                for byte in body { try client.data([byte], stream: stream) }
                try client.data([], stream: stream, ends: true)
                #expect(try client.answer(stream: stream).body == body)
                let spans = try await proxy.sink.spans(body.count)
                #expect(spans.count == body.count)
                #expect(spans.allSatisfy { $0.text("payment.uetr") == Self.id })
            }
        }

        /// The upstream has the message, and the span its id, while the caller's stream is still open.
        @Test func aStreamThatGoesOnIsNotHeldUp() async throws {
            let upstream = try FrameServer.answering(beforeItsEnd: true) { request in
                .begin([(":status", "200")], body: request.body)
            }
            let route = Route(name: "pay", cluster: "up", transactionSources: try Self.field("2.1.3"))
            try await TestProxy.with(upstream, route: route, cluster: { $0.httpProtocol = .http2 }) { proxy in
                let client = try FrameClient(try proxy.connect())
                let body = FrameServer.framed(Self.message())
                try client.begin(stream: 1)
                try client.data(body, stream: 1)
                #expect(try client.next().kind == 1)
                #expect(try client.next().payload == body)
                try client.send(3, stream: 1, payload: [0, 0, 0, 8])
                #expect(try await proxy.sink.spans(1).first?.text("payment.uetr") == Self.id)
            }
        }

        @Test func onlyOfTheNamedMethod() async throws {
            try await Self.with(try Self.field("2.1.3", method: "/bank.Ledger/Post")) { proxy, client in
                _ = try client.call("/bank.Ledger/Post", stream: 1, message: Self.message())
                _ = try client.call("/bank.Ledger/Read", stream: 3, message: Self.message())
                _ = try client.call("/bank.Ledger/Post?x=1", stream: 5, message: Self.message())
                let spans = try await proxy.sink.spans(3)
                #expect(spans.map { $0.text("payment.uetr") } == [Self.id, nil, Self.id])
            }
        }

        @Test func theFirstMessageOfAStreamCounts() async throws {
            try await Self.with(try Self.field("2.1.3")) { proxy, client in
                try client.begin(stream: 1)
                try client.data(
                    FrameServer.framed(Self.message("first")) + FrameServer.framed(Self.message("second")), stream: 1,
                    ends: true)
                _ = try client.answer(stream: 1)
                #expect(try await proxy.sink.spans(1).first?.text("payment.uetr") == "first")
            }
        }

        /// A stream may begin with messages that say other things, each compressed or not.
        @Test(arguments: [nil, "gzip"] as [String?], [1, 7, 10_000])
        func aLaterMessageOfAStreamCounts(_ encoding: String?, _ piece: Int) async throws {
            let other: [UInt8] = [0x0A, 4] + Array("bank".utf8)
            func framed(_ message: [UInt8]) -> [UInt8] {
                encoding == nil
                    ? FrameServer.framed(message) : FrameServer.framed(Self.compressed(message, gzip: true), flag: 1)
            }
            let fields = encoding.map { [("grpc-encoding", $0)] } ?? []
            let cases: [(before: Int, id: String?, missed: String?)] = [
                (1, Self.id, nil), (15, Self.id, nil), (16, nil, "beyond_bound"),
            ]
            try await Self.with(try Self.field("2.1.3")) { proxy, client in
                for (index, item) in cases.enumerated() {
                    let before = (0..<item.before).flatMap { $0 == 3 ? framed([]) : framed(other) }
                    let body = before + framed(Self.message()) + framed(Self.message("another"))
                    let stream = Int32(2 * index + 1)
                    try client.begin(stream: stream, fields: fields)
                    for start in stride(from: 0, to: body.count, by: piece) {
                        try client.data(Array(body[start..<min(start + piece, body.count)]), stream: stream)
                    }
                    try client.data([], stream: stream, ends: true)
                    #expect(try client.answer(stream: stream).body == body)
                }
                let spans = try await proxy.sink.spans(cases.count)
                #expect(spans.map { $0.text("payment.uetr") } == cases.map(\.id))
                #expect(spans.map { $0.text("waybill.transaction.missed") } == cases.map(\.missed))
            }
        }

        /// Messages are looked at up to one bound together, and what the first of them tell is kept.
        @Test func laterMessagesShareTheBound() async throws {
            let sources =
                try Self.field("2.1.3")
                + [
                    TransactionSource(
                        attribute: "payment.bank",
                        location: .message(
                            GRPCMessageField(
                                try #require(ProtobufFieldPath("1")))))
                ]
            try await Self.with(sources, look: 256) { proxy, client async throws in
                let bank: [UInt8] = [0x0A, 4] + Array("bank".utf8)
                let long = FrameServer.framed(bank) + (0..<4).flatMap { _ in FrameServer.framed(Self.small(50)) }
                let bodies = [
                    long + FrameServer.framed(Self.message()), FrameServer.framed(bank) + [2, 0, 0, 0, 0],
                    FrameServer.framed(bank),
                ]
                for (index, body) in bodies.enumerated() {
                    let stream = Int32(2 * index + 1)
                    try client.begin(stream: stream)
                    try client.data(body, stream: stream, ends: true)
                    #expect(try client.answer(stream: stream).body == body)
                }
                let spans = try await proxy.sink.spans(bodies.count)
                #expect(spans.map { $0.text("payment.bank") } == ["bank", "bank", "bank"])
                #expect(spans.map { $0.text("payment.uetr") } == [nil, nil, nil])
                #expect(spans.map { $0.text("waybill.transaction.missed") } == ["beyond_bound", "malformed", nil])
            }
        }

        @Test func whatIsMissedIsToldWithItsReason() async throws {
            let good = Self.message()
            let bomb = Self.compressed([UInt8](repeating: 0x20, count: 500_000), gzip: true)
            let cases: [(reason: String?, encoding: String?, body: [UInt8])] = [
                ("encoding", "zstd", FrameServer.framed(good, flag: 1)),
                ("malformed", nil, FrameServer.framed(good, flag: 1)),
                ("malformed", "gzip", FrameServer.framed(good, flag: 1)),
                ("malformed", nil, FrameServer.framed(good, flag: 2)),
                ("malformed", nil, FrameServer.framed([0x12, 0x7F])),
                ("malformed", nil, Array(FrameServer.framed(good).dropLast(9))),
                ("malformed", nil, [0, 0, 0]),
                ("beyond_bound", "gzip", FrameServer.framed(bomb, flag: 1)),
                ("beyond_bound", nil, FrameServer.framed(Self.small(3_000) + good)),
                ("refused", nil, FrameServer.framed(Self.message("a\tb"))),
                // Absent is not missed: no message, an empty one, one without the field.
                (nil, nil, []), (nil, nil, FrameServer.framed([])), (nil, nil, FrameServer.framed([0x0A, 1, 65])),
                // A compression that is named and not used.
                (nil, "zstd", FrameServer.framed([0x0A, 1, 65])),
            ]
            try await Self.with(try Self.field("2.1.3"), look: 4_096) { proxy, client async throws in
                for (index, item) in cases.enumerated() {
                    let stream = Int32(2 * index + 1)
                    try client.begin(stream: stream, fields: item.encoding.map { [("grpc-encoding", $0)] } ?? [])
                    try client.data(item.body, stream: stream, ends: true)
                    #expect(try client.answer(stream: stream).body == item.body)
                }
                let spans = try await proxy.sink.spans(cases.count)
                #expect(spans.map { $0.text("waybill.transaction.missed") } == cases.map(\.reason))
                #expect(spans.allSatisfy { $0.text("payment.uetr") == nil })
                func missed(_ reason: String) -> Double {
                    proxy.counter("waybill_proxy_transaction_ids_missed_total{reason=\"\(reason)\"}")
                }
                #expect(missed("encoding") == 1 && missed("malformed") == 6)
                #expect(missed("beyond_bound") == 2 && missed("refused") == 1)
            }
        }

        /// A field behind more than is looked at is found: what is skipped does not count.
        @Test func aLongMessagePassesBy() async throws {
            try await Self.with(try Self.field("2.1.3"), look: 128) { proxy, client async throws in
                let blob = [UInt8](repeating: 1, count: 12_000)
                let long = [0x3A, 0xE0, 0x5D] + blob + Self.message()
                #expect(try client.call(stream: 1, message: long).body.count == long.count + 5)
                #expect(try await proxy.sink.spans(1).first?.text("payment.uetr") == Self.id)
            }
        }

        @Test func aHeaderComesFirstAndHTTPIsNotLookedInto() async throws {
            let sources =
                [TransactionSource(attribute: "payment.uetr", location: .header("x-id"))] + (try Self.field("2.1.3"))
            try await Self.with(sources) { proxy, client in
                _ = try client.call(stream: 1, message: Self.message(), fields: [("x-id", "H-1")])
                _ = try client.call(stream: 3, message: Self.message())
                try client.headers(FrameClient.request("POST"), stream: 5, ends: false)
                try client.data(FrameServer.framed(Self.message()), stream: 5, ends: true)
                _ = try client.answer(stream: 5)
                let spans = try await proxy.sink.spans(3)
                #expect(spans.map { $0.text("payment.uetr") } == ["H-1", Self.id, nil])
                #expect(spans.allSatisfy { $0.text("waybill.transaction.missed") == nil })
            }
        }
    }
}
