import Foundation
import Telemetry
import Testing

/// Jaeger's API as its user interface and Grafana's data source ask it.
@Suite struct JaegerEndpointTests {
    /// Every span lies in this window, in microseconds.
    private let window = "start=1699999999000000&end=1700000010000000"
    private let windowV3 = "query.startTimeMin=2023-11-14T22:13:19Z&query.startTimeMax=2023-11-14T22:14:00Z"

    private func traceIDs(_ collector: RunningCollector, _ query: String) async throws -> [String] {
        let answer = try await collector.object("/api/traces?\(window)&\(query)")
        #expect(answer["errors"] is NSNull, "\(query)")
        return try #require(answer["data"] as? [[String: Any]]).compactMap { $0["traceID"] as? String }
    }

    @Test func listsServicesAndOperations() async throws {
        try await withBank { collector in
            for prefix in ["", "/jaeger"] {
                try await collector.expectText(
                    #"{"data":["fraud","gateway","ledger"],"total":3,"limit":0,"offset":0,"errors":null}"#,
                    at: "\(prefix)/api/services")
                try await collector.expectText(
                    #"{"data":["POST /pay","call ledger"],"total":2,"limit":0,"offset":0,"errors":null}"#,
                    at: "\(prefix)/api/services/gateway/operations")
                try await collector.expectText(
                    #"{"data":[{"name":"call ledger","spanKind":"client"}],"total":1,"limit":0,"offset":0,"#
                        + #""errors":null}"#, at: "\(prefix)/api/operations?service=gateway&spanKind=client")
                try await collector.expectText(
                    #"{"services":["fraud","gateway","ledger"]}"#, at: "\(prefix)/api/v3/services")
                try await collector.expectText(
                    #"{"operations":[{"name":"debit","spanKind":"server"}]}"#,
                    at: "\(prefix)/api/v3/operations?service=ledger")
            }
        }
    }

    @Test func findsTracesWhoseOneSpanMeetsAllConditions() async throws {
        try await withBank { collector in
            let (first, second) = ("000000000000abc1", BankSpans.second.description)
            for (query, expected) in [
                ("service=gateway", [second, first]), ("service=gateway&limit=1", [second]), ("service=nobody", []),
                ("service=ledger&operation=debit&minDuration=1.2s", [second]),
                ("service=ledger&maxDuration=100ms", [first]), ("tag=currency:EUR&service=ledger", [second, first]),
            ] {
                let found = try await traceIDs(collector, query)
                #expect(found == expected, "\(query)")
            }
            for (tags, expected) in [
                (#"{"http.status_code":"500"}"#, [second]), (#"{"error":"true"}"#, [second]),
                (#"{"span.kind":"client","peer.service":"ledger"}"#, [second, first]),
                (#"{"vip":"true","ratio":"0.5"}"#, [second, first]),
                (#"{ "event" : "accepted", "host.name":"gateway\u002d1" }"#, [second, first]),
                // Two spans of one trace do not make a match.
                (#"{"amount":"1250","http.status_code":"200"}"#, []),
                (#"{"amount":1250,"currency":"EUR"}"#, [second, first]),
            ] {
                let encoded = try #require(tags.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                let found = try await traceIDs(collector, "tags=\(encoded)")
                #expect(found == expected, "\(tags)")
            }
        }
    }

    @Test func readsATraceByAnyFormOfItsID() async throws {
        try await withBank { collector in
            for id in ["abc1", "000000000000abc1", "0000000000000000000000000000ABC1"] {
                let answer = try await collector.object("/api/traces/\(id)?start=1700000000000&end=1700000001000")
                let trace = try #require((answer["data"] as? [[String: Any]])?.first)
                #expect(trace["traceID"] as? String == "000000000000abc1")
                #expect((trace["spans"] as? [Any])?.count == 4 && (trace["processes"] as? [String: Any])?.count == 3)
            }
            // As a UUID is written.
            expect(200, try await collector.get("/api/traces/00000000-0000-feed-0000-000000000002"))
        }
    }

    @Test func errorsHaveJaegersForm() async throws {
        try await withBank { collector in
            let missing = try await collector.get("/api/traces/12345")
            #expect(missing.status == 404)
            #expect(
                missing.text
                    == #"{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}"#)
            for (path, word) in [
                ("/api/traces/xyz", "hexadecimal"), ("/api/traces?start=now", "start"), ("/api/operations", "service"),
                ("/api/traces?minDuration=5", "minDuration"), ("/api/traces?limit=-1", "limit"),
                ("/api/traces?tags=%7B", "tags"), ("/api/traces?tag=x", "tag"), ("/api/traces?traceID=zz", "traceID"),
                ("/api/traces?minDuration=2s&maxDuration=1s", "maxDuration"), ("/api/dependencies?endTs=x", "endTs"),
            ] {
                let (status, value) = try await collector.json(path)
                let errors = try #require((value as? [String: Any])?["errors"] as? [[String: Any]])
                #expect(status == 400 && errors[0]["code"] as? Int == 400)
                #expect((errors[0]["msg"] as? String)?.contains(word) == true, "\(path): \(errors)")
            }
            for path in [
                "/api/v3/traces", "/api/v3/trace-summaries?query.startTimeMin=yesterday", "/api/v3/operations",
            ] {
                let (status, value) = try await collector.json(path)
                let error = try #require((value as? [String: Any])?["error"] as? [String: Any])
                #expect(status == 400 && error["httpCode"] as? Int == 400 && error["message"] is String, "\(path)")
            }
            try await collector.expectText(
                #"{"error":{"httpCode":404,"message":"No traces found"}}"#, at: "/api/v3/traces/1")
        }
    }

    @Test func severalIDsAndWhatIsNotThere() async throws {
        try await withBank { collector in
            let answer = try await collector.object("/api/traces?traceID=abc1&traceID=77")
            #expect((answer["data"] as? [Any])?.count == 1)
            let error = try #require((answer["errors"] as? [[String: Any]])?.first)
            #expect(error["msg"] as? String == "trace not found" && error["traceID"] as? String == "0000000000000077")
        }
    }

    @Test func theThirdGenerationAnswersInOTLP() async throws {
        try await withBank { collector in
            let trace = try await collector.object("/api/v3/traces/abc1")
            let result = try #require(trace["result"] as? [String: Any])
            #expect((result["resourceSpans"] as? [Any])?.count == 3)
            let attributes = "query.attributes=%7B%22http.status_code%22%3A%22500%22%7D"
            let found = try await collector.object("/api/v3/traces?\(windowV3)&query.serviceName=gateway&\(attributes)")
            #expect(((found["result"] as? [String: Any])?["resourceSpans"] as? [Any])?.count == 3)
            expect(404, try await collector.get("/api/v3/traces?\(windowV3)&query.serviceName=nobody"))
            // Grafana leaves the plus of an offset as it is, and older clients have other names.
            let older =
                "query.service_name=ledger&query.duration_min=1s&query.num_traces=5"
                + "&query.start_time_min=2023-11-15T00:13:19+02:00&query.start_time_max=2023-11-14T22:14:00.5Z"
            let summaries = try await collector.object("/jaeger/api/v3/trace-summaries?\(older)")
            let summary = try #require((summaries["summaries"] as? [[String: Any]])?.first)
            #expect(summary["traceId"] as? String == BankSpans.second.description)
            #expect(summary["rootServiceName"] as? String == "gateway")
            #expect(summary["spanCount"] as? Int == 4 && summary["errorSpanCount"] as? Int == 1)
            #expect(summary["minStartTimeUnixNano"] as? String == "1700000005001000000")
            expect(400, try await collector.get("/api/v3/traces?\(windowV3)&query.searchDepth=many"))
        }
    }

    @Test func dependenciesAreCountedOverTheWindow() async throws {
        try await withBank { collector in
            try await collector.expectText(
                #"{"data":[{"parent":"gateway","child":"ledger","callCount":2},"#
                    + #"{"parent":"ledger","child":"fraud","callCount":2}],"total":0,"limit":0,"offset":0,"#
                    + #""errors":null}"#, at: "/api/dependencies?endTs=1700000010000&lookback=3600000")
            let early = try await collector.object("/api/dependencies?endTs=1700000002000&lookback=3600000")
            #expect((early["data"] as? [[String: Any]])?.map { $0["callCount"] as? Int } == [1, 1])
            let one = try await collector.object("/api/dependencies?endTs=1700000010000&service=fraud")
            #expect((one["data"] as? [Any])?.count == 1)
            try await collector.expectText(
                #"{"dependencies":[{"parent":"gateway","child":"ledger","callCount":"1"},"#
                    + #"{"parent":"ledger","child":"fraud","callCount":"1"}]}"#,
                at: "/api/v3/dependencies?startTime=2023-11-14T22:00:00Z&endTime=2023-11-14T22:13:22Z")
        }
    }
}
