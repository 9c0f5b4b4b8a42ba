import Collector
import Foundation
import TestSupport
import Testing

/// What stands in query parameters, read and refused.
@Suite struct ParameterTests {
    @Test func durationsAsGoWritesThem() {
        for (text, expected) in [
            ("0", 0), ("100ms", 100_000_000), ("1.2s", 1_200_000_000), ("1h30m", 5_400_000_000_000), ("5us", 5_000),
            ("5µs", 5_000), ("7ns", 7), ("1d", 86_400_000_000_000), (".5s", 500_000_000),
        ] as [(String, UInt64)] {
            #expect(DurationParameter.nanoseconds(text) == expected, "\(text)")
        }
        for text in ["", "5", "s", "-1s", "1 s", "1x", "1s2", "nan s", "infs", "1e400h", "300y", "9999999999h", "0x1s"]
        {
            #expect(DurationParameter.nanoseconds(text) == nil, "\(text)")
        }
    }

    @Test func timesWithOffsets() {
        let expected: UInt64 = 1_700_000_000_500_000_000
        for text in [
            "2023-11-14T22:13:20.5Z", "2023-11-14T22:13:20.500000000+00:00", "2023-11-15T00:13:20.5+02:00",
            "2023-11-15T00:13:20.5 02:00", "2023-11-14T16:43:20.5-05:30",
        ] {
            #expect(TimeParameter.rfc3339(text) == expected, "\(text)")
        }
        for text in [
            "", "now", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20+2", "2023-13-14T22:13:20+02:00",
            "2023-11-14T22:13:20+24:00", "2023-11-14T22:13:20+02:60", "1970-01-01T00:00:00+01:00",
            "2023-11-14T22:13:20x02:00", "2554-07-21T23:34:33-23:59",
        ] {
            #expect(TimeParameter.rfc3339(text) == nil, "\(text)")
        }
        #expect(TimeParameter.unix("1700000000", .seconds) == 1_700_000_000_000_000_000)
        #expect(TimeParameter.unix("18446744073709551615", .seconds) == .max)
        #expect(TimeParameter.unix("-1", .milliseconds) == nil && TimeParameter.unix("1.5", .microseconds) == nil)
    }

    /// Against Foundation's reader: what is taken means the same, and nothing is taken that is no JSON.
    @Test func tagsAreReadAsJSON() throws {
        let seed = Seed.next()
        var generator = seed.generator
        let pieces = [
            "{", "}", ":", ",", "\"a\"", "\"b\\n\"", "\"\\u00e9\"", "\"\\ud83c\\udfe6\"", "\"\\ud83c\"", "\"é\"",
            "true",
            "false", "1", "-2.5e3", "01", "null", "[]", " ", "\"\"", "\\", "\"", "nan", "Infinity", "\u{1}", "+1", "1.",
        ]
        var taken = 0
        for round in 0..<20_000 {
            var text = ""
            if round % 2 == 0 {
                for _ in 0..<Int.random(in: 0...9, using: &generator) {
                    text += pieces.randomElement(using: &generator)!
                }
            } else {
                let keys = ["\"a\"", "\"é\"", "\"\\t\"", "\"\\ud83c\\udfe6\""].shuffled(using: &generator)
                let values = pieces[4...].shuffled(using: &generator)
                text = "{" + zip(keys.prefix(2), values).map { "\($0):\($1)" }.joined(separator: ",") + "}"
            }
            guard let object = TagObject(text) else { continue }
            taken += 1
            let parsed = try? JSONSerialization.jsonObject(with: Data(text.utf8))
            let expected = try #require(parsed as? [String: Any], "\(seed): \(text)")
            let tags = Dictionary(object.tags.map { ($0.key, $0.value) }) { _, last in last }
            #expect(Set(tags.keys) == Set(expected.keys), "\(seed): \(text)")
            for (key, value) in expected {
                if let string = value as? String { #expect(tags[key] == string, "\(seed): \(text)") }
            }
        }
        #expect(taken > 1000, "\(seed): most of what was tried is refused")
        #expect(TagObject("{" + (0...32).map { "\"\($0)\":\"\"" }.joined(separator: ",") + "}") == nil)
        #expect(TagObject("{\"a\":\"" + String(repeating: "x", count: 20_000) + "\"}") == nil)
    }
}
