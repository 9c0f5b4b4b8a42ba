import Interop
import Testing

/// What is JSON (RFC 8259) and what is not, seen through a member that OTLP does not know: checked, then ignored.
@Suite struct JSONStrictnessTests {
    private func refusal(_ value: [UInt8]) -> OTLPError? {
        JSONRequest.refusal(Array(#"{"unknown":"#.utf8) + value + Array("}".utf8))
    }

    @Test(arguments: [
        "0", "-0", "1", "-1", "10", "1.5", "0.5", "1e5", "1E+5", "1e-5", "-0.0e0", "123456789012345678901234567890",
        "true", "false", "null", "[]", "{}", "[1]", "[1,2]", "[[],[[]],{}]", #"{"a":1,"b":[true]}"#,
        #"{"a":1,"a":2}"#, #""""#, #""x""#, #""é名🏦""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000\u00e9\uD83C\uDFE6""#,
        #""\ud800""#, #""\udc00\ud800x""#, " \t\r\n1 ", "[ 1 , 2 ]", "{ \"a\" : 1 }", "\"\u{7F}\"", "\"\u{2028}\"",
        "\"\u{10FFFF}\"", "1e99999", "-1.5E-99999",
    ])
    func taken(_ value: String) {
        #expect(refusal(Array(value.utf8)) == nil, "\(value)")
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-01", "1.", ".5", "1.e5", "1e", "1e+", "0x1", "1_0", "Infinity", "NaN", "-Infinity",
        "True", "tru", "truee", "nul", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1;2]", "{", "{]", "{1:2}",
        #"{"a"}"#, #"{"a":}"#, #"{"a" 1}"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#, #"{a:1}"#, "'a'", #"""#,
        #""a"#, #""\"#, #""\x""#, #""\u12""#, #""\u12G4""#, #""\U0041""#, "\"\u{1}\"", "\"\n\"", "1 2", "// c\n1",
        "/**/1", "[1]]", "{}}", "\u{FEFF}1", "\u{A0}1", "1\u{0}",
    ])
    func refused(_ value: String) {
        let error = refusal(Array(value.utf8))
        #expect(error?.code == .malformed && error?.reason.isEmpty == false, "\(value)")
    }

    @Test func bytesThatAreNotUTF8AreRefusedWhereTheyStand() {
        let cases: [[UInt8]] = [
            [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80],
            [0xE2, 0x82],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF],
        ]
        for bytes in cases {
            for prefix in ["", "a longer run of plain bytes", #"escaped\n"#] {
                let text = Array(prefix.utf8)
                let error = refusal([0x22] + text + bytes + [0x22])
                #expect(error?.reason == "the bytes are not UTF-8", "\(bytes)")
                #expect(error?.offset == #"{"unknown":""#.utf8.count + text.count, "\(bytes)")
                #expect(error?.path == "unknown")
            }
        }
    }

    @Test func aByteOrderMarkIsSkippedBeforeTheDocument() {
        #expect(JSONRequest.refusal([0xEF, 0xBB, 0xBF] + Array("{}".utf8)) == nil)
    }

    @Test func depthAndNumbersHaveLimits() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(refusal(Array(nested(511).utf8)) == nil)
        #expect(refusal(Array(nested(512).utf8))?.reason.contains("deeper than 512") == true)
        #expect(refusal(Array(repeating: 0x5B, count: 5_000_000))?.reason.contains("deeper than 512") == true)
        for digits in ["", "0.", "0e", "0e+"] {
            func number(_ count: Int) -> [UInt8] {
                Array(digits.utf8) + [UInt8](repeating: 0x31, count: count - digits.utf8.count)
            }
            #expect(refusal(number(512)) == nil, "\(digits)")
            #expect(refusal(number(513))?.reason.contains("more than 512") == true, "\(digits)")
            #expect(refusal(number(3_000_000))?.reason.contains("more than 512") == true, "\(digits)")
        }
    }

    @Test func errorsNameThePlace() {
        let cases: [(text: String, path: String, offset: Int)] = [
            ("", "", 0), ("   ", "", 3), ("[]", "", 0), ("{} x", "", 3),
            (#"{"resourceSpans":{}}"#, "resourceSpans", 17),
            (
                #"{"resourceSpans":[{"scopeSpans":[{},{"spans":[{},{"name":5}]}]}]}"#,
                "resourceSpans[0].scopeSpans[1].spans[1].name", 57
            ),
            (#"{"a":{"b":[1,{"c":tru}]}}"#, "a.b[1].c", 18),
            (#"{"a":[1,2"#, "a", 9),
        ]
        for (text, path, offset) in cases {
            let error = JSONRequest.refusal(text)
            #expect(error?.path == path && error?.offset == offset, "\(text): \(error.map { "\($0)" } ?? "taken")")
        }
    }
}
