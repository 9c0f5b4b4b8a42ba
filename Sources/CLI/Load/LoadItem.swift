import Telemetry
import Workload

/// One batch on its way to the collector.
struct LoadItem: Sendable {
    var spans: SpanBatch
    /// What is written down once the batch is acknowledged; empty unless someone asked.
    var traces: [WorkloadBatch.Trace]
    /// The spans as an OTLP request, where that was asked for.
    var request: [UInt8] = []
}

/// Where batches come from.
protocol LoadSource: Sendable {
    /// The next batch; `nil` when there are no more.
    mutating func next() throws -> LoadItem?
}

/// A problem with what the command was given, in one sentence.
struct LoadError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
