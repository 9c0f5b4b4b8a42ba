import Interop
import Telemetry
import Workload

/// Requests from files, in order, the whole several times over when asked: from the second time on with fresh ids.
struct ReplayedLoad: LoadSource {
    private let paths: [String]
    private let rounds: Int
    private let seed: UInt64
    private let wantsTraces: Bool
    private var remaining: Int
    private var round = 0
    private var pathIndex = 0
    private var file: RequestFileReader?
    private var decoder = OTLPTraceDecoder()
    private var fresh: FreshIDs?
    private var finder = TransactionFinder(rules: .standard)

    init(paths: [String], rounds: Int, spans: Int?, seed: UInt64, wantsTraces: Bool) {
        self.paths = paths
        self.rounds = rounds
        self.seed = seed
        self.wantsTraces = wantsTraces
        remaining = spans ?? .max
    }

    mutating func next() throws -> LoadItem? {
        while round < rounds, remaining > 0 {
            guard pathIndex < paths.count else {
                round += 1
                pathIndex = 0
                fresh = FreshIDs(seed: seed, round: round)
                continue
            }
            if file == nil { file = try RequestFileReader(path: paths[pathIndex]) }
            guard let request = try file?.next() else {
                file = nil
                pathIndex += 1
                continue
            }
            var batch = SpanBatch()
            do {
                _ = try request.withUnsafeBytes { try decoder.decode($0, into: &batch) }
            } catch {
                throw LoadError("\(paths[pathIndex]), request \(file?.requests ?? 0): \(error)")
            }
            if batch.isEmpty { continue }
            if batch.count > remaining { batch = SpanBatch((0..<remaining).map { batch.span($0) }) }
            remaining -= batch.count
            fresh?.apply(to: &batch)
            return LoadItem(spans: batch, traces: wantsTraces ? traces(of: batch) : [])
        }
        return nil
    }

    private mutating func traces(of batch: SpanBatch) -> [WorkloadBatch.Trace] {
        var traces: [WorkloadBatch.Trace] = []
        var index: [TraceID: Int] = [:]
        for trace in batch.traceID {
            if let known = index[trace] {
                traces[known].spans += 1
            } else {
                index[trace] = traces.count
                traces.append(WorkloadBatch.Trace(traceID: trace, spans: 1, transaction: "-"))
            }
        }
        finder.find(in: batch) { row, _, value in
            guard let position = index[batch.traceID[row]], traces[position].transaction == "-" else { return }
            traces[position].transaction = String(decoding: value, as: UTF8.self)
        }
        return traces
    }
}
