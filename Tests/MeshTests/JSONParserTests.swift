import Mesh
import Testing

@Suite struct JSONParserTests {
    @Test func valuesAreReadAsWritten() throws {
        let text = #" {"a": [1, -2, 0, 1.5, 1e2, true, false, null, "x\"\\\/\b\f\n\r\té😀"], "": {}} "#
        let value = try JSONParser.parse(Array(text.utf8))
        #expect(
            value
                == .object([
                    .init(
                        "a",
                        .array([
                            .integer(1), .integer(-2), .integer(0), .number(1.5), .number(100), .bool(true),
                            .bool(false), .null, .string("x\"\\/\u{8}\u{C}\n\r\té😀"),
                        ])), .init("", .object([])),
                ]))
        #expect(try JSONParser.parse(Array(value.text.utf8)) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "[1 2]", "01", "-", "1.", "1e", "+1", ".5", "tru", "nulll",
        "\"",
        "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "{1:2}", "[1] 2", "{\"a\":1,\"a\":2}",
        "1e999", "'a'", "NaN",
    ]) func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xC3, 0x22]) }
    }

    @Test func depthIsBounded() throws {
        let fits = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try JSONParser.parse(Array(fits.utf8))
        let deep = Array(String(repeating: "[", count: 1_000_000).utf8)
        let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(deep) }
        #expect(error?.message == "nested more than 64 deep")
    }

    @Test func changedBytesNeverTrap() throws {
        var seed = Seed()
        let original = Array(ProxyConfigurationTests.whole.utf8)
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &seed) {
                bytes[Int.random(in: 0..<bytes.count, using: &seed)] = UInt8.random(in: .min ... .max, using: &seed)
            }
            if Bool.random(using: &seed) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &seed)) }
            guard let configuration = try? ProxyConfiguration(json: bytes) else { continue }
            let again = try ProxyConfiguration(json: Array(configuration.json.text.utf8))
            #expect(again == configuration, seed.comment)
        }
    }
}
