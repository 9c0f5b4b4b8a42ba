import Exposition
import Telemetry

/// Counting spans as they arrive: part of every ingest.
enum SpanMetricsBenchmark {
    static func run(_ corpus: Corpus, name: String) {
        let metrics = SpanMetrics()
        let nanoseconds = CPUTime.best(of: 5, each: corpus.spans) {
            for batch in corpus.batches { metrics.observe(batch: batch) }
        }
        let series = metrics.collect().reduce(0) { $0 + $1.samples.count }
        Table.row("\(name): observe, \(series) samples", nanoseconds, "ns a span", budget: 100)
    }
}
