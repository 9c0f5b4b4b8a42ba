import Foundation
import TestSupport
import Testing
import Transport

@Suite struct RevocationListTests {
    private static let now = Int64(Date().timeIntervalSince1970)

    private func pem(_ label: String, _ bytes: [UInt8]) -> [UInt8] {
        let text = Data(bytes).base64EncodedString(options: .lineLength64Characters)
        return Array("-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n".utf8)
    }

    private func read(
        _ bytes: [UInt8], _ roots: [ListAuthority], _ intermediates: [ListAuthority] = [],
        replacing old: RevocationList = RevocationList(), now: Int64 = now
    ) throws -> RevocationList {
        try RevocationList(
            bytes, path: "lists.pem", roots: try roots.map { try $0.certificate() },
            intermediates: try intermediates.map { try $0.certificate() }, replacing: old, now: now)
    }

    private func refusal(_ body: () throws -> RevocationList) -> String {
        let error = #expect(throws: TLSFileError.self) { try body() }
        return error?.description ?? ""
    }

    @Test(arguments: ListAuthority.Key.allCases)
    func listsOfEveryKindOfKey(_ key: ListAuthority.Key) throws {
        let authority = try ListAuthority("bank", key)
        let list = try authority.list([try authority.workload("a"), try authority.workload("b")])
        let read = try read(list, [authority])
        #expect(read.count == 2 && read.lists == 1)
        #expect(read.expired(at: Self.now) == 0 && read.expired(at: Self.now + 2 * 86_400) == 1)
        #expect(abs((read.nextUpdate ?? 0) - Self.now - 86_400) < 60)
    }

    @Test(arguments: ["sha384", "sha512"])
    func longerDigests(_ digest: String) throws {
        for key in [ListAuthority.Key.rsa, .p384] {
            let authority = try ListAuthority("bank", key)
            #expect(try read(try authority.list(digest: digest), [authority]).lists == 1)
        }
    }

    @Test func aWeakDigestIsRefused() throws {
        let authority = try ListAuthority("bank", .rsa)
        #expect(refusal { try read(try authority.list(digest: "sha1"), [authority]) }.contains("signed in a way"))
    }

    @Test func bothFormsAndSeveralLists() throws {
        let (one, other) = (try ListAuthority("one"), try ListAuthority("other", .rsa))
        let lists = [try one.list([try one.workload("a")]), try other.list([try other.workload("b")])]
        let both = try read(lists.flatMap { pem("X509 CRL", $0) }, [one, other])
        #expect(both.count == 2 && both.lists == 2)
        #expect(try read(lists[1], [one, other]).count == 1)
    }

    @Test func intermediatesMayStandBesideTheLists() throws {
        let root = try ListAuthority("root")
        let middle = try ListAuthority("middle", signedBy: root)
        let lower = try ListAuthority("lower", signedBy: middle)
        let list = try lower.list([try lower.workload("a")])
        #expect(refusal { try read(list, [root]) }.contains("from O=lower, which is neither a root nor"))
        #expect(refusal { try read(list, [root], [lower]) }.contains("neither a root nor"))
        #expect(try read(list, [root], [lower, middle]).count == 1)
        let beside = try pem("X509 CRL", list) + pem("CERTIFICATE", lower.certificate())
        #expect(try read(beside, [root], [middle]).count == 1)
    }

    @Test func whoMayNotSign() throws {
        let root = try ListAuthority("root")
        let stranger = try ListAuthority("root")
        let list = try stranger.list()
        #expect(refusal { try read(list, [root]) }.contains("was not signed by O=root"))
        #expect(try read(list, [root, stranger]).lists == 1)
        let noLists = try ListAuthority(
            "middle", signedBy: root, extensions: "basicConstraints=CA:TRUE\nkeyUsage=keyCertSign")
        #expect(refusal { try read(try noLists.list(), [root], [noLists]) }.contains("may not sign revocation lists"))
        let leaf = try ListAuthority("leaf", signedBy: root, extensions: "basicConstraints=CA:FALSE")
        #expect(refusal { try read(try leaf.list(), [root], [leaf]) }.contains("neither a root nor"))
        let forged = try ListAuthority("forged", signedBy: stranger)
        #expect(refusal { try read(try forged.list(), [root], [forged]) }.contains("neither a root nor"))
    }

    @Test(arguments: [
        ("2.5.29.27=critical,DER:02:01:01", "is a delta list"),
        ("issuingDistributionPoint=critical,@point\n[point]\nindirectCRL=TRUE", "is an indirect list"),
        ("issuingDistributionPoint=critical,@point\n[point]\nonlysomereasons=keyCompromise", "for some reasons"),
        ("issuingDistributionPoint=critical,@point\n[point]\nonlyAA=TRUE", "for attributes only"),
        ("1.2.840.1.99999=critical,DER:05:00", "the critical extension 1.2.840.1.99999, which is not known"),
    ])
    func whatALabelForbids(_ extensions: String, _ reason: String) throws {
        let authority = try ListAuthority()
        let list = try authority.list(extensions: extensions)
        #expect(refusal { try read(list, [authority]) }.contains(reason))
    }

