import Mesh
import Testing

/// Whatever bytes come, the scanners end, and they agree with themselves about what a cut means.
@Suite struct ExtractorFuzzTests {
    private static let json = Array(
        #"{"a":[1,2.5e-3,{"b":"x\u00e9\\\"y"}],"payment":{"id":"P-1","amount":12},"t":true,"n":null}"#.utf8)

    private static func mutate(_ original: [UInt8], _ seed: inout Seed) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...6, using: &seed) {
            let position = Int.random(in: 0...bytes.count, using: &seed)
            switch Int.random(in: 0..<4, using: &seed) {
            case 0: bytes.insert(UInt8.random(in: .min ... .max, using: &seed), at: position)
            case 1 where position < bytes.count: bytes[position] = UInt8.random(in: .min ... .max, using: &seed)
            case 2 where position < bytes.count: bytes.removeSubrange(position..<min(bytes.count, position + 3))
            default:
                let piece = original[Int.random(in: 0..<original.count, using: &seed)...].prefix(9)
                bytes.insert(contentsOf: piece, at: position)
            }
        }
        return bytes
    }

    /// What was found in the first bytes is what the whole body has first, and an absence does not turn into a finding.
    private static func agrees(_ part: BodyFinding, _ whole: BodyFinding) -> Bool {
        switch (part, whole) {
        case (.beyondBound, _): true
        case (.found(let first), .found(let all)): all.starts(with: first)
        default: part == whole
        }
    }

    @Test func changedJSONIsReadTheSameWithAndWithoutItsTail() throws {
        var seed = Seed()
        for _ in 0..<20_000 {
            let bytes = Self.mutate(Self.json, &seed)
            let cut = Int.random(in: 0...bytes.count, using: &seed)
            let whole = try JSONScannerTests.find("/payment/id", bytes)
            let part = try JSONScannerTests.find("/payment/id", bytes[..<cut], isWhole: false)
            #expect(Self.agrees(part, whole), "\(seed.comment) \(bytes) cut at \(cut)")
            #expect(whole != .beyondBound, seed.comment)
        }
    }

    @Test func changedXMLIsReadTheSameWithAndWithoutItsTail() throws {
        var seed = Seed()
        let original = Array(XMLScannerTests.message.utf8)
        for _ in 0..<10_000 {
            let bytes = Self.mutate(original, &seed)
            let cut = Int.random(in: 0...bytes.count, using: &seed)
            let whole = try XMLScannerTests.find("PmtId/UETR", bytes)
            let part = try XMLScannerTests.find("PmtId/UETR", bytes[..<cut], isWhole: false)
            #expect(Self.agrees(part, whole), "\(seed.comment) \(bytes) cut at \(cut)")
            #expect(whole != .beyondBound, seed.comment)
        }
    }

    @Test func randomBytesEnd() throws {
        var seed = Seed()
        let alphabet = Array("{}[]\":,\\<>/!-?=&;#x0aid \n".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...64, using: &seed)).map { _ in alphabet.randomElement(using: &seed) ?? 0
            }
            #expect(try JSONScannerTests.find("/id", bytes) != .beyondBound, seed.comment)
            #expect(try XMLScannerTests.find("id", bytes) != .beyondBound, seed.comment)
            _ = RequestTarget.query("id", of: String(decoding: bytes, as: UTF8.self))
            _ = RequestTarget.segment(1, of: String(decoding: bytes, as: UTF8.self))
        }
    }
}
