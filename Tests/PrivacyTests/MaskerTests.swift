import Privacy
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct MaskerTests {
    private func masked(_ text: String, keeping: [String] = []) -> String {
        Masker().mask(text, keeping: keeping)?.text ?? text
    }

    /// The schemes' published test numbers.
    @Test(arguments: [
        "4111111111111111", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005",
        "371449635398431", "6011111111111117", "3530111333300000", "30569309025904", "38520000023237",
        "6200000000000005", "6304000000000000", "6759649826438453", "2200000000000004", "4000002760003184",
    ])
    func cardNumbersAreMasked(_ number: String) {
        let stars = String(repeating: "*", count: number.count - 10)
        let expected = number.prefix(6) + stars + number.suffix(4)
        #expect(masked("/cards/\(number)/state") == "/cards/\(expected)/state")
        #expect(masked(number) == expected)
        #expect(masked("card\(number)x") == "card\(expected)x")
        #expect(Masker().mask(number)?.rules == [.cardNumber])
    }

    @Test func groupsAreOneNumber() {
        #expect(masked("4111 1111 1111 1111") == "4111 11** **** 1111")
        #expect(masked("/x/4111-1111-1111-1111") == "/x/4111-11**-****-1111")
        #expect(masked("4111%201111%201111+1111") == "4111%2011**%20****+1111")
        #expect(masked("2026-11 3782-822463-10005 7") == "2026-11 3782-82****-*0005 7")
        #expect(masked("4111111111111111 5555555555554444") == "411111******1111 555555******4444")
    }

    @Test func otherNumbersStay() {
        for text in [
            "4111111111111112",  // no check digit
            "7111111111111113",  // no issuer
            "41111111111111111111",  // too long
            "/payments/20261123094500123456", "+49 30 901820", "550e8400-e29b-41d4-a716-446655440000",
            "DE89370400440532013000", "2026-11-23T09:45:00.123456789Z", "/a/b/c", "",
            "411111111111", "4111.1111.1111.1111",
        ] { #expect(masked(text) == text) }
    }

    @Test func transactionIDsAreNeverMasked() {
        let id = "4111111111111111"
        #expect(masked("/payments/\(id)", keeping: [id]) == "/payments/\(id)")
        #expect(masked("/payments/PAY-\(id)-7", keeping: ["PAY-\(id)-7"]) == "/payments/PAY-\(id)-7")
        #expect(masked("/payments/\(id)/5555555555554444", keeping: [id]) == "/payments/\(id)/555555******4444")
        #expect(masked("/cards/\(id)", keeping: ["1111", ""]) == "/cards/411111******1111")
    }

    @Test func secretsAreMasked() {
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl-_x"
        #expect(masked("/session/\(token)/x") == "/session/***/x")
        #expect(masked("authorization: Bearer abcdefgh12345=") == "authorization: Bearer ***")
        #expect(masked("bearer%20abcdefgh12345 follows") == "bearer%20*** follows")
        #expect(masked("GET /x?user=a&password=hunter2&y=1") == "GET /x?user=a&password=***&y=1")
        #expect(masked("pin=1234;token=\"") == "pin=***;token=\"")
        let key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ==\n-----END EC PRIVATE KEY-----"
        #expect(masked(key) == "-----BEGIN EC PRIVATE KEY-----***-----END EC PRIVATE KEY-----")
        #expect(masked("-----BEGIN PRIVATE KEY-----\nMHcCAQ==") == "-----BEGIN PRIVATE KEY-----***")
        #expect(Masker().mask("token=\(token)")?.rules == [.secret])
        for text in ["bearer of news", "a.b.c", "spin=7", "eyJhbG.x", "token: none", "-----BEGIN CERTIFICATE-----"] {
            #expect(masked(text) == text)
        }
    }

    @Test func whatIsTurnedOffStays() {
        #expect(Masker(cardNumbers: false).mask("4111111111111111") == nil)
        #expect(Masker(secrets: false).mask("password=x") == nil)
        #expect(Masker(cardNumbers: false).mask("password=4111111111111111")?.text == "password=***")
    }

    /// Any bytes: no crash, and of card numbers nothing but digits is touched.
    @Test func anyBytes() {
        var random = Seed()
        let comment = random.comment
        let pieces = [
            "4111111111111111", "5555 5555 5555 4444", "%20", "-", " ", "/", "eyJa.b.c", "bearer ", "password=", "&",
            "7",
            "-----BEGIN PRIVATE KEY-----", "-----END ", "\u{e9}", "378282246310005", "0000",
        ].map { Array($0.utf8) }
        var masked = 0
        for _ in 0..<(getenv("WAYBILL_SOAK") == nil ? 3_000 : 300_000) {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                if Bool.random(using: &random) {
                    bytes += pieces[Int.random(in: 0..<pieces.count, using: &random)]
                } else {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                }
            }
            if let once = bytes.withUnsafeBytes({ Masker(secrets: false).mask($0) }) {
                masked += 1
                #expect(once.bytes.count == bytes.count, comment)
                let changed = zip(bytes, once.bytes).filter { $0 != $1 }
                #expect(!changed.isEmpty && changed.allSatisfy { 0x30...0x39 ~= $0 && $1 == 0x2A }, comment)
            }
            if let all = bytes.withUnsafeBytes({ Masker().mask($0) }) { #expect(!all.rules.isEmpty, comment) }
        }
        #expect(masked > 100, comment)
    }
}
