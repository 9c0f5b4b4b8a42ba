import Foundation
import Telemetry
import Testing

/// Zipkin's API as its user interface and Grafana's data source ask it.
@Suite struct ZipkinEndpointTests {
    private let window = "endTs=1700000010000&lookback=60000"

    private func traceIDs(_ collector: RunningCollector, _ query: String) async throws -> [String] {
        let (status, value) = try await collector.json("/api/v2/traces?\(window)&\(query)")
        #expect(status == 200, "\(query): \(value)")
        return try #require(value as? [[[String: Any]]]).compactMap { $0.first?["traceId"] as? String }
    }

    @Test func listsNames() async throws {
        try await withBank { collector in
            for prefix in ["", "/zipkin"] {
                try await collector.expectText(#"["fraud","gateway","ledger"]"#, at: "\(prefix)/api/v2/services")
                try await collector.expectText(
                    #"["POST /pay","call ledger"]"#, at: "\(prefix)/api/v2/spans?serviceName=gateway")
                try await collector.expectText(#"["EUR"]"#, at: "\(prefix)/api/v2/autocompleteValues?key=currency")
            }
            let keys = try await collector.get("/api/v2/autocompleteKeys").text
            #expect(keys.contains(#""amount""#) && !keys.contains("host.name"))
            // Years ago: none in the last day.
            try await collector.expectText("[]", at: "/api/v2/remoteServices?serviceName=gateway")
        }
    }

    @Test func findsTraces() async throws {
        try await withBank { collector in
            let (first, second) = ("000000000000abc1", BankSpans.second.description)
            for (query, expected) in [
                ("serviceName=gateway&spanName=POST%20%2Fpay", [second, first]),
                ("serviceName=gateway&limit=1", [second]),
                ("spanName=all&minDuration=1000000&maxDuration=2000000", [second]),
                ("annotationQuery=error", [second]),
                ("annotationQuery=accepted%20and%20http.status_code%3D200", [first]),
                ("remoteServiceName=ledger", [second, first]), ("serviceName=nobody", []),
            ] {
                let found = try await traceIDs(collector, query)
                #expect(found == expected, "\(query)")
            }
            let (_, early) = try await collector.json("/api/v2/traces?endTs=1700000001000&lookback=60000")
            #expect((early as? [Any])?.count == 1)
        }
    }

    @Test func readsTracesByTheirIDs() async throws {
        try await withBank { collector in
            let (status, value) = try await collector.json("/api/v2/trace/ABC1")
            #expect(status == 200 && (value as? [[String: Any]])?.count == 4)
            let (_, many) = try await collector.json("/api/v2/traceMany?traceIds=abc1,\(BankSpans.second),99")
            #expect((many as? [[Any]])?.map(\.count) == [4, 4])
            let missing = try await collector.get("/api/v2/trace/99")
            #expect(missing.status == 404 && missing.text == "00000000000000000000000000000099 not found\n")
            try await collector.expectText(
                #"[{"parent":"gateway","child":"ledger","callCount":2,"errorCount":1},"#
                    + #"{"parent":"ledger","child":"fraud","callCount":2}]"#,
                at: "/api/v2/dependencies?endTs=1700000010000&lookback=60000")
        }
    }

    @Test func refusalsAreTexts() async throws {
        try await withBank { collector in
            for (path, word) in [
                ("/api/v2/spans", "serviceName"), ("/api/v2/traces?limit=0", "limit"),
                ("/api/v2/traces?maxDuration=5", "minDuration"), ("/api/v2/traces?endTs=soon", "endTs"),
                ("/api/v2/traces?lookback=-1", "lookback"), ("/api/v2/trace/xyz", "hexadecimal"),
                ("/api/v2/traceMany", "traceIds"), ("/api/v2/traceMany?traceIds=1", "single"),
                ("/api/v2/traceMany?traceIds=1,01", "redundant"), ("/api/v2/dependencies", "endTs"),
                ("/api/v2/autocompleteValues", "key"), ("/api/v2/traces?annotationQuery=%3Dx", "annotationQuery"),
            ] {
                let answer = try await collector.get(path)
                #expect(answer.status == 400 && answer.text.contains(word), "\(path): \(answer.text)")
                #expect(answer.headers.first(name: "Content-Type")?.hasPrefix("text/plain") == true)
            }
        }
    }
}
