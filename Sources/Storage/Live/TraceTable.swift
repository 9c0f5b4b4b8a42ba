import Telemetry

/// Where the rows of each live trace are: open addressing over trace ids, runs of rows chained per trace.
struct TraceTable: Sendable {
    /// Rows of one trace that follow each other in one batch.
    struct Run: Sendable {
        var batch: UInt32
        var row: UInt32
        var count: UInt32
        /// The trace's next run plus one; zero at the end.
        var next: UInt32
    }

    private var traces: [TraceID] = []
    private var first: [UInt32] = []
    private var last: [UInt32] = []
    private var runs: [Run] = []
    /// Trace number plus one; zero is free.
    private var slots = [UInt32](repeating: 0, count: 1024)

    var traceCount: Int { traces.count }

    mutating func insert(_ ids: [TraceID], batch: Int) {
        var row = 0
        while row < ids.count {
            let start = row
            let id = ids[row]
            row += 1
            while row < ids.count, ids[row] == id { row += 1 }
            insert(
                id,
                Run(batch: UInt32(batch), row: UInt32(start), count: UInt32(row - start), next: 0))
        }
    }

    /// Calls `body` with every run of `trace`, in the order of insertion.
    func forEachRun(of trace: TraceID, _ body: (Run) -> Void) {
        let slot = slot(of: trace)
        guard slots[slot] != 0 else { return }
        var next = first[Int(slots[slot]) - 1]
        while next != 0 {
            let run = runs[Int(next) - 1]
            body(run)
            next = run.next
        }
    }

    private mutating func insert(_ id: TraceID, _ run: Run) {
        if (traces.count + 1) * 2 > slots.count { grow() }
        let slot = slot(of: id)
        runs.append(run)
        let number = UInt32(runs.count)
        if slots[slot] == 0 {
            traces.append(id)
            first.append(number)
            last.append(number)
            slots[slot] = UInt32(traces.count)
        } else {
            let trace = Int(slots[slot]) - 1
            runs[Int(last[trace]) - 1].next = number
            last[trace] = number
        }
    }

    private func slot(of id: TraceID) -> Int {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: ByteHash.mix(id.high ^ ByteHash.seed, id.low ^ 0x9E37_79B9_7F4A_7C15)) & mask
        while slots[slot] != 0, traces[Int(slots[slot]) &- 1] != id { slot = (slot &+ 1) & mask }
        return slot
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for index in traces.indices { slots[slot(of: traces[index])] = UInt32(index + 1) }
    }
}
