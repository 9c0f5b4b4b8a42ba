import Telemetry

/// Which rows of an input become which row group: traces in the order of their first start fill group after group.
struct GroupCut {
    private(set) var groupCount = 0
    /// By part: its rows of each group, one group after another, and where each group's start.
    private var rows: [[UInt32]] = []
    private var starts: [[Int]] = []

    /// `nil` where all of `input` is one group.
    init?(_ input: SegmentInput, groupSpans: Int) {
        guard input.spanCount > groupSpans else { return nil }
        let groupOfRow = GroupCut.assign(input, groupSpans)
        groupCount = groupOfRow.groups
        var next = 0
        for part in input.parts {
            var counts = [Int](repeating: 0, count: groupCount + 1)
            for row in 0..<part.batch.count { counts[Int(groupOfRow.group[next + row]) + 1] += 1 }
            for group in 0..<groupCount { counts[group + 1] += counts[group] }
            var cursors = counts
            var arranged = [UInt32](repeating: 0, count: part.batch.count)
            for row in 0..<part.batch.count {
                let group = Int(groupOfRow.group[next + row])
                arranged[cursors[group]] = UInt32(row)
                cursors[group] += 1
            }
            next += part.batch.count
            rows.append(arranged)
            starts.append(counts)
        }
    }

    /// The rows of part `part` that belong to `group`, in the order of arrival.
    func rows(of part: Int, in group: Int) -> [UInt32] {
        Array(rows[part][starts[part][group]..<starts[part][group + 1]])
    }

    private struct Trace {
        var id: TraceID
        var earliest: UInt64
        var count: Int
        var group: UInt32
    }

    /// The group of each row of all parts, in the order of arrival.
    private static func assign(_ input: SegmentInput, _ groupSpans: Int) -> (group: [UInt32], groups: Int) {
        var numbers: [TraceID: UInt32] = [:]
        var traces: [Trace] = []
        var group: [UInt32] = []
        group.reserveCapacity(input.spanCount)
        for part in input.parts {
            for (id, start) in zip(part.batch.traceID, part.batch.startNanoseconds) {
                let number = numbers[id] ?? UInt32(traces.count)
                if Int(number) == traces.count {
                    numbers[id] = number
                    traces.append(Trace(id: id, earliest: start, count: 0, group: 0))
                }
                traces[Int(number)].count += 1
                traces[Int(number)].earliest = min(traces[Int(number)].earliest, start)
                group.append(number)
            }
        }
        let order = traces.indices.sorted { left, right in
            let (a, b) = (traces[left], traces[right])
            if a.earliest != b.earliest { return a.earliest < b.earliest }
            return a.id.high != b.id.high ? a.id.high < b.id.high : a.id.low < b.id.low
        }
        var groups: UInt32 = 0
        var filled = 0
        var parted: [UInt32: [UInt32]] = [:]
        for trace in order {
            let count = traces[trace].count
            if filled > 0, filled + count > groupSpans {
                groups += 1
                filled = 0
            }
            traces[trace].group = groups
            if count > groupSpans {
                // It alone fills several groups: found below.
                parted[UInt32(trace)] = []
                groups += UInt32((count + groupSpans - 1) / groupSpans)
            } else {
                filled += count
            }
        }
        if filled > 0 { groups += 1 }
        for row in group.indices where parted[group[row]] != nil { parted[group[row]]?.append(UInt32(row)) }
        for row in group.indices { group[row] = traces[Int(group[row])].group }
        for rows in parted.values { part(rows, input, groupSpans, &group) }
        return (group, Int(groups))
    }

    /// Cuts a trace that is larger than a group by start and span id, so that equal spans stay together. `rows` count
    /// through all parts; their group is that of the trace's first.
    private static func part(
        _ rows: [UInt32], _ input: SegmentInput, _ groupSpans: Int, _ group: inout [UInt32]
    ) {
        var keys: [(start: UInt64, id: UInt64, row: UInt32)] = []
        keys.reserveCapacity(rows.count)
        var part = 0
        var first = 0
        for row in rows {
            while Int(row) - first >= input.parts[part].batch.count {
                first += input.parts[part].batch.count
                part += 1
            }
            let batch = input.parts[part].batch
            let index = Int(row) - first
            keys.append((batch.startNanoseconds[index], batch.spanID[index].rawValue, row))
        }
        keys.sort { ($0.start, $0.id, $0.row) < ($1.start, $1.id, $1.row) }
        var offset: UInt32 = 0
        var filled = 0
        for index in keys.indices {
            let isEqual =
                index > 0 && keys[index].start == keys[index - 1].start && keys[index].id == keys[index - 1].id
            if filled >= groupSpans && !isEqual || filled >= SegmentFormat.maximumGroupSpans {
                offset += 1
                filled = 0
            }
            group[Int(keys[index].row)] += offset
            filled += 1
        }
    }
}
