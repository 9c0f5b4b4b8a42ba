import Interop
import Telemetry
import Workload

/// The reference corpus in batches, with its size as uncompressed OTLP.
struct Corpus {
    let batches: [SpanBatch]
    let spans: Int
    let requests: [[UInt8]]

    var otlpBytesPerSpan: Double { Double(requests.reduce(0) { $0 + $1.count }) / Double(spans) }

    init(spans: Int, batchSpans: Int, shape: WorkloadConfiguration.Shape) {
        let ids: WorkloadConfiguration.SpanIDs = shape == .proxy ? .minted : .random
        var workload = PaymentWorkload(
            WorkloadConfiguration(seed: 1, spanIDs: ids, shape: shape, batchSpans: batchSpans))
        var batches: [SpanBatch] = []
        var count = 0
        while count < spans {
            let batch = workload.next().spans
            // A proxy sends the spans of its own service only: here the one that is called most.
            if shape == .proxy, batch.resource.first != Corpus.proxiedResource { continue }
            count += batch.count
            batches.append(batch)
        }
        self.batches = batches
        self.spans = count
        requests = batches.map { OTLPTraceEncoder.encode($0) }
    }

    /// The payments service: it is called once and calls eight others.
    private static let proxiedResource: UInt32 = 2
}
