import Mesh
import Telemetry
import Testing

@Suite struct TransactionExtractorTests {
    private func source(_ attribute: String, _ location: TransactionSource.Location) -> TransactionSource {
        TransactionSource(attribute: attribute, location: location)
    }

    private func look(
        _ sources: [TransactionSource], target: String = "/", headers: [String: String] = [:], body: String = "",
        isWhole: Bool = true
    ) -> TransactionExtraction {
        let extractor = TransactionExtractor(sources: sources)
        var extraction = TransactionExtraction()
        extractor.head(target: target, header: { headers[$0] }, into: &extraction)
        if extractor.needsBody(after: extraction) {
            Array(body.utf8).withUnsafeBytes { extractor.body($0, isWhole: isWhole, into: &extraction) }
        }
        return extraction
    }

    @Test(arguments: [
        ("/payments/P1", 1, "P1"), ("/payments/P1?x=/y/z", 1, "P1"), ("/a/b%2Fc%20d/", 1, "b/c d"),
        ("/a%zz", 0, "a%zz"),
    ]) func segmentsAreDecoded(target: String, index: Int, value: String) {
        let found = look([source("payment.id", .pathSegment(index))], target: target)
        #expect(found.identifiers == [.init(attribute: "payment.id", value: value)])
    }

    @Test(arguments: [("/payments", 1), ("/payments/", 1), ("/a/b", 2), ("*", 0)])
    func aShorterPathHasNone(target: String, index: Int) {
        #expect(look([source("payment.id", .pathSegment(index))], target: target) == TransactionExtraction())
    }

    @Test(arguments: [
        ("/?id=P1", "P1"), ("/?a=b&id=P1&id=P2", "P1"), ("/?i%64=P%31", "P1"), ("/?id=a+b", "a b"),
        ("/?xid=no&id=P1#id=no", "P1"),
    ]) func queryParametersAreDecoded(target: String, value: String) {
        #expect(look([source("payment.id", .query("id"))], target: target).identifiers.map(\.value) == [value])
    }

    @Test(arguments: ["/", "/?", "/?idx=1", "/?id", "/?id=", "/id=1"]) func aQueryWithoutItHasNone(target: String) {
        #expect(look([source("payment.id", .query("id"))], target: target).identifiers.isEmpty)
    }

    @Test func theFirstSourceOfAnAttributeWins() throws {
        let pointer = try #require(JSONPointer("/id"))
        let sources = [
            source("payment.id", .header("x-id")), source("payment.id", .query("id")),
            source("payment.id", .json(pointer)),
            source("order.id", .query("order")),
        ]
        let first = look(sources, target: "/?id=Q&order=O", headers: ["x-id": " H "], body: #"{"id":"B"}"#)
        #expect(
            first.identifiers == [
                .init(attribute: "payment.id", value: "H"), .init(attribute: "order.id", value: "O"),
            ])
        #expect(look(sources, target: "/?id=Q", body: #"{"id":"B"}"#).identifiers.map(\.value) == ["Q"])
        #expect(look(sources, body: #"{"id":"B"}"#).identifiers.map(\.value) == ["B"])
    }

    @Test func anIdThatCannotBeOneIsRefusedAndCounted() throws {
        let long = String(repeating: "x", count: 10_240)
        let sources = [
            source("a", .header("a")), source("b", .query("b")), source("c", .json(try #require(JSONPointer("/c")))),
            source("d", .header("d")),
        ]
        let found = look(
            sources, target: "/?b=%01", headers: ["a": long, "d": "good"], body: #"{"c":"line\nbreak"}"#)
        #expect(found.identifiers == [.init(attribute: "d", value: "good")])
        #expect(found.refused == 3)
    }

    @Test func notFoundWithinTheBoundIsNotAbsent() throws {
        let sources = [source("payment.id", .json(try #require(JSONPointer("/id"))))]
        let cut = look(sources, body: #"{"pad":"....."#, isWhole: false)
        #expect(cut.beyondBound == 1 && cut.malformed == 0)
        let whole = look(sources, body: #"{"pad":"....."}"#)
        #expect(whole == TransactionExtraction())
        let broken = look(sources, body: "<x/>")
        #expect(broken.malformed == 1 && broken.beyondBound == 0)
    }
}
