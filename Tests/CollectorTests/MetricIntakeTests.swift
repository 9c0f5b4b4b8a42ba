import Collector
import Exposition
import Files
import Interop
import Storage
import Telemetry
import Testing

/// What is acknowledged of reported metrics outlives the process, however it ends.
@Suite struct MetricIntakeTests {
    /// One life of a store with its metrics.
    private struct Life {
        let store: Store
        let mesh: MeshMetrics
        let intake: DurableMetricIntake

        init(_ disk: any FileSystem) throws {
            mesh = MeshMetrics(clock: { 1_000_000_000_000 })
            store = try Store.open(
                directory: "/data", configuration: Store.Configuration(metricTotals: mesh), files: disk)
            let metrics = CollectorMetrics(registry: MetricRegistry())
            intake = DurableMetricIntake(store: store, book: mesh.book, metrics: metrics, clock: { 1_000_000_000_000 })
        }

        func take(_ data: OTLPMetricData, name: String = "calls") async throws -> MetricIntakeOutcome {
            let resource = Resource(attributes: [
                Attribute("service.name", .string("ledger")), Attribute("host", .string("h")),
            ])
            let request = OTLPMetrics(resources: [
                OTLPResourceMetrics(
                    resource: resource,
                    scopes: [OTLPScopeMetrics(metrics: [OTLPMetric(name: name, data: data)])])
            ])
            return try await withCheckedContinuation { continuation in
                intake.take(request, door: .otlpHTTP, principal: "p") { continuation.resume(returning: $0) }
            }.get()
        }

        func append(_ spans: [Span]) async throws {
            let submission = Submission(
                spans: SpanBatch(spans),
                provenance: Provenance(door: .otlpHTTP, principal: "p", receivedNanoseconds: 1))
            _ = try await withCheckedContinuation { continuation in
                store.append(submission) { continuation.resume(returning: $0) }
            }.get()
        }

        var page: String { String(decoding: PrometheusText.write(mesh.collect()), as: UTF8.self) }
    }

    private func sum(_ value: Int64, at time: UInt64, _ temporality: OTLPTemporality = .delta) -> OTLPMetricData {
        .sum(
            [OTLPNumberPoint(startNanoseconds: 1, timeNanoseconds: time, value: .int(value))], temporality: temporality,
            isMonotonic: true)
    }

    @Test func deltasAddUpAcrossLives() async throws {
        var disk = SimulatedFileSystem()
        var expected: Int64 = 0
        for step in 0..<6 as Range<Int64> {
            let life = try Life(disk)
            if step > 0 { #expect(life.page.contains("calls_total{job=\"ledger\"} \(expected)\n"), "life \(step)") }
            for part in 0..<2 as Range<Int64> {
                let time = UInt64(10 * step + part + 1)
                let outcome = try await life.take(sum(step + part + 1, at: time))
                #expect(outcome == MetricIntakeOutcome(accepted: 1))
                expected += step + part + 1
                // Sent again: taken, and not counted again.
                #expect(try await life.take(sum(step + part + 1, at: time)) == MetricIntakeOutcome(accepted: 1))
            }
            #expect(life.page.contains("calls_total{job=\"ledger\"} \(expected)\n"))
            #expect(life.page.contains("target_info{host=\"h\",job=\"ledger\"} 1\n"))
            // A seal lets the log go: then the totals are in the manifest alone.
            if step % 2 == 0 {
                try await life.append(payment(UInt64(step), transaction: "P"))
                try life.store.seal()
            }
            disk = step % 3 == 0 ? disk.crash(seed: UInt64(step)) : disk.kill()
        }
    }

    @Test func whatIsNotTakenIsTold() async throws {
        let life = try Life(SimulatedFileSystem())
        _ = try await life.take(sum(7, at: 20, .cumulative))
        let late = try await life.take(sum(6, at: 19, .cumulative))
        #expect(late.accepted == 0 && late.rejected == 1)
        #expect(late.firstRejection?.contains("calls_total") == true)
        let other = try await life.take(
            .gauge([OTLPNumberPoint(timeNanoseconds: 30, value: .int(1))]), name: "calls.total")
        #expect(other.rejected == 1)
        #expect(life.page.contains("calls_total{job=\"ledger\"} 7\n"))
        #expect(life.page.contains("waybill_otlp_metric_points_refused_total{reason=\"out_of_order\"} 1\n"))
        #expect(life.page.contains("waybill_otlp_metric_points_refused_total{reason=\"kind_conflict\"} 1\n"))
        let gone = OTLPNumberPoint(timeNanoseconds: 40, flags: .noRecordedValue)
        _ = try await life.take(.sum([gone], temporality: .cumulative, isMonotonic: true))
        #expect(!life.page.contains("calls_total{job=\"ledger\"}"))
    }
}
