import Testing
import Transport

@Suite struct SPIFFEIDTests {
    @Test(arguments: [
        ("spiffe://bank.example/ns/core/sa/ledger", "bank.example", "/ns/core/sa/ledger"),
        ("spiffe://bank.example", "bank.example", ""), ("spiffe://a_b-1.c/A.b-_9", "a_b-1.c", "/A.b-_9"),
        ("spiffe://d/...", "d", "/..."),
    ]) func partsAreRead(text: String, trustDomain: String, path: String) throws {
        let id = try SPIFFEID(text)
        #expect(id.trustDomain == trustDomain)
        #expect(id.path == path)
        #expect(id.description == text)
    }

    @Test(arguments: [
        "", "spiffe:/d/a", "SPIFFE://d/a", "https://d/a", "spiffe://", "spiffe:///a", "spiffe://D/a", "spiffe://d:80/a",
        "spiffe://u@d/a", "spiffe://d/", "spiffe://d/a/", "spiffe://d//a", "spiffe://d/.", "spiffe://d/a/../b",
        "spiffe://d/a?b", "spiffe://d/a#b", "spiffe://d/a%20b", "spiffe://d/é", "spiffe://d/a b", "spiffe://dé/a",
        "spiffe://\(String(repeating: "d", count: 256))/a", "spiffe://d/\(String(repeating: "a", count: 2048))",
    ]) func otherTextsAreRefused(text: String) {
        #expect(throws: SPIFFEIDError.self) { try SPIFFEID(text) }
    }

    @Test func theLongestFits() throws {
        let text = "spiffe://\(String(repeating: "d", count: 255))/\(String(repeating: "a", count: 2048 - 9 - 255 - 1))"
        #expect(try SPIFFEID(text).description.utf8.count == 2048)
    }

    @Test func rulesAdmitWhomTheyName() throws {
        let ledger = try SPIFFEID("spiffe://bank.example/ledger")
        let other = try SPIFFEID("spiffe://bank.example/other")
        let foreign = try SPIFFEID("spiffe://evil.example/ledger")
        let domain = try SPIFFEID("spiffe://bank.example")
        #expect(
            [ledger, other, foreign, domain].map(PeerRule.anyIn("bank.example").admits) == [true, true, false, false])
        #expect([ledger, other, foreign].map(PeerRule.exactly(ledger).admits) == [true, false, false])
        #expect([ledger, other, foreign].map(PeerRule.oneOf([other, foreign]).admits) == [false, true, true])
    }
}
