import Foundation
import Interop
import Telemetry
import Testing

/// Tempo's API as Grafana's data source asks it.
@Suite struct TempoEndpointTests {
    private let protobuf = [("Accept", "application/protobuf")]

    @Test func readsATraceInBothGenerations() async throws {
        try await withBank { collector in
            let spans = BankSpans.all.filter { $0.traceID == BankSpans.second }
            let trace = OTLPTraceEncoder.encode(spans: spans)
            for prefix in ["", "/tempo"] {
                let path = "\(prefix)/api/v2/traces/\(BankSpans.second)?start=1699990000&end=1700010000"
                let second = try await collector.get(path, headers: protobuf)
                #expect(second.status == 200 && second.headers.first(name: "Content-Type") == "application/protobuf")
                let bytes = Array(second.body.readableBytesView)
                #expect(bytes.first == 0x0A && bytes.suffix(2) == [0x12, 0x00])
                #expect(Array(bytes.dropLast(2).suffix(trace.count)) == trace)
                let first = try await collector.get("\(prefix)/api/traces/\(BankSpans.second)", headers: protobuf)
                #expect(Array(first.body.readableBytesView) == trace)
                let json = try await collector.object("\(prefix)/api/v2/traces/\(BankSpans.second)")
                #expect(((json["trace"] as? [String: Any])?["resourceSpans"] as? [Any])?.count == 3)
                #expect(json["status"] == nil)
            }
            // What the two families share at the root is Jaeger's unless protobuf is asked for.
            let own = try await collector.object("/tempo/api/traces/abc1")
            let shared = try await collector.object("/api/traces/abc1")
            #expect(own["batches"] != nil && shared["data"] != nil)
            for path in ["/api/traces/77", "/api/v2/traces/77", "/tempo/api/traces/77"] {
                let missing = try await collector.get(path, headers: protobuf)
                #expect(missing.status == 404 && missing.text == "trace not found\n", "\(path)")
            }
            let order = try await collector.get("/api/v2/traces/77?start=20&end=10")
            #expect(order.status == 400)
            #expect(order.text == "http parameter start must be before end. received start=20 end=10\n")
        }
    }

    @Test func saysThatItIsThere() async throws {
        try await withBank { collector in
            for prefix in ["", "/tempo"] {
                try await collector.expectText("echo\n", at: "\(prefix)/api/echo")
                let build = try await collector.object("\(prefix)/api/status/buildinfo")
                #expect(build["version"] is String)
            }
        }
    }

