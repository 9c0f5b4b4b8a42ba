/// The product's hot paths, each beside its budget in the design. Figures are CPU time, best of several rounds.
@main
enum Microbenchmarks {
    static func main() throws {
        Table.heading("Wire protocol, whole traces")
        for size in [10, 100, 1000] {
            let corpus = Corpus(spans: 46_000, batchSpans: size, shape: .traces)
            try WireBenchmark.run(corpus, name: "batches of \(size)", budgetPercent: size == 100 ? 6 : nil)
        }
        Table.heading("Wire protocol, as one proxy sends")
        for size in [10, 100, 1000] {
            let corpus = Corpus(spans: 46_000, batchSpans: size, shape: .proxy)
            try WireBenchmark.run(corpus, name: "batches of \(size)", budgetPercent: size == 100 ? 9 : nil)
        }
        Table.heading("OTLP protobuf and JSON, Zipkin")
        for size in [100, 1000] {
            let corpus = Corpus(spans: 92_000, batchSpans: size, shape: .traces)
            Table.row("requests of \(size): OTLP bytes", corpus.otlpBytesPerSpan, "a span", budget: nil)
            try OTLPBenchmark.run(corpus, name: "requests of \(size)")
            try JSONBenchmark.run(corpus, name: "requests of \(size)")
        }
        Table.heading("TraceQL, whole traces in memory")
        try TraceQLBenchmark.run(Corpus(spans: 46_000, batchSpans: 1000, shape: .traces))
        Table.heading("Metrics from spans, as they arrive")
        for size in [10, 100, 1000] {
            SpanMetricsBenchmark.run(
                Corpus(spans: 46_000, batchSpans: size, shape: .traces), name: "batches of \(size)")
        }
        Table.heading("Scrapes")
        for count in [1_000, 10_000, 100_000] { ScrapeBenchmark.run(series: count) }
        Table.heading("Storage")
        try SealBenchmark.run(Corpus(spans: 131_072, batchSpans: 100, shape: .traces))
    }
}
