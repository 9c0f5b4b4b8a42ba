import NIOCore
import Proxy
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Bytes come in pieces of any size, and from anyone.
@Suite struct ClientHelloFuzz {
    private static func read(_ bytes: some Sequence<UInt8>) -> ClientHello.Reading {
        ClientHello.read(ByteBuffer(bytes: bytes))
    }

    private static func seeded() -> (SeededRandom, Comment) {
        let given = getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        return (SeededRandom(seed), "WAYBILL_SEED=\(seed)")
    }

    private static let soak = getenv("WAYBILL_SOAK") == nil ? 1 : 50

    @Test(arguments: [16_384, 100, 7, 1]) func everyCutIsIncomplete(fragment: Int) {
        let hello = ProxyTests.TLSPassthrough.hello("card.example", fragment: fragment)
        for count in 0..<hello.count { #expect(Self.read(hello[..<count]) == .incomplete, "cut at \(count)") }
        #expect(Self.read(hello) == .complete(serverName: "card.example"))
        #expect(Self.read(hello + [0, 1, 2]) == .complete(serverName: "card.example"))
    }

    /// What is said of the first bytes stays true when more come: a connection is neither refused nor let in too early.
    @Test func changedHellosAreReadTheSameInPieces() {
        var (random, seed) = Self.seeded()
        for _ in 0..<5_000 * Self.soak {
            let fragment = [16_384, 60, 9].randomElement(using: &random) ?? 60
            var hello = ProxyTests.TLSPassthrough.hello(
                Bool.random(using: &random) ? "a.card.example" : nil, fragment: fragment)
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let place = Int.random(in: 0..<hello.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: hello[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: hello.remove(at: place)
                default: hello.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
                }
            }
            let whole = Self.read(hello)
            var count = 0
            while count < hello.count {
                let part = Self.read(hello[..<count])
                #expect(part == .incomplete || part == whole, "\(seed) cut at \(count): \(hello)")
                count += Int.random(in: 1...12, using: &random)
            }
            if case .complete(let name?) = whole {
                #expect((1...255).contains(name.utf8.count) && name == name.lowercased(), seed)
            }
        }
    }

    @Test func randomBytesEnd() {
        var (random, seed) = Self.seeded()
        for _ in 0..<20_000 * Self.soak {
            var bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            if bytes.count > 5, Bool.random(using: &random) {
                bytes.replaceSubrange(0..<6, with: [22, 3, 1, 0, 40, 1])
            }
            if case .complete(let name?) = Self.read(bytes) {
                #expect((1...255).contains(name.utf8.count), seed)
            }
        }
    }

    @Test func limitsAreNamed() {
        #expect(
            Self.read([22, 3, 1, 0x40, 1]) == .malformed("byte 3: 16385 is not the length of a TLS record"))
        #expect(Self.read([22, 3, 1, 0, 0]) == .malformed("byte 3: 0 is not the length of a TLS record"))
        #expect(
            Self.read([22, 3, 1, 0, 4, 1, 1, 0, 1])
                == .malformed("byte 6: a ClientHello of 65537 bytes; at most 65536 are taken"))
        // Records of one byte each: their headers count.
        let records = [[UInt8]](repeating: [22, 3, 1, 0, 1, 0], count: 20_000).flatMap(\.self)
        let small: [UInt8] = [22, 3, 1, 0, 4, 1, 0, 0xFF, 0xFF] + records
        #expect(Self.read(small) == .malformed("the ClientHello is longer than 65536 bytes"))
        let name = String(repeating: "a", count: 256)
        #expect(
            Self.read(ProxyTests.TLSPassthrough.hello(name))
                == .malformed("the server_name extension does not hold a host name of 1 to 255 characters"))
    }
}
