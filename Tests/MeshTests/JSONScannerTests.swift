import Mesh
import Testing

@Suite struct JSONScannerTests {
    static func find(_ pointer: String, _ body: some Collection<UInt8>, isWhole: Bool = true) throws -> BodyFinding {
        let pointer = try #require(JSONPointer(pointer))
        return Array(body).withUnsafeBytes { JSONScanner.find(pointer, in: $0, isWhole: isWhole) }
    }

    private func found(_ text: String) -> BodyFinding { .found([Array(text.utf8)]) }

    @Test(arguments: [
        ("/id", #"{"id":"P1"}"#, "P1"), ("/id", #" { "x" : [1,{"id":"no"}] , "id" : "P1" } "#, "P1"),
        ("/payment/id", #"{"id":"no","payment":{"x":{},"id":"P1"}}"#, "P1"), ("/0/id", #"[{"id":"P1"}]"#, "P1"),
        ("/a/2", #"{"a":[[],{"b":"]"},"P1"]}"#, "P1"), ("/id", #"{"id":4711}"#, "4711"),
        ("/id", #"{"id":-1.5e3}"#, "-1.5e3"),
        ("/a~1b/m~0n", #"{"a/b":{"m~n":"P1"}}"#, "P1"), ("/", #"{"":"P1"}"#, "P1"), ("/id", #"{"\u0069d":"P1"}"#, "P1"),
        ("/id", #"{"id":"P\u00e9\"\\"}"#, "Pé\"\\"), ("/id", #"{"s":"\\\"}","id":"P1"}"#, "P1"), ("/0", "[7]", "7"),
        ("/id", "\u{FEFF}{\"id\":\"P1\"}", "P1"), ("/01", #"{"01":"P1"}"#, "P1"),
    ]) func theValueIsFound(pointer: String, body: String, value: String) throws {
        #expect(try Self.find(pointer, body.utf8) == found(value))
    }

    @Test(arguments: [
        ("/id", "{}"), ("/id", #"{"ID":"P1"}"#), ("/id", "[]"), ("/id", "7"), ("/id", #""text""#),
        ("/id", #"{"id":null}"#),
        ("/id", #"{"id":true}"#), ("/id", #"{"id":{"id":"P1"}}"#), ("/id", #"{"id":["P1"]}"#), ("/1", #"["P1"]"#),
        ("/01", #"["a","P1"]"#), ("/-", #"["P1"]"#), ("/id", ""), ("/id", "  \n"), ("/a/b", #"{"a":"b"}"#),
    ]) func nothingThereIsAbsent(pointer: String, body: String) throws {
        #expect(try Self.find(pointer, body.utf8) == .absent)
    }

    @Test(arguments: [
        "{", "{]", "{\"a\" 1}", "<xml/>", "hello", #"{"id":"P1"#, #"{"id":"\q"}"#, #"{a:1}"#, "{\"a\":1 \"b\":2}",
    ])
    func whatBreaksTheRulesOnTheWayIsMalformed(body: String) throws {
        #expect(try Self.find("/id", body.utf8) == .malformed)
    }

    @Test func everyCutBodyIsBeyondTheBoundOrFound() throws {
        let body = Array(
            #"{"note":"a \"quoted\" word","list":[1,2,{"k":[true]}],"payment":{"amount":12.50,"id":"P-4711"},"z":1}"#
                .utf8)
        let value = Array("P-4711".utf8)
        let ends = body.indices.filter {
            body[$0...].starts(with: Array("\",\"z\"".utf8)) || body[$0...].starts(with: Array("\"},\"z\"".utf8))
        }
        let end = try #require(ends.first)
        for length in 0...body.count {
            let finding = try Self.find("/payment/id", body[..<length], isWhole: false)
            #expect(finding == (length > end ? .found([value]) : .beyondBound), "length \(length)")
        }
    }

    @Test func aNumberAtTheBoundMayGoOn() throws {
        #expect(try Self.find("/id", #"{"id":47"#.utf8, isWhole: false) == .beyondBound)
        #expect(try Self.find("/id", #"{"id":47}"#.utf8, isWhole: false) == found("47"))
    }

    @Test func depthIsBounded() throws {
        let deep = #"{"x":"# + String(repeating: "[", count: 65)
        #expect(try Self.find("/id", deep.utf8, isWhole: false) == .malformed)
        let fits = #"{"x":"# + String(repeating: "[", count: 64) + String(repeating: "]", count: 64) + #","id":1}"#
        #expect(try Self.find("/id", fits.utf8) == found("1"))
    }

    @Test(arguments: ["", "id", "/~", "/~2", String(repeating: "/a", count: 17)]) func badPointersAreRefused(
        text: String
    ) {
        #expect(JSONPointer(text) == nil)
    }
}