    @Test func listsTagsByScope() async throws {
        try await withBank { collector in
            let answer = try await collector.object("/api/v2/search/tags?limit=5000&start=1699990000&end=1700010000")
            let scopes = try #require(answer["scopes"] as? [[String: Any]])
            let tags = Dictionary(
                uniqueKeysWithValues: scopes.map { ($0["name"] as! String, $0["tags"] as! [String]) })
            #expect(tags["resource"] == ["host.name", "service.name"])
            #expect(
                tags["span"] == ["amount", "currency", "http.status_code", "peer.service", "ratio", "vip"])
            #expect(tags["intrinsic"]?.contains("duration") == true && tags["event"] == nil)
            let span = try await collector.object("/tempo/api/v2/search/tags?scope=span&limit=2")
            #expect((span["scopes"] as? [[String: Any]])?.first?["tags"] as? [String] == ["amount", "currency"])
            let names = try await collector.object("/api/search/tags")
            #expect((names["tagNames"] as? [String])?.contains("service.name") == true)
            let early = try await collector.object("/api/v2/search/tags?scope=span&start=1000&end=2000")
            #expect((early["scopes"] as? [Any])?.isEmpty == true)
            let wrong = try await collector.get("/api/v2/search/tags?scope=nonsense")
            #expect(wrong.status == 400 && wrong.text.contains("invalid scope: nonsense"))
        }
    }

    @Test func listsTheValuesOfTags() async throws {
        try await withBank { collector in
            func values(_ tag: String) async throws -> [String] {
                let answer = try await collector.object("/api/v2/search/tag/\(tag)/values?limit=5000&q=%7B%20broken")
                return try #require(answer["tagValues"] as? [[String: String]]).map { "\($0["type"]!) \($0["value"]!)" }
            }
            for (tag, expected) in [
                ("resource.service.name", ["string fraud", "string gateway", "string ledger"]),
                (".service.name", ["string fraud", "string gateway", "string ledger"]),
                ("rootServiceName", ["string fraud", "string gateway", "string ledger"]),
                ("span.amount", ["int 1250"]), ("span.http.status_code", ["int 200", "int 500"]),
                ("span.ratio", ["float 0.5"]), (".vip", ["bool true"]), ("span.%22currency%22", ["string EUR"]),
                ("status", ["keyword error", "keyword ok", "keyword unset"]), ("duration", []),
                ("name", ["string POST /pay", "string call ledger", "string debit", "string score"]),
                // A slash that was escaped, and one that was not.
                ("span.a%2Fb", []), ("span.a/b", []),
            ] {
                let found = try await values(tag)
                #expect(found == expected, "\(tag)")
            }
            let kinds = try await values("span:kind")
            #expect(kinds.contains("keyword server"))
            let older = try await collector.object("/api/search/tag/service.name/values")
            #expect(older["tagValues"] as? [String] == ["fraud", "gateway", "ledger"])
            expect(400, try await collector.get("/api/v2/search/tag/amount/values"))
            expect(400, try await collector.get("/api/v2/search/tag/.amount/values?limit=x"))
        }
    }

    private func found(_ collector: RunningCollector, _ query: String) async throws -> [String] {
        let answer = try await collector.object("/api/search?start=1699990000&end=1700010000&\(query)")
        return try #require(answer["traces"] as? [[String: Any]]).compactMap { $0["traceID"] as? String }
    }

    @Test func searchesByQueryAndByTags() async throws {
        try await withBank { collector in
            let (first, second) = (BankSpans.first.description, BankSpans.second.description)
            for (name, text, expected) in [
                ("q", "{}", [second, first]), ("q", "{ status = error }", [second]),
                ("q", #"{ resource.service.name = "gateway" } >> { .currency = "EUR" && duration < 1s }"#, [first]),
                ("q", "{ .nothing = 1 }", []), ("tags", "service.name=ledger amount=1250", [second, first]),
                ("tags", #"error=true currency="EUR""#, [second]), ("tags", "vip name=score", [second, first]),
                ("tags", #"currency="E\"UR""#, []), ("tags", "root.service.name=gateway status.code=error", [second]),
            ] {
                let encoded = try #require(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                let traces = try await found(collector, "\(name)=\(encoded)")
                #expect(traces == expected, "\(text)")
            }
            let short = try await found(collector, "tags=service.name%3Dgateway&maxDuration=1s")
            #expect(short == [first])
            let long = try await found(collector, "minDuration=1s")
            #expect(long == [second])
            // Two pages together are one long one.
            let page = try await collector.get("/tempo/api/search?q=%7B%7D&limit=1")
            let cursor = try #require(page.headers.first(name: "Waybill-Cursor"))
            let rest = try await found(collector, "q=%7B%7D&cursor=\(cursor)")
            #expect(page.text.contains(second) && rest == [first])
        }
    }

    /// Grafana's decoder refuses a field that it does not know.
    @Test func aSearchHasTheFieldsThatAStrictDecoderKnows() async throws {
        try await withBank { collector in
            let query = "q=%7B%20status%20%3D%20error%20%7D%20%7C%20select(.amount)&spss=1"
            let answer = try await collector.object("/api/search?\(query)")
            #expect(Set(answer.keys) == ["traces", "metrics"])
            let metrics = try #require(answer["metrics"] as? [String: Any])
            #expect(
                Set(metrics.keys).isSubset(of: [
                    "inspectedTraces", "inspectedBytes", "totalBlocks", "completedJobs", "totalJobs", "totalBlockBytes",
                ]))
            let trace = try #require((answer["traces"] as? [[String: Any]])?.first)
            #expect(
                Set(trace.keys) == [
                    "traceID", "rootServiceName", "rootTraceName", "startTimeUnixNano", "durationMs", "spanSets",
                    "serviceStats",
                ])
            #expect(trace["startTimeUnixNano"] as? String == "1700000005001000000")
            #expect(trace["durationMs"] as? Int == 1502 && trace["rootTraceName"] as? String == "POST /pay")
            let set = try #require((trace["spanSets"] as? [[String: Any]])?.first)
            #expect(set["matched"] as? Int == 1)
            let span = try #require((set["spans"] as? [[String: Any]])?.first)
            #expect(Set(span.keys) == ["spanID", "name", "startTimeUnixNano", "durationNanos", "attributes"])
            #expect(span["durationNanos"] as? String == "1500000000")
            let attributes = try #require(span["attributes"] as? [[String: Any]])
            #expect(attributes.contains { ($0["value"] as? [String: String])?["intValue"] == "1250" })
        }
    }

    @Test func countsOverTime() async throws {
        try await withBank { collector in
            func series(_ path: String, _ query: String, _ more: String) async throws -> [[String: Any]] {
                let encoded = try #require(query.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                let answer = try await collector.object("\(path)?q=\(encoded)&\(more)")
                #expect(Set(answer.keys) == ["series", "metrics"], "\(answer)")
                return try #require(answer["series"] as? [[String: Any]])
            }
            func value(_ sample: [String: Any]?) -> Double? { sample?["value"] as? Double }
            let query = "{ kind = server } | count_over_time() by (resource.service.name)"
            for prefix in ["", "/tempo"] {
                for (start, end, step) in [
                    ("1700000000", "1700000020", "10s"), ("1700000000.0", "1700000020.000", "10"),
                    ("1700000000000000000", "1700000020000000000", "10000ms"),
                    ("2023-11-14T22:13:20Z", "2023-11-14T22:13:40Z", "10"),
                ] {
                    let found = try await series(
                        "\(prefix)/api/metrics/query_range", query, "start=\(start)&end=\(end)&step=\(step)")
                    #expect(found.count == 3)
                    let first = try #require(found.first)
                    let label = try #require((first["labels"] as? [[String: Any]])?.first)
                    #expect(label["key"] as? String == "resource.service.name")
                    #expect((label["value"] as? [String: String]) == ["stringValue": "fraud"])
                    let samples = try #require(first["samples"] as? [[String: Any]])
                    #expect(samples.map { $0["timestampMs"] as? String } == ["1700000010000", "1700000020000"])
                    #expect(samples.map { value($0) } == [2, 0], "\(start)")
                    let exemplars = try #require(first["exemplars"] as? [[String: Any]])
                    #expect(exemplars.count == 1 && value(exemplars.first) == 2)
                    let trace = (exemplars.first?["labels"] as? [[String: Any]])?.first
                    #expect(trace?["key"] as? String == "trace:id")
                }
            }
            let range = "start=1700000000&end=1700000020"
            let rate = try await series("/api/metrics/query", "{ } | rate()", range)
            #expect(rate.count == 1 && value(rate.first) == 0.4, "8 spans in 20 seconds")
            let quantile = try await series(
                "/api/metrics/query_range", "{ } | quantile_over_time(duration, .5)", range + "&step=20&exemplars=0")
            #expect(quantile.count == 1 && quantile[0]["exemplars"] == nil)
            let histogram = try await series("/api/metrics/query_range", "{ } | histogram_over_time(duration)", range)
            #expect(histogram.count > 1)
            let structural = try await series(
                "/api/metrics/query",
                #"{ resource.service.name = "gateway" } >> { status = error } | count_over_time()"#,
                range)
            #expect(value(structural.first) == 1)
            // By default the last hour, in which there is nothing.
            let now = try await series("/api/metrics/query", "{ } | count_over_time()", "since=1h")
            #expect(now.allSatisfy { value($0) == 0 })
        }
    }

    @Test func aBadMetricsQueryIsRefusedWithThePlace() async throws {
        try await withBank { collector in
            for (query, word) in [
                ("", "q: expected"), ("q=%7B%7D", "rate()"), ("q=%7B%7D%20%7C%20rate(", "byte"),
                ("q=%7B%7D%20%7C%20rate()&start=soon", "start"), ("q=%7B%7D%20%7C%20rate()&step=0", "step"),
                ("q=%7B%7D%20%7C%20rate()&start=20&end=10", "start must be before end"),
                ("q=%7B%7D%20%7C%20rate()&since=x", "since"), ("q=%7B%7D%20%7C%20rate()&exemplars=-1", "exemplars"),
                ("q=%7B%7D%20%7C%20rate()&start=0&end=1700000000&step=1", "steps"),
            ] {
                let answer = try await collector.get("/api/metrics/query_range?\(query)")
                #expect(answer.status == 400 && answer.text.contains(word), "\(query): \(answer.text)")
            }
        }
    }

    @Test func aBadSearchIsRefusedWithThePlace() async throws {
        try await withBank { collector in
            for (query, word) in [
                ("q=%7B%20.a%20%3D%20%7D", "byte"), ("q=%7B%7D&tags=a%3Db", "can't specify tags and q"),
                ("q=%7B%7D%20%7C%20rate()", "query_range"), ("limit=0", "limit"), ("spss=-1", "spss"),
                ("start=5&end=5", "start must be before end"), ("start=soon", "start"), ("cursor=x", "cursor"),
                ("tags=a%3D1%20a%3D2", "twice"), ("tags=%3D1", "expected a key"), ("tags=a%3D%22x", "do not close"),
                ("q=%7B%7D&minDuration=1s", "minDuration"), ("minDuration=2s&maxDuration=1s", "maxDuration"),
            ] {
                let answer = try await collector.get("/api/search?\(query)")
                #expect(answer.status == 400 && answer.text.contains(word), "\(query): \(answer.text)")
            }
        }
    }
}
