import Foundation
import NIOPosix
import Testing
import Transport

/// Every question of every dashboard and rule, asked of a real Prometheus that watches a running bank.
@Suite(.serialized, .timeLimit(.minutes(3))) struct DashboardTests {
    private struct Bank: Decodable {
        var collector: String
        var directory: String
        var wholeJourney: String
    }

    @Test(.enabled(if: RunningPrometheus.isInstalled)) func everyQuestionHasAnAnswer() async throws {
        let directory = try TemporaryDirectory()
        let demo = try ChildProcess(
            Programs.waybill, ["demo", "--payments", "60", "--rate", "30", "--seed", "7", "--stay", "--json"])
        var running: Bank?
        try await Patience.until("the bank has summed up", within: 90) {
            guard demo.isRunning else { throw Patience.Exhausted(description: "the demo ended: \(demo.errors)") }
            running = try? JSONDecoder().decode(Bank.self, from: Data(demo.output.utf8))
            return running != nil
        }
        let bank = try #require(running)
        let collector = bank.collector.replacing("http://", with: "")
        // A question of each kind, so that its time is a series too.
        let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
        defer { client.closeIdle() }
        for path in ["/api/v1/journeys/\(bank.wholeJourney)", "/api/v1/services", "/api/v1/search?service=ledger"] {
            #expect(try await client.get(bank.collector + path).status == 200)
        }

        let prometheus = try await RunningPrometheus(
            scrapes: """
                - job_name: waybill-collector
                  static_configs: [{targets: ['\(collector)']}]
                - job_name: waybill-mesh
                  metrics_path: /metrics/mesh
                  honor_labels: true
                  static_configs: [{targets: ['\(collector)']}]
                """, rules: DashboardFiles.rules, features: "exemplar-storage", directory: directory)
        try await prometheus.waitUntilScraped(targets: 2)
        // Rates take two scrapes, and the rules that read rules one evaluation more.
        for sign in [
            "min(count_over_time(up[1m])) >= 4",
            "job_instance_direction_route:waybill_proxy_request_errors:ratio_rate5m",
        ] {
            try await Patience.until("there are rates, and rules of rules: \(sign)") {
                try await !prometheus.query(sign).isEmpty
            }
        }
        try await checkRules(prometheus)
        for name in DashboardFiles.dashboards {
            for question in try DashboardFiles.metricQuestions(name) { try await check(question, prometheus) }
        }
        try await checkExemplars(prometheus, bank, client)
        for question in try DashboardFiles.traceQuestions("payments", transaction: bank.wholeJourney) {
            let answer = try await client.get(
                "\(bank.collector)/tempo/api/search?limit=20&q=\(RunningPrometheus.escaped(question.text))")
            #expect(
                answer.status == 200 && answer.text.contains("\"traceID\""), "\(question): \(answer.text.prefix(500))")
        }
        try await prometheus.stop()
        demo.send(SIGTERM)
        #expect(try await demo.end(within: 30) == 0, "\(demo.errors)")
    }

    private func check(_ question: DashboardFiles.Question, _ prometheus: RunningPrometheus) async throws {
        let text = QueryText(question.text)
        #expect(!text.selectors.isEmpty, "\(question) asks for nothing")
        do {
            let samples = try await prometheus.query(question.text)
            if !text.mayBeEmpty { #expect(!samples.isEmpty, "\(question) has no answer") }
        } catch {
            Issue.record("\(question): \(error)")
            return
        }
        var unseen = text.groupingLabels.subtracting(["le"])
        for selector in text.selectors {
            for label in selector.labels {
                let count = try await prometheus.query("count(\(selector.metric){\(label)!=\"\"})")
                #expect(!count.isEmpty, "\(question): no \(selector.metric) has the label \(label)")
            }
            #expect(
                try await !prometheus.query("count(\(selector.metric))").isEmpty, "\(question): no \(selector.metric)")
            for label in unseen
            where try await !prometheus.query("count(\(selector.metric){\(label)!=\"\"})").isEmpty {
                unseen.remove(label)
            }
        }
        #expect(unseen.isEmpty, "\(question): nothing in it has the labels \(unseen)")
    }

    private func checkRules(_ prometheus: RunningPrometheus) async throws {
        let answer = try #require(try await prometheus.api("rules") as? [String: Any])
        let groups = try #require(answer["groups"] as? [[String: Any]])
        let rules = groups.flatMap { $0["rules"] as? [[String: Any]] ?? [] }
        #expect(rules.count > 20)
        for rule in rules {
            let name = rule["name"] as? String ?? ""
            #expect(rule["health"] as? String == "ok", "\(name): \(rule["lastError"] ?? "")")
            try await check(
                DashboardFiles.Question(place: "rule \(name)", text: try #require(rule["query"] as? String)), prometheus
            )
            guard rule["type"] as? String == "alerting" else { continue }
            let annotations = rule["annotations"] as? [String: String]
            #expect(annotations?["summary"] != nil && annotations?["runbook"] != nil, "\(name) says what to do")
            #expect(["page", "ticket"].contains((rule["labels"] as? [String: String])?["severity"]), "\(name)")
            // What would wake somebody up does not fire over a bank that is well.
            if name.hasPrefix("WaybillStore") || name.hasPrefix("WaybillCollector") {
                #expect(rule["state"] as? String == "inactive", "\(name) fires")
            }
        }
    }

    /// A click on a dot of the latency panel opens a trace that is there.
    private func checkExemplars(_ prometheus: RunningPrometheus, _ bank: Bank, _ client: HTTPClient) async throws {
        let query = RunningPrometheus.escaped("traces_spanmetrics_latency_bucket{span_kind=\"SPAN_KIND_SERVER\"}")
        let now = Int(Date().timeIntervalSince1970)
        let answer = try await prometheus.api("query_exemplars?query=\(query)&start=\(now - 600)&end=\(now + 5)")
        let exemplars = (answer as? [[String: Any]] ?? []).flatMap { $0["exemplars"] as? [[String: Any]] ?? [] }
        let traces = Set(exemplars.compactMap { ($0["labels"] as? [String: String])?["trace_id"] })
        #expect(!traces.isEmpty, "\(exemplars.prefix(3))")
        for trace in traces.prefix(10) {
            #expect(try await client.get("\(bank.collector)/api/v1/traces/\(trace)").status == 200, "trace \(trace)")
        }
    }
}
