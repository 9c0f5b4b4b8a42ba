import Storage
import Telemetry
import Testing

/// Filters of values: nothing that is in one is denied, little that is not passes, damage is seen.
@Suite struct SearchValueFilterTests {
    /// As xxHash's own tools print them.
    @Test(
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func hashesAsOthersDo(_ example: (text: String, hash: UInt64)) {
        #expect(Array(example.text.utf8).withUnsafeBytes { XXH64.hash($0, seed: 0) } == example.hash)
    }

    @Test func valuesHashAsDocumented() {
        let bytes: [UInt8] = [1, 1] + Array("http.route".utf8)
        let seed = bytes.withUnsafeBytes { XXH64.hash($0, seed: 0) }
        let value = Array("/pay".utf8).withUnsafeBytes { XXH64.hash($0, seed: seed) }
        #expect(FilterKey(.span, key: "http.route").string("/pay") == value)
        let key = FilterKey(.span, key: "a")
        #expect(key.double(5) == key.int(5))
        #expect(key.double(-0.0) == key.int(0))
        #expect(key.double(.nan) == nil)
        #expect(key.double(5.5) != key.int(5))
        #expect(key.double(0x1p63) != key.int(.max))
        #expect(key.string("5") != key.int(5))
        #expect(FilterKey(.resource, key: "a").string("x") != key.string("x"))
    }

    @Test(arguments: [1, 2, 25, 26, 1000, 3277, 3278, 200_000])
    func holdsWhatItWasGiven(_ count: Int) {
        let seed = SegmentFixture.seed
        var random = SegmentRandom(seed: seed)
        var set = HashSet64()
        var hashes: Set<UInt64> = count == 25 ? [0] : []
        while hashes.count < count { hashes.insert(random.next()) }
        for hash in hashes {
            set.insert(hash)
            set.insert(hash)
        }
        #expect(set.count == count)
        #expect(Set(set) == hashes)
        let filter = set.encoded()
        filter.withUnsafeBytes { filter in
            for hash in hashes {
                #expect(SplitBlockFilter.mayContain(hash, filter) == true, "seed \(seed)")
            }
        }
    }

    @Test func answersFewFalsely() {
        var random = SegmentRandom(seed: SegmentFixture.seed)
        for (bits, limit) in [(8, 0.035), (10, 0.016), (12, 0.007), (16, 0.002)] {
            var set = HashSet64()
            for _ in 0..<200_000 { set.insert(random.next()) }
            let filter = set.encoded(bitsPerHash: bits)
            let probes = 200_000
            let passed = filter.withUnsafeBytes { filter in
                (0..<probes).count { _ in SplitBlockFilter.mayContain(random.next(), filter) == true }
            }
            let share = Double(passed) / Double(probes)
            #expect(share < limit, "\(bits) bits a hash: \(share)")
        }
    }

    @Test func onePageIsEnoughAndDamageIsSeen() throws {
        var random = SegmentRandom(seed: SegmentFixture.seed)
        var set = HashSet64()
        let hashes = (0..<20_000).map { _ in random.next() }
        for hash in hashes { set.insert(hash) }
        let filter = set.encoded()
        for hash in hashes.prefix(500) {
            let range = try #require(SplitBlockFilter.page(of: hash, byteCount: filter.count))
            #expect(range.count <= SplitBlockFilter.pageBytes + 4)
            var page = Array(filter[range])
            #expect(
                page.withUnsafeBytes { SplitBlockFilter.mayContain(hash, page: $0, byteCount: filter.count) } == true)
            page[random.below(page.count)] ^= UInt8(1 << random.below(8))
            #expect(
                page.withUnsafeBytes { SplitBlockFilter.mayContain(hash, page: $0, byteCount: filter.count) } == nil)
        }
        for count in [1, 31, 33, 37, 4096, 4104, filter.count - 1] {
            #expect(SplitBlockFilter.page(of: 1, byteCount: count) == nil, "\(count)")
        }
        #expect([UInt8]().withUnsafeBytes { SplitBlockFilter.mayContain(1, $0) } == false)
    }
}

extension FilterKey {
    fileprivate func string(_ text: String) -> UInt64 { Array(text.utf8).withUnsafeBytes { string($0) } }
}
