/// Where the traces of a row group are, in row order.
final class TraceList: Sendable {
    let traces: [TraceLocation]

    init(_ traces: [TraceLocation]) { self.traces = traces }

    /// The index of the trace that has row `row`, counted through the segment.
    func trace(of row: Int) -> Int {
        var low = 0
        var high = traces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(traces[middle].firstRow) <= row { low = middle } else { high = middle }
        }
        return low
    }
}
