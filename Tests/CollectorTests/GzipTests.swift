import CZlib
import Collector
import TestSupport
import Testing

@Suite struct GzipTests {
    @Test func inflatesWhatWasDeflated() throws {
        let plain = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        #expect(try inflate(gzip(plain), limit: plain.count) == plain)
        #expect(try inflate(gzip([]), limit: 10) == [])
        #expect(try inflate(gzip([1, 2]) + gzip([3]), limit: 10) == [1, 2, 3], "members one after another")
    }

    @Test func aBombCostsItsLimit() throws {
        let bomb = gzip([UInt8](repeating: 0, count: 64 << 20))
        #expect(bomb.count < 100_000)
        #expect(throws: Gzip.Failure.tooLarge(limit: 1 << 20)) { try inflate(bomb, limit: 1 << 20) }
    }

    @Test func refusesWhatIsNoStream() {
        #expect(throws: Gzip.Failure.self) { try inflate(Array("certainly not gzip".utf8), limit: 100) }
        #expect(throws: Gzip.Failure.truncated) { try inflate(Array(gzip([1, 2, 3]).dropLast(6)), limit: 100) }
        #expect(throws: Gzip.Failure.self) { try inflate([], limit: 100) }
    }

    /// Every way of cutting and flipping a stream ends in an error or in bytes, never in a crash or beyond the limit.
    @Test func survivesDamage() {
        let seed = Seed.next()
        var generator = seed.generator
        let stream = gzip((0..<5_000).map { _ in UInt8.random(in: 0...15, using: &generator) })
        for _ in 0..<2_000 {
            var damaged = stream
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            damaged.removeLast(Int.random(in: 0..<damaged.count, using: &generator))
            let output = (try? inflate(damaged, limit: 6_000)) ?? []
            #expect(output.count <= 6_000, "\(seed)")
        }
    }

    private func inflate(_ bytes: [UInt8], limit: Int) throws -> [UInt8] {
        let result: Result<[UInt8], Gzip.Failure> = bytes.withUnsafeBytes { bytes in
            do throws(Gzip.Failure) { return .success(try Gzip.inflate(bytes, limit: limit)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
