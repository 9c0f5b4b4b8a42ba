import CLI
import Foundation
import Telemetry
import Testing
import TraceQL

@Suite struct SearchOutputTests {
    private func page(_ traces: Int, cursor: String? = nil, gaps: [String] = []) throws -> SearchPage {
        let trace = """
            {"traceID":"13743dbf7965478339473d5b76179629","rootService":"gateway",
            "rootOperation":"POST /transfers \(String(repeating: "long ", count: 20))",
            "start":"2026-11-23T03:37:30.832000000Z","durationNanoseconds":43700000,"spans":37,"errors":2,"matched":3}
            """
        let json = """
            {"traces":[\(Array(repeating: trace, count: traces).joined(separator: ","))],"partial":\(!gaps.isEmpty),
            "gaps":\(gaps),"cursor":\(cursor.map { "\"\($0)\"" } ?? "null")}
            """
        return try JSONDecoder().decode(SearchPage.self, from: Data(json.utf8))
    }

    @Test func aTableOfEightyColumns() throws {
        var output = SearchOutput(.all, width: 80, isColored: false)
        let lines = output.page(try page(2)).split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines[0] == "started (UTC)               took   matched fail trace")
        #expect(lines[1] == "2026-11-23 03:37:30.832  43.7 ms      3/37    2 13743dbf7965478339473d5b76179629")
        #expect(lines[2].hasPrefix("  gateway POST /transfers long"))
        #expect(output.end(isAll: false) == "")
        #expect(output.found == 2)
    }

    @Test func saysWhatMayBeMissingAndHowToGoOn() throws {
        var output = SearchOutput(.all, width: 80, isColored: false)
        _ = output.page(try page(1, cursor: "abc", gaps: ["The search stopped after 10000 ms."]))
        let end = output.end(isAll: false)
        #expect(end.contains("! The search stopped after 10000 ms."))
        #expect(end.contains("--all") && end.hasSuffix("abc\n"))
    }

    @Test func anEmptyAnswerHelps() throws {
        let query = try TraceQuery.parse("{ span.a = \"x\" }")
        var output = SearchOutput(query, width: 80, isColored: true, from: "1h")
        #expect(output.page(try page(0)) == "")
        let end = output.end(isAll: false)
        #expect(end.contains("No trace matches { span.a = \"x\" } (from 1h)."))
        #expect(end.contains("waybill search '{ }'"))
    }

    @Test func timesAsPeopleTypeThem() throws {
        let now: UInt64 = 1_700_000_000_000_000_000
        let cases: [(text: String, isEnd: Bool, time: UInt64)] = [
            ("now", false, now), ("90s", false, now - 90_000_000_000), ("1h", false, now - 3_600_000_000_000),
            ("7d", true, now - 604_800_000_000_000), ("1970-01-02", false, 86_400_000_000_000),
            ("1970-01-02", true, 172_799_999_999_999), ("1970-01-01T00:00:01Z", false, 1_000_000_000),
            ("999999999w", false, 0),
        ]
        for (text, isEnd, time) in cases {
            #expect(try SearchTime.parse(text, now: now, isEnd: isEnd, option: "--from") == time)
        }
        for text in ["", "h", "-1h", "yesterday", "1.5h", "2026-13-01"] {
            #expect(throws: (any Error).self) {
                try SearchTime.parse(text, now: now, isEnd: false, option: "--from")
            }
        }
    }
}
