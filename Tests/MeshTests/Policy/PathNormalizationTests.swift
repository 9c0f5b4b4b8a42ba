import Mesh
import Testing

@Suite struct PathNormalizationTests {
    private func apply(_ normalization: PathNormalization, _ target: String) -> String? {
        var target = target
        let outcome = target.withUTF8 { normalization.apply(to: UnsafeRawBufferPointer($0)) }
        switch outcome {
        case .unchanged: return target
        case .rewritten(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .ambiguous: return nil
        }
    }

    @Test(arguments: [
        ("/", "/", "/"), ("/a/b?c", "/a/b?c", "/a/b?c"), ("/a//b", "/a//b", "/a/b"), ("//", "//", "/"),
        ("/a/./b", "/a/b", "/a/b"), ("/a/../b", "/b", "/b"), ("/a//../b", "/a/b", "/b"), ("/a/..", "/", "/"),
        ("/a/.", "/a/", "/a/"), ("/%7e%2D%5f%2e", "/~-_.", "/~-_."), ("/a%2fb", "/a%2Fb", "/a%2Fb"),
        ("/%2e%2e%2fa", "/..%2Fa", "/..%2Fa"), ("/a/%2e%2e/b", "/b", "/b"), ("/..a/b..", "/..a/b..", "/..a/b.."),
        ("/a?b//../%2e", "/a?b//../%2e", "/a?b//../%2e"), ("*", "*", "*"), ("/a/b/.?x", "/a/b/?x", "/a/b/?x"),
    ])
    func whatBecomesOfPaths(_ target: String, _ base: String, _ merged: String) {
        #expect(apply(.none, target) == target)
        #expect(apply(.base, target) == base)
        #expect(apply(.mergeSlashes, target) == merged)
    }

    @Test(arguments: ["/..", "/a/../..", "/%2e%2e", "/%", "/%a", "/%zz", "/%00", "/a\\b", "/a/%0g"])
    func pathsWithoutOneMeaning(_ target: String) {
        #expect(apply(.none, target) == target)
        #expect(apply(.base, target) == nil)
        #expect(apply(.mergeSlashes, target) == nil)
    }

    /// Done once is done; and the rules read what is passed on as they would have read what came.
    @Test func onceIsEnough() {
        var seed = Seed()
        let pieces = ["/", "//", ".", "..", "%2e", "%2F", "%41", "%20", "a", "b%", "\\", "?", ";", "%c3%a9", "%00"]
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...8, using: &seed)
            let target = "/" + (0..<count).map { _ in pieces.randomElement(using: &seed) ?? "" }.joined()
            for normalization in [PathNormalization.base, .mergeSlashes] {
                guard let once = apply(normalization, target) else { continue }
                #expect(apply(normalization, once) == once, "\(target) \(seed.comment)")
                let read = NormalPath.of(target)
                guard normalization == .mergeSlashes, read != .ambiguous else { continue }
                #expect(NormalPath.of(once) == read, "\(target) \(seed.comment)")
            }
        }
    }
}