    @Test(arguments: [
        "issuingDistributionPoint=critical,@point\n[point]\nonlyuser=TRUE",
        "issuingDistributionPoint=critical,@point\n[point]\nfullname=URI:http://bank.test/list",
        "authorityKeyIdentifier=keyid", "1.2.840.1.99999=DER:05:00",
    ])
    func whatALabelAllows(_ extensions: String) throws {
        let authority = try ListAuthority()
        #expect(try read(try authority.list(extensions: extensions), [authority]).lists == 1)
    }

    @Test func timesToComeAndTimesPast() throws {
        let authority = try ListAuthority()
        let list = try authority.list(
            [try authority.workload("a")], times: "-crl_lastupdate 20200101000000Z -crl_nextupdate 20200108000000Z")
        let old = try read(list, [authority])
        #expect(old.count == 1 && old.expired(at: Self.now) == 1 && old.nextUpdate == 1_578_441_600)
        let early = 1_577_836_800 - RevocationList.clockSkewSeconds
        #expect(try read(list, [authority], now: early).lists == 1)
        #expect(refusal { try read(list, [authority], now: early - 1) }.contains("301 s ahead of the clock"))
        // An authority may not go back: someone who brings an old list would free the revoked.
        let new = try read(try authority.list(), [authority], replacing: old)
        #expect(new.count == 0)
        #expect(refusal { try read(list, [authority], replacing: new) }.contains("older than the one that serves"))
        let far = try authority.list(times: "-crl_lastupdate 20500101000000Z -crl_nextupdate 20510101000000Z")
        #expect(try read(far, [authority], now: 2_524_608_000).nextUpdate == 2_556_144_000)
    }

    @Test func whatIsNoListIsRefused() throws {
        let authority = try ListAuthority()
        let list = try authority.list([try authority.workload("a")])
        for bytes in [
            [], Array("text".utf8), list + [0], [0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            try authority.certificate(), Array("-----BEGIN X509 CRL-----\n!!!!\n-----END X509 CRL-----".utf8),
            Array("-----BEGIN X509 CRL-----\nMAA=".utf8),
        ] { _ = refusal { try read(bytes, [authority]) } }
        #expect(
            refusal { try read(pem("X509 CRL", [0x30, 0x00]), [authority]) }
                == "list 1 in lists.pem is not a revocation list (RFC 5280 §5): expected a TBSCertList at byte 2")
    }

    /// Whatever is changed or cut off, the signature does not hold any more; and nothing traps on the way there.
    @Test func tamperedListsAreRefused() throws {
        let authority = try ListAuthority()
        let sound = try authority.list([try authority.workload("a"), try authority.workload("b")])
        let root = try authority.certificate()
        let seed = Seed.next()
        let comment = Comment(rawValue: seed.description)
        var random = seed.generator
        func accepted(_ bytes: [UInt8]) -> Bool {
            (try? RevocationList(bytes, path: "x", roots: [root], now: Self.now)) != nil
        }
        #expect(accepted(sound))
        for count in 0..<sound.count { #expect(!accepted(Array(sound[..<count])), "cut at \(count)") }
        for place in sound.indices {
            var bytes = sound
            bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            #expect(!accepted(bytes), "byte \(place), \(comment)")
        }
        for _ in 0..<(3_000 * Seed.soak) {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let start = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, start + Int.random(in: 0...8, using: &random))
                let count = Int.random(in: 0...8, using: &random)
                bytes.replaceSubrange(
                    start..<end, with: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
                if bytes.isEmpty { bytes = [0x30] }
            }
            if bytes != sound { #expect(!accepted(bytes), comment) }
        }
    }

    @Test func brokenAuthoritiesNeverTrap() throws {
        let (root, middle) = try { ($0, try ListAuthority("middle", signedBy: $0)) }(try ListAuthority("root"))
        let list = try middle.list()
        let certificates = [try root.certificate(), try middle.certificate()]
        let seed = Seed.next()
        var random = seed.generator
        var refused = 0
        for _ in 0..<(3_000 * Seed.soak) {
            var broken = certificates
            let which = Int.random(in: 0...1, using: &random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                broken[which][Int.random(in: 0..<broken[which].count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            let read = try? RevocationList(
                list, path: "x", roots: [broken[0]], intermediates: [broken[1]], now: Self.now)
            if read == nil { refused += 1 }
        }
        #expect(refused > 0, Comment(rawValue: seed.description))
    }
}
