import Exposition
import Wire

/// The exporter's own health, read at each collection.
enum ExporterMetrics {
    static func register(_ sink: any SpanSink, in registry: MetricRegistry) {
        func total(_ name: String, _ help: String) -> Counter {
            registry.counter("waybill_exporter_\(name)_total", help: help)
        }
        func gauge(_ name: String, _ help: String) -> Gauge { registry.gauge("waybill_exporter_\(name)", help: help) }

        let counters: [(Counter, @Sendable (ExporterStatistics) -> UInt64)] = [
            (total("accepted_spans", "Spans taken into the queue."), { $0.acceptedSpans }),
            (total("accepted_batches", "Batches taken into the queue."), { $0.acceptedBatches }),
            (total("sent_spans", "Spans sent, resends included."), { $0.sentSpans }),
            (total("sent_batches", "Batches sent, resends included."), { $0.sentBatches }),
            (total("resent_batches", "Batches sent again after a reconnect."), { $0.resentBatches }),
            (total("acknowledged_spans", "Spans that every collector has stored."), { $0.acknowledgedSpans }),
            (total("acknowledged_batches", "Batches that every collector has stored."), { $0.acknowledgedBatches }),
            (total("dropped_spans", "Spans recorded as lost."), { $0.droppedSpans }),
            (total("dropped_batches", "Batches recorded as lost."), { $0.droppedBatches }),
            (total("refused_batches", "Payment batches turned away because the spool is full."), { $0.refusedBatches }),
            (total("refused_by_collector", "Batches that a collector refused."), { $0.refusedByCollector }),
            (total("spooled_batches", "Batches written to the spool."), { $0.spooledBatches }),
            (total("spool_errors", "Failed operations on the spool."), { $0.spoolErrors }),
            (total("recovered_batches", "Batches read from the spools of earlier runs."), { $0.recoveredBatches }),
            (total("bytes", "Bytes sent to collectors."), { $0.bytesOnWire }),
            (total("reconnects", "Connections to collectors made again."), { $0.reconnects }),
        ]
        let gauges: [(Gauge, @Sendable (ExporterStatistics) -> Int)] = [
            (gauge("queued_spans", "Spans not yet acknowledged."), { Int($0.queuedSpans) }),
            (gauge("queued_batches", "Batches not yet acknowledged."), { Int($0.queuedBatches) }),
            (gauge("queued_bytes", "Bytes of batches not yet acknowledged."), { Int($0.queuedBytes) }),
            (gauge("spool_bytes", "Bytes in the spool."), { Int($0.spoolBytes) }),
            (gauge("connected_collectors", "Collectors with an open session."), { $0.connectedEndpoints }),
            (gauge("configured_collectors", "Collectors that are configured."), { $0.configuredEndpoints }),
        ]
        registry.onCollect {
            let statistics = sink.statistics
            for (counter, value) in counters { counter.raise(to: Double(value(statistics))) }
            for (gauge, value) in gauges { gauge.set(value(statistics)) }
        }
    }
}
