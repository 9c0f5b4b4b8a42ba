import Glibc
import NIOCore
import Proxy
import Testing

@Suite
struct MessageParsing {
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static var seed: UInt64 {
        getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
    }

    @Test func aSoundHead() {
        var head = RequestHead(limits: MessageLimits())
        let fault = head.parse(
            ByteBuffer(string: "POST /a?b HTTP/1.1\r\nHost:  x.example:80 \r\nContent-Length: 12\r\nA-B: c d\t\r\n\r\n")
        )
        #expect(fault == nil)
        #expect(head.methodText == "POST")
        #expect(head.target == "/a?b")
        #expect(head.authority == "x.example:80")
        #expect(head.body == .fixed(12))
        #expect(head.wantsKeepAlive)
        #expect(head.fields.value(named: "a-b") == "c d")
    }

    /// Eight bytes are looked at together: each byte is taken or refused wherever it stands, as RFC 9110 §5.5 says.
    @Test func everyByteInEveryPlaceOfAValue() {
        for length in 1...19 {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var value = [UInt8](repeating: 0xE4, count: length)
                    value[place] = byte
                    var head = RequestHead(limits: MessageLimits())
                    let fault = head.parse(
                        ByteBuffer(
                            bytes: Array("GET / HTTP/1.1\r\nHost: a\r\nb: ".utf8) + value + Array("\r\n\r\n".utf8)))
                    #expect((fault == nil) == (byte >= 0x20 && byte != 0x7F || byte == 0x09), "\(byte) at \(place)")
                    if fault == nil, byte != 0x20, byte != 0x09 {
                        let bytes = head.fields.bytes
                        #expect(bytes.getBytes(at: bytes.writerIndex - length - 4, length: length) == value)
                    }
                }
            }
        }
    }

    @Test func lengthsOfResponses() {
        let cases: [(String, HTTPMethod, BodyLength)] = [
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", .get, .fixed(5)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", .head, .none),
            ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", .get, .none),
            ("HTTP/1.1 204 No Content\r\n\r\n", .get, .none),
            ("HTTP/1.1 200 \r\n\r\n", .get, .untilClose),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n", .get, .chunked),
        ]
        for (text, method, expected) in cases {
            var head = ResponseHead(limits: MessageLimits())
            #expect(head.parse(ByteBuffer(string: text), answering: method) == nil, "\(text)")
            #expect(head.body == expected, "\(text)")
        }
    }

    /// However a chunked body is cut into pieces, the same content comes out.
    @Test func chunkedBodiesInAnyPieces() {
        let seed = Self.seed
        var random = Seeded(state: seed)
        for _ in 0..<300 {
            var content: [UInt8] = []
            var encoded: [UInt8] = []
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let piece = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                content += piece
                encoded += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [0x0D, 0x0A]
            }
            encoded += Array("0\r\nX: y\r\n\r\nNEXT".utf8)
            var decoder = BodyDecoder(limits: MessageLimits())
            decoder.start(.chunked)
            var buffer = ByteBuffer()
            var seen: [UInt8] = []
            var trailers: ByteBuffer?
            var offset = 0
            feeding: while true {
                switch decoder.next(&buffer) {
                case .content(let piece): seen += Array(piece.readableBytesView)
                case .end(let lines):
                    trailers = lines
                    break feeding
                case .fault(let fault):
                    Issue.record("seed \(seed): \(fault)")
                    return
                case .needsMore:
                    guard offset < encoded.count else {
                        Issue.record("seed \(seed): the body does not end")
                        return
                    }
                    let count = min(encoded.count - offset, Int.random(in: 1...9, using: &random))
                    buffer.writeBytes(encoded[offset..<(offset + count)])
                    offset += count
                }
            }
            buffer.writeBytes(encoded[offset...])
            #expect(seen == content, "seed \(seed)")
            #expect(trailers.map { String(buffer: $0) } == "X: y\r\n\r\n", "seed \(seed)")
            #expect(String(buffer: buffer) == "NEXT", "seed \(seed)")
        }
    }

    /// Damaged heads never trap, and what is taken holds no byte that could end a line early.
    @Test func damagedHeads() {
        let seed = Self.seed
        var random = Seeded(state: seed)
        let sound = Array(
            "POST /a/b?c=d HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: x, y\r\nExpect: 100-continue\r\n\r\n"
                .utf8)
        var head = RequestHead(limits: MessageLimits())
        var response = ResponseHead(limits: MessageLimits())
        for _ in 0..<50_000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes.randomElement(using: &random) ?? 0, at: index)
                }
            }
            let fault = head.parse(ByteBuffer(bytes: bytes))
            if fault == nil {
                #expect(head.target.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }, "seed \(seed)")
                #expect(head.authority.utf8.allSatisfy { $0 > 0x20 }, "seed \(seed)")
            }
            _ = response.parse(ByteBuffer(bytes: bytes), answering: .get)
            var decoder = BodyDecoder(limits: MessageLimits())
            decoder.start(.chunked)
            var buffer = ByteBuffer(bytes: bytes)
            while case .content = decoder.next(&buffer) {}
        }
    }
}
