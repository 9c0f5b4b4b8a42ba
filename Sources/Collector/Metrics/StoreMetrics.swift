import Exposition
import Storage
import Telemetry

/// Shows the store's statistics at each scrape.
enum StoreMetrics {
    static func register(store: Store, retention: RetentionRules, in registry: MetricRegistry) {
        let followed = totals(registry)
        let shown = gauges(registry)
        let sync = registry.histogram(
            "waybill_store_wal_sync_seconds", help: "Time of one fdatasync of the write-ahead log.",
            bounds: LatencyHistogram.bounds)
        let seal = registry.histogram(
            "waybill_store_seal_seconds", help: "Time to turn live spans into a segment and its index run.",
            bounds: LatencyHistogram.bounds)
        for name in retention.rules.map(\.name) + [retention.defaultClass] { expired(name, registry).raise(to: 0) }
        registry.onCollect {
            let statistics = store.statistics
            for (counter, value) in followed { counter.raise(to: value(statistics)) }
            for (gauge, value) in shown { gauge.set(value(statistics)) }
            for (name, spans) in statistics.upkeep.spansExpired { expired(name, registry).raise(to: Double(spans)) }
            sync.follow(counts: statistics.syncLatency.counts, sum: statistics.syncLatency.sumSeconds)
            seal.follow(counts: statistics.sealLatency.counts, sum: statistics.sealLatency.sumSeconds)
        }
    }

    private static func expired(_ name: String, _ registry: MetricRegistry) -> Counter {
        registry.counter(
            "waybill_store_expired_spans_total", help: "Spans whose time was over, by retention class.",
            labels: [MetricLabel("class", name)])
    }

    private typealias Reading = @Sendable (StoreStatistics) -> Double

    private static func totals(_ registry: MetricRegistry) -> [(Counter, Reading)] {
        func total(_ name: String, _ help: String, _ reading: @escaping Reading) -> (Counter, Reading) {
            (registry.counter("waybill_store_\(name)_total", help: help), reading)
        }
        return [
            total("spans", "Spans made durable.") { Double($0.storedSpans) },
            total("batches", "Batches made durable.") { Double($0.storedBatches) },
            total("metric_points", "Metric points made durable.") { Double($0.storedMetricPoints) },
            total("duplicate_batches", "Batches whose sequence was stored already.") { Double($0.duplicateBatches) },
            total("refused_batches", "Batches that could not be stored.") { Double($0.refusedBatches) },
            total("refused_transaction_ids", "Transaction ids too long or malformed to index; their spans are kept.") {
                Double($0.refusedTransactionIDs)
            },
            total("wal_bytes", "Bytes appended to the write-ahead log.") { Double($0.logBytesWritten) },
            total("sealed_spans", "Spans written into segments.") { Double($0.sealedSpans) },
            total("write_errors", "Failed writes and syncs.") { Double($0.writeErrors) },
            total("seal_failures", "Seals that failed; their spans stay live and in the log.") {
                Double($0.sealFailures)
            },
            total("compactions", "Times that young segments of a day became final ones.") {
                Double($0.upkeep.compactions)
            },
            total("index_merges", "Times that index runs became one.") { Double($0.upkeep.indexMerges) },
            total("upkeep_read_bytes", "Bytes read by compaction and merges.") { Double($0.upkeep.bytesRead) },
            total("upkeep_written_bytes", "Bytes written by compaction and merges.") { Double($0.upkeep.bytesWritten) },
            total("upkeep_errors", "Parts of the upkeep that failed; they are tried again.") {
                Double($0.upkeep.errors)
            },
            total("corrupt_records", "Records of the write-ahead log found damaged.") { Double($0.corruptRecords) },
        ]
    }

    private static func gauges(_ registry: MetricRegistry) -> [(Gauge, Reading)] {
        func gauge(_ name: String, _ help: String, _ reading: @escaping Reading) -> (Gauge, Reading) {
            (registry.gauge("waybill_store_\(name)", help: help), reading)
        }
        return [
            gauge("live_spans", "Spans acknowledged and not yet sealed.") { Double($0.liveSpans) },
            gauge("live_bytes", "Memory of queued and unsealed batches.") { Double($0.liveBytes) },
            gauge("wal_files", "Write-ahead log files on disk.") { Double($0.logFiles) },
            gauge("wal_size_bytes", "Bytes of write-ahead log on disk.") { Double($0.logBytes) },
            gauge("segments", "Segment files.") { Double($0.segments) },
            gauge("segment_size_bytes", "Bytes of segment files.") { Double($0.segmentBytes) },
            gauge("index_runs", "Index files.") { Double($0.indexRuns) },
            gauge("index_size_bytes", "Bytes of index files.") { Double($0.indexBytes) },
            gauge("unreadable_segments", "Segments that cannot be opened, kept as evidence.") {
                Double($0.unreadableSegments)
            },
            gauge("damaged_segments", "Segments with damage in a part of them, kept as evidence.") {
                Double($0.damagedSegments)
            },
            gauge("young_segments", "Segments that compaction will still replace.") { Double($0.youngSegments) },
            gauge("final_segments", "Segments that stay until their retention ends.") { Double($0.finalSegments) },
            gauge(
                "expiry_clock_behind_seconds",
                "How far the clock is ahead of the time that expiry believes: much only after the clock has jumped."
            ) { Double($0.upkeep.expiryBehindNanoseconds) / 1e9 },
            gauge("held_segments", "Segments whose time is over and that a hold keeps.") {
                Double($0.upkeep.heldSegments)
            },
            gauge("over_bound_bytes", "Bytes beyond the store's bound that nothing may free.") {
                Double($0.upkeep.bytesOverBound)
            },
            gauge("sessions", "Exporter lives known to the ledger.") { Double($0.sessions) },
            gauge("gaps", "Gaps in exporters' sequences, losses they reported and unknown tails.") { Double($0.gaps) },
            gauge("failed", "1 when the store takes nothing more until it is opened again.") { $0.hasFailed ? 1 : 0 },
        ]
    }
}
