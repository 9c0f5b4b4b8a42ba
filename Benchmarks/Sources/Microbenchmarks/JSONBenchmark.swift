import Interop
import Telemetry

/// Spans in JSON, OpenTelemetry's and Zipkin's, to columns.
enum JSONBenchmark {
    static func run(_ corpus: Corpus, name: String) throws {
        let json = corpus.batches.map { OTLPJSON.traces($0) }
        try decode("\(name): OTLP JSON", json, spans: corpus.spans) { body, batch in
            try OTLPTraceJSONDecoder().decode(body, into: &batch)
        }
        let zipkin = corpus.batches.map { ZipkinCorpus.write($0) }
        try decode("\(name): Zipkin v2", zipkin, spans: corpus.spans) { body, batch in
            try ZipkinSpanDecoder().decode(body, into: &batch)
        }
    }

    private static func decode(
        _ name: String, _ requests: [[UInt8]], spans: Int,
        _ decode: (UnsafeRawBufferPointer, inout SpanBatch) throws -> OTLPDecodeOutcome
    ) throws {
        let bytes = requests.reduce(0) { $0 + $1.count }
        Table.row("\(name): bytes", Double(bytes) / Double(spans), "a span", budget: nil)
        let time = try CPUTime.best(of: 5, each: spans) {
            var batch = SpanBatch()
            var decoded = 0
            for request in requests {
                batch.removeAll()
                decoded += try request.withUnsafeBytes { try decode($0, &batch) }.accepted
            }
            precondition(decoded == spans, "every span is decoded")
        }
        Table.row("\(name): decode", time / 1e3, "CPU-s a million", budget: nil)
        Table.row("\(name): decode", Double(bytes) / Double(spans) / time * 1e3, "MB/CPU-s", budget: nil)
    }
}
