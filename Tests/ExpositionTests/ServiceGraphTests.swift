import Exposition
import Telemetry
import TestSupport
import Testing

@Suite struct ServiceGraphTests {
    private func requests(_ page: [String: Double], _ client: String, _ server: String, _ type: String = "") -> Double?
    {
        page["traces_service_graph_request_total{client=\(client),connection_type=\(type),server=\(server)}"]
    }

    @Test func halvesMeetInEitherOrder() {
        let metrics = SpanMetrics()
        let client = SpanSamples.span(trace: 1, span: 10, service: "web", kind: 3, duration: 3_000_000_000)
        let server = SpanSamples.span(
            trace: 1, span: 11, parent: 10, service: "ledger", kind: 2, status: 2, duration: 1_000_000_000)
        metrics.observe(batch: SpanBatch([client]))
        metrics.observe(batch: SpanBatch([server]))
        metrics.observe(batch: SpanBatch([server, client]))
        let page = SpanSamples.values(metrics)
        let labels = "{client=web,connection_type=,server=ledger}"
        #expect(requests(page, "web", "ledger") == 2)
        #expect(page["traces_service_graph_request_failed_total\(labels)"] == 2)
        #expect(page["traces_service_graph_request_client_seconds_sum\(labels)"] == 6)
        #expect(page["traces_service_graph_request_server_seconds_sum\(labels)"] == 2)
        #expect(page["waybill_span_metrics_waiting_spans"] == 0)
    }

    @Test func databasesQueuesAndUsersAreTold() {
        let metrics = SpanMetrics()
        metrics.observe(
            batch: SpanBatch([
                SpanSamples.span(trace: 1, span: 1, service: "web", kind: 2),
                SpanSamples.span(
                    trace: 1, span: 2, parent: 1, service: "web", kind: 3,
                    attributes: [
                        Attribute("db.system", .string("postgresql")), Attribute("db.name", .string("accounts")),
                    ]),
                SpanSamples.span(
                    trace: 1, span: 3, parent: 1, service: "web", kind: 3,
                    attributes: [
                        Attribute("db.system.name", .string("oracle")), Attribute("server.address", .string("db-1")),
                    ]),
                SpanSamples.span(trace: 1, span: 4, parent: 1, service: "web", kind: 4),
                SpanSamples.span(trace: 1, span: 5, parent: 4, service: "mailer", kind: 5),
            ]))
        let page = SpanSamples.values(metrics)
        #expect(requests(page, "user", "web", "virtual_node") == 1)
        #expect(requests(page, "web", "accounts", "database") == 1)
        #expect(requests(page, "web", "db-1", "database") == 1)
        #expect(requests(page, "web", "mailer", "messaging_system") == 1)
    }

    @Test func halvesThatStayAloneBecomeVirtualNodesOrAreCounted() {
        let clock = TestClock()
        let metrics = SpanMetrics(clock: clock.read)
        clock.seconds = 100
        metrics.observe(
            batch: SpanBatch([
                SpanSamples.span(
                    trace: 1, span: 1, parent: 9, service: "web", kind: 3,
                    attributes: [Attribute("peer.service", .string("swift"))]),
                SpanSamples.span(trace: 2, span: 2, parent: 9, service: "web", kind: 3),
                SpanSamples.span(trace: 3, span: 3, parent: 9, service: "api", kind: 2),
            ]))
        clock.seconds = 110
        #expect(SpanSamples.values(metrics)["waybill_span_metrics_waiting_spans"] == 3)
        clock.seconds = 111
        let page = SpanSamples.values(metrics)
        #expect(requests(page, "web", "swift", "virtual_node") == 1)
        #expect(page["traces_service_graph_unpaired_spans_total{client=web,connection_type=,server=}"] == 1)
        #expect(page["traces_service_graph_unpaired_spans_total{client=,connection_type=,server=api}"] == 1)
        #expect(page["waybill_span_metrics_waiting_spans"] == 0)
        // Too late.
        metrics.observe(batch: SpanBatch([SpanSamples.span(trace: 2, span: 8, parent: 2, service: "x", kind: 2)]))
        #expect(requests(SpanSamples.values(metrics), "web", "x") == nil)
    }

    @Test func whereThereIsNoRoomTheOldestGivesWay() {
        var limits = SpanMetrics.Limits()
        limits.waitingSpans = 4
        let metrics = SpanMetrics(limits: limits)
        for span in 1...10 as ClosedRange<UInt64> {
            metrics.observe(batch: SpanBatch([SpanSamples.span(trace: 1, span: span, service: "web", kind: 3)]))
        }
        metrics.observe(
            batch: SpanBatch(
                (1...10).map { SpanSamples.span(trace: 1, span: 100 + $0, parent: $0, service: "api", kind: 2) }))
        let page = SpanSamples.values(metrics)
        let dropped = page.filter { $0.key.hasPrefix("traces_service_graph_dropped_spans_total") }.values.reduce(0, +)
        let paired = requests(page, "web", "api") ?? 0
        let waiting = page["waybill_span_metrics_waiting_spans"] ?? 0
        #expect(waiting <= 4)
        #expect(dropped + 2 * paired + waiting == 20)
        #expect(page["traces_service_graph_dropped_spans_total{client=web,connection_type=,server=}"] ?? 0 >= 6)
    }

    @Test func edgesBeyondTheLimitAreFoldedAndCounted() {
        var limits = SpanMetrics.Limits()
        limits.edges = 2
        let metrics = SpanMetrics(limits: limits)
        metrics.observe(
            batch: SpanBatch((1...9).map { SpanSamples.span(trace: 1, span: $0, service: "s\($0)", kind: 2) }))
        let page = SpanSamples.values(metrics)
        #expect(requests(page, "_overflow", "_overflow", "virtual_node") == 7)
        #expect(page["waybill_span_metrics_folded_total{metric=traces_service_graph}"] == 7)
    }

    /// In whatever order and batches, each client span meets its own server span once.
    @Test func randomHalvesMeetAsInADictionary() {
        for round in 0..<UInt64(30 * Seed.soak) {
            let seed = Seed.value &+ round
            var dice = Dice(seed)
            var spans: [Span] = []
            var model: [String: Double] = [:]
            for pair in 0..<UInt64(dice.below(120)) {
                let (client, server) = (dice.pick(["a", "b", "c"]), dice.pick(["a", "b", "c"]))
                let trace = UInt64(dice.below(5))
                let hasClient = dice.chance(85)
                let hasServer = dice.chance(85)
                if hasClient {
                    spans.append(SpanSamples.span(trace: trace, span: 2 * pair + 2, service: client, kind: 3))
                }
                if hasServer {
                    spans.append(
                        SpanSamples.span(
                            trace: trace, span: 2 * pair + 3, parent: 2 * pair + 2, service: server, kind: 2))
                }
                if hasClient, hasServer { model["\(client)>\(server)", default: 0] += 1 }
            }
            spans.shuffle(using: &dice)
            let metrics = SpanMetrics(clock: { 5_000_000_000 })
            while !spans.isEmpty {
                let count = min(spans.count, dice.below(9) + 1)
                metrics.observe(batch: SpanBatch(spans.prefix(count)))
                spans.removeFirst(count)
            }
            let page = SpanSamples.values(metrics)
            for client in ["a", "b", "c"] {
                for server in ["a", "b", "c"] {
                    #expect(
                        requests(page, client, server) == model["\(client)>\(server)"], "WAYBILL_SEED=\(seed)")
                }
            }
        }
    }
}
