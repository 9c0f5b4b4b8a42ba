import Glibc
import NIOCore
import NIOHPACK
import Proxy
import Testing

/// Header compression: what RFC 7541 shows, what another implementation reads and writes, and what is refused.
@Suite struct HPACKTests {
    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.filter { $0 != 0x20 }.map { UInt8($0 < 0x3A ? $0 - 0x30 : $0 - 0x57) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    static func decode(_ decoder: inout HeaderDecoder, _ block: [UInt8]) -> (HeaderList, HeaderDecoder.Failure?) {
        var list = HeaderList()
        let failure = block.withUnsafeBytes { decoder.decode($0, into: &list) }
        return (list, failure)
    }

    static func pairs(_ list: HeaderList) -> [String] {
        list.entries.indices.map {
            String(decoding: list.name($0), as: UTF8.self) + ": " + String(decoding: list.value($0), as: UTF8.self)
        }
    }

    /// RFC 7541 Appendix C.3 and C.4: the same three requests, plain and in Huffman's code.
    @Test(arguments: [
        [
            "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
            "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        ],
        [
            "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        ],
    ])
    func requestsOfTheStandard(_ blocks: [String]) {
        var decoder = HeaderDecoder(maximumListBytes: 1_000)
        var encoder = HeaderEncoder()
        let expected = [
            [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
            [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
            [
                ":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com",
                "custom-key: custom-value",
            ],
        ]
        for (block, fields) in zip(blocks, expected) {
            let (list, failure) = Self.decode(&decoder, Self.bytes(block))
            #expect(failure == nil && Self.pairs(list) == fields)
            // This encoder makes the shorter ones.
            if blocks[0].contains("8cf1e3c2") {
                #expect(encoder.encode(list) == Self.bytes(block))
            }
        }
    }

    /// RFC 7541 Appendix C.6, but for the size of its table: dates and cookies in Huffman's code.
    @Test func anAnswerOfTheStandard() {
        var decoder = HeaderDecoder(maximumListBytes: 1_000)
        let block =
            "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3"
        let (list, failure) = Self.decode(&decoder, Self.bytes(block))
        #expect(failure == nil)
        #expect(
            Self.pairs(list) == [
                ":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT",
                "location: https://www.example.com",
            ])
        #expect(Self.decode(&decoder, Self.bytes("4883640effc1c0bf")).0.entries.count == 4)
    }

    @Test(arguments: [
        ("80", "the index 0"), ("be", "the index 62, which no table has"), ("ffffff03", "which no table has"),
        ("400a61", "a string is longer than its block"), ("40", "a field ends too early"),
        ("4001", "a string is longer than its block"), ("400161", "a field ends too early"),
        ("ff8080808001", "an integer of more than five bytes"), ("ff80", "an integer ends too early"),
        ("8220", "a table size update is out of its place"), ("202020", "a table size update is out of its place"),
        ("3fe21f", "a table size update to 4097 bytes"),
        // Padding of more than seven bits, of zeros, and the end of string itself.
        ("00016182ffff", "no sound Huffman"), ("0001618100", "no sound Huffman"),
        ("00016184fffffffc", "no sound Huffman"),
    ])
    func whatIsRefused(_ block: String, _ sentence: String) {
        var decoder = HeaderDecoder(maximumListBytes: 1_000)
        guard case .malformed(let found) = Self.decode(&decoder, Self.bytes(block)).1 else {
            Issue.record("\(block) was taken")
            return
        }
        #expect(found.contains(sentence), "\(found)")
    }

    @Test func aListThatIsTooLong() {
        var decoder = HeaderDecoder(maximumListBytes: 100)
        #expect(Self.decode(&decoder, Self.bytes("8282")).1 == nil)
        #expect(Self.decode(&decoder, Self.bytes("828282")).1 == .listTooLong)
    }

    private struct Field {
        var name: String
        var value: String
        var indexing: HeaderList.Indexing
    }

    private static func field(_ random: inout SeededRandom) -> Field {
        let names = [
            ":status", ":path", "date", "cookie", "x-a", "x-long-name-of-a-field", "content-type", "grpc-status",
        ]
        var value = ""
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            let digit = Int.random(in: 0...9, using: &random)
            value.unicodeScalars.append(
                digit < 8
                    ? Unicode.Scalar(UInt8.random(in: 0x20...0x7E, using: &random))
                    : Unicode.Scalar(UInt16.random(in: 0x80...0x7FF, using: &random)) ?? "?")
        }
        // Some come again, as they do.
        if Bool.random(using: &random) { value = String(value.prefix(1)) }
        if Int.random(in: 0...50, using: &random) == 0 { value = String(repeating: "v", count: 5_000) }
        return Field(
            name: names[Int.random(in: 0..<names.count, using: &random)], value: value,
            indexing: [.indexable, .indexable, .nonIndexable, .neverIndexed][Int.random(in: 0...3, using: &random)])
    }

    /// Both ways against swift-nio-http2's implementation, tables and their changes of size included.
    @Test func anotherImplementationAgrees() throws {
        let environment = getenv("WAYBILL_SEED").map { String(cString: $0) }
        let seed = environment.flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
        print("WAYBILL_SEED=\(seed)")
        var random = SeededRandom(seed)
        for _ in 0..<(getenv("WAYBILL_SOAK") == nil ? 30 : 3_000) {
            var ours = HeaderEncoder()
            var theirs = HPACKEncoder(allocator: ByteBufferAllocator())
            var readsTheirs = HeaderDecoder(maximumListBytes: 1 << 20)
            var readsOurs = HPACKDecoder(
                allocator: ByteBufferAllocator(), maxDynamicTableSize: 4_096, maxHeaderListSize: 1 << 20)
            for _ in 0..<20 {
                if Int.random(in: 0...5, using: &random) == 0 {
                    let size = Int.random(in: 0...4_096, using: &random)
                    ours.limitTable(size)
                    try theirs.setDynamicTableSize(size)
                }
                let fields = (0..<Int.random(in: 1...12, using: &random)).map { _ in Self.field(&random) }
                var list = HeaderList()
                var other = HPACKHeaders()
                for field in fields {
                    Array(field.name.utf8).withUnsafeBytes { name in
                        Array(field.value.utf8).withUnsafeBytes { list.add(name, $0, field.indexing) }
                    }
                    let indexing: HPACKIndexing =
                        switch field.indexing {
                        case .indexable: .indexable
                        case .nonIndexable: .nonIndexable
                        case .neverIndexed: .neverIndexed
                        }
                    other.add(name: field.name, value: field.value, indexing: indexing)
                }
                let expected = fields.map { "\($0.name): \($0.value)" }
                var block = ByteBuffer(bytes: ours.encode(list))
                let read = try readsOurs.decodeHeaders(from: &block)
                #expect(read.map { "\($0.name): \($0.value)" } == expected, "seed \(seed)")
                var theirBlock = ByteBuffer()
                try theirs.encode(headers: other, to: &theirBlock)
                let (found, failure) = Self.decode(&readsTheirs, Array(theirBlock.readableBytesView))
                #expect(failure == nil && Self.pairs(found) == expected, "seed \(seed)")
                for (entry, field) in zip(found.entries, fields) where field.indexing == .neverIndexed {
                    #expect(entry.indexing == .neverIndexed)
                }
            }
        }
    }

    /// Whatever comes: an end, and a list within its bound that means the same when it is sent on.
    @Test func randomBlocks() {
        let environment = getenv("WAYBILL_SEED").map { String(cString: $0) }
        let seed = environment.flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
        print("WAYBILL_SEED=\(seed)")
        var random = SeededRandom(seed)
        for _ in 0..<(getenv("WAYBILL_SOAK") == nil ? 5_000 : 1_000_000) {
            var decoder = HeaderDecoder(maximumListBytes: 4_000)
            for _ in 0..<4 {
                let block = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                let (list, failure) = Self.decode(&decoder, block)
                if failure == nil {
                    #expect(list.bytes.count + list.entries.count * 32 <= 4_000, "seed \(seed)")
                    var encoder = HeaderEncoder()
                    var again = HeaderDecoder(maximumListBytes: 8_000)
                    #expect(Self.pairs(Self.decode(&again, encoder.encode(list)).0) == Self.pairs(list), "seed \(seed)")
                }
            }
        }
    }
}

extension ProxyTests {
    /// Values are bytes: what is no UTF-8 passes as it is, whichever versions are spoken on the way.
    @Suite(.serialized)
    struct FieldBytes {
        @Test func passUnchanged() async throws {
            let value: [UInt8] = [0x63, 0x61, 0x66, 0xE9, 0x20, 0xFF, 0x80, 0xC3, 0x28]
            let upstream = try TestUpstream { socket, _ in
                while true {
                    var seen: [UInt8] = []
                    while true {
                        let line = try socket.readLineBytes()
                        if line.isEmpty { break }
                        if line.starts(with: "x-name: ".utf8) { seen = Array(line.dropFirst(8)) }
                    }
                    try socket.write(
                        Array("HTTP/1.1 200 OK\r\nx-name: ".utf8) + seen + Array("\r\ncontent-length: 0\r\n\r\n".utf8))
                }
            }
            try await HTTP2Requests.pair(upstream) { near, _ in
                let client = try near.connect()
                for _ in 0..<3 {
                    try client.write(
                        Array("GET / HTTP/1.1\r\nhost: a\r\nx-name: ".utf8) + value + Array("\r\n\r\n".utf8))
                    var seen: [UInt8] = []
                    while true {
                        let line = try client.readLineBytes()
                        if line.isEmpty { break }
                        if line.starts(with: "x-name: ".utf8) { seen = Array(line.dropFirst(8)) }
                    }
                    #expect(seen == value)
                }
            }
        }
    }
}
