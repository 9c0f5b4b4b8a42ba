import Foundation
import TestSupport
import Testing
import Transport

@Suite struct RevocationListTests {
    /// `openssl ca -gencrl` for an authority `O=bank` with the serials 0x0A and 0x1234, cut to what is read.
    private static func list(entries: [[UInt8]], version: Bool = true) -> [UInt8] {
        let name = sequence([0x31, 0x02, 0x05, 0x00])
        let time: [UInt8] = [0x17, 13] + Array("261123094500Z".utf8)
        let revoked = entries.map { sequence([0x02, UInt8($0.count)] + $0 + time) }.reduce([], +)
        let body =
            (version ? [0x02, 0x01, 0x01] : []) + sequence([]) + name + time + time
            + (entries.isEmpty ? [] : sequence(revoked))
        return sequence(sequence(body) + sequence([]) + [0x03, 0x01, 0x00])
    }

    private static func sequence(_ content: [UInt8]) -> [UInt8] {
        content.count < 0x80
            ? [0x30, UInt8(content.count)] + content
            : [0x30, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }

    private func pem(_ bytes: [UInt8]) -> [UInt8] {
        let text = Data(bytes).base64EncodedString(options: .lineLength64Characters)
        return Array("-----BEGIN X509 CRL-----\n\(text)\n-----END X509 CRL-----\n".utf8)
    }

    @Test func bothFormsAndSeveralLists() throws {
        let list = Self.list(entries: [[0x0A], [0x12, 0x34]])
        #expect(try RevocationList(list, path: "x").count == 2)
        #expect(try RevocationList(Self.list(entries: [[1]], version: false), path: "x").count == 1)
        #expect(try RevocationList(Self.list(entries: []), path: "x").count == 0)
        let many = Self.list(entries: (0..<200).map { [0x01, $0] })
        #expect(try RevocationList(pem(list) + pem(many), path: "x").count == 202)
    }

    @Test func whatIsNoListIsRefused() {
        let list = Self.list(entries: [[0x0A]])
        for bytes in [
            [], Array("text".utf8), Array(list.dropLast()), list + [0], [0x30, 0x80],
            Array("-----BEGIN X509 CRL-----\n!!!!\n-----END X509 CRL-----".utf8),
            Array("-----BEGIN X509 CRL-----\nMAA=".utf8),
        ] { #expect(throws: TLSFileError.self) { try RevocationList(bytes, path: "x") } }
        let error = #expect(throws: TLSFileError.self) { try RevocationList(pem([0x30, 0x00]), path: "lists.pem") }
        #expect(error?.description == "list 1 in lists.pem is not a revocation list (RFC 5280 §5)")
    }

    @Test func brokenListsNeverTrap() {
        let seed = Seed.next()
        let comment = Comment(rawValue: seed.description)
        var random = seed.generator
        let sound = Self.list(entries: [[0x0A], [0x12, 0x34]])
        var refused = 0
        for _ in 0..<5_000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                #expect(try RevocationList(bytes, path: "x").count <= 2, comment)
            } catch { refused += 1 }
        }
        #expect(refused > 0, comment)
    }
}
