import Mesh
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"), ("fd00::", "fd00::"),
        ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("::ffff:10.1.2.3", "::ffff:a01:203"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ]) func addressesAreReadAndWritten(text: String, written: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.0.1", "10.0.0.256", "010.0.0.1", "10.0.0.1 ", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::", "g::", "::1%lo", "+1::", "::10.1.2.3.4", "10.0.0.1::", "1:",
    ]) func othersAreRefused(text: String) { #expect(IPAddress(text) == nil) }

    /// The C library's reader is the judge.
    @Test func readingAgreesWithTheSystem() {
        var seed = Seed()
        let alphabet = Array("0123456789abcdefF::::..%+/ g")
        let sound = ["2001:db8::1:0:0:1", "::ffff:10.1.2.3", "10.20.30.40", "fe80::1", "::", "1:2:3:4:5:6:7:8"]
        for _ in 0..<30_000 {
            var text = Array(sound[Int.random(in: 0..<sound.count, using: &seed)])
            for _ in 0..<Int.random(in: 0...3, using: &seed) {
                let place = Int.random(in: 0...text.count, using: &seed)
                let letter = alphabet[Int.random(in: 0..<alphabet.count, using: &seed)]
                switch Int.random(in: 0..<3, using: &seed) {
                case 0 where place < text.count: text.remove(at: place)
                case 1 where place < text.count: text[place] = letter
                default: text.insert(letter, at: place)
                }
            }
            let ours = IPAddress(String(text))
            var bytes = [UInt8](repeating: 0, count: 16)
            if inet_pton(AF_INET, String(text), &bytes) == 1 {
                #expect(ours == IPAddress(bytes: bytes[0..<4]), "\(String(text)), \(seed.comment)")
            } else if inet_pton(AF_INET6, String(text), &bytes) == 1 {
                #expect(ours == IPAddress(bytes: bytes), "\(String(text)), \(seed.comment)")
                #expect(ours.map { IPAddress($0.description) } == ours, "\(String(text)), \(seed.comment)")
            } else {
                #expect(ours == nil, "\(String(text)), \(seed.comment)")
            }
        }
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"),
        ("fd00::/8", "fd00::/8"), ("2001:db8:0:1::/64", "2001:db8:0:1::/64"), ("::1", "::1/128"),
        ("2001:db8::8000/113", "2001:db8::8000/113"),
    ]) func blocksAreReadAndWritten(text: String, written: String) throws {
        #expect(try #require(CIDR(text)).description == written)
    }

    @Test(arguments: ["10.0.0.0/33", "10.1.0.0/8", "fd00::1/8", "::/129", "10.0.0.0/", "10.0.0.0/-1", "/8", "x/8"])
    func noBlocks(text: String) { #expect(CIDR(text) == nil) }
}
