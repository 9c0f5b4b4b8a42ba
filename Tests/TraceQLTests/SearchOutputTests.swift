import CLI
import Foundation
import Telemetry
import Testing
import TraceQL

@Suite struct SearchOutputTests {
    private func trace(_ spans: Int = 37) throws -> SearchLine.Trace {
        let line = """
            {"traceID":"13743dbf7965478339473d5b76179629","rootService":"gateway",
            "rootOperation":"POST /transfers \(String(repeating: "long ", count: 20))",
            "start":"2026-11-23T03:37:30.832000000Z","durationNanoseconds":43700000,"spans":\(spans),"errors":2,
            "matched":3}
            """
        guard case .trace(let trace) = try SearchLine(line.utf8) else { throw CancellationError() }
        return trace
    }

    private func end(cursor: String? = nil, gaps: [String] = []) throws -> SearchLine.End {
        let line = """
            {"end":{"traces":1,"partial":\(!gaps.isEmpty),"gaps":\(gaps),
            "cursor":\(cursor.map { "\"\($0)\"" } ?? "null")}}
            """
        guard case .end(let end) = try SearchLine(line.utf8) else { throw CancellationError() }
        return end
    }

    @Test func aTableOfEightyColumns() throws {
        var output = SearchOutput(.all, width: 80, isColored: false)
        let lines = (output.trace(try trace()) + output.trace(try trace())).split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines[0] == "started (UTC)               took   matched fail trace")
        #expect(lines[1] == "2026-11-23 03:37:30.832  43.7 ms      3/37    2 13743dbf7965478339473d5b76179629")
        #expect(lines[2].hasPrefix("  gateway POST /transfers long"))
        output.include(try end())
        #expect(output.end(isAll: false) == "")
        #expect(output.found == 2)
    }

    @Test func aNarrowTerminalHasAllOfItToo() throws {
        for width in 40...100 {
            var output = SearchOutput(.all, width: width, isColored: false, from: "2026-11-23", to: "now")
            let text = output.trace(try trace(123_456))
            output.include(try end(cursor: String(repeating: "0123456789abcdef", count: 3), gaps: ["It stopped."]))
            let lines = (text + output.end(isAll: false)).split(separator: "\n")
            #expect(lines.allSatisfy { DisplayWidth.of($0) <= width }, "\(width): \(lines)")
            #expect(text.contains("13743dbf7965478339473d5b76179629") && text.contains("3/123456"))
            #expect(text.contains("2026-11-23 03:37:30.832  43.7 ms") && text.contains("gateway POST /tra"))
            let cursor = lines.suffix(width < 48 ? 2 : 1).joined(separator: "\n").replacing("\\\n", with: "")
            #expect(cursor == String(repeating: "0123456789abcdef", count: 3))
        }
    }

    @Test func saysWhatMayBeMissingAndHowToGoOn() throws {
        var output = SearchOutput(.all, width: 80, isColored: false)
        _ = output.trace(try trace())
        output.include(try end(cursor: "abc", gaps: ["The search stopped after 10000 ms."]))
        let end = output.end(isAll: false)
        #expect(end.contains("! The search stopped after 10000 ms."))
        #expect(end.contains("--all") && end.hasSuffix("abc\n"))
    }

    @Test func anEmptyAnswerHelps() throws {
        let query = try TraceQuery.parse("{ span.a = \"x\" }")
        var output = SearchOutput(query, width: 80, isColored: true, from: "1h")
        output.include(try end())
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
