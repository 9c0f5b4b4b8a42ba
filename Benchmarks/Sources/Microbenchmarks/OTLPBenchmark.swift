import Interop
import Telemetry

/// OTLP protobuf to columns and back.
enum OTLPBenchmark {
    static func run(_ corpus: Corpus, name: String) throws {
        var decoder = OTLPTraceDecoder()
        let decode = try CPUTime.best(of: 5, each: corpus.spans) {
            var batch = SpanBatch()
            var decoded = 0
            for request in corpus.requests {
                batch.removeAll()
                decoded += try request.withUnsafeBytes { try decoder.decode($0, into: &batch) }.accepted
            }
            precondition(decoded == corpus.spans, "every span is decoded")
        }
        Table.row("\(name): decode", decode, "ns a span", budget: nil)
        Table.row("\(name): decode", 1e3 / decode, "M spans/CPU-s", budget: 3, atLeast: true)
        let encode = CPUTime.best(of: 3, each: corpus.spans) {
            for batch in corpus.batches { _ = OTLPTraceEncoder.encode(batch) }
        }
        Table.row("\(name): encode", encode, "ns a span", budget: nil)
    }
}
