import Telemetry

/// The provenances of a segment input, each numbered once a part.
struct ProvenanceList {
    private(set) var all: [Provenance] = []

    /// The numbers of a part's rows: one for all, or one for each.
    struct Numbers {
        var first: UInt32
        var ofRow: [UInt32]
    }

    mutating func add(_ part: SegmentPart) -> Numbers {
        let first = UInt32(all.count)
        all += part.provenances
        return Numbers(first: first, ofRow: part.provenanceOfRow.map { first + $0 })
    }

    /// Renumbers the rows' provenances, so that each distinct one that a row has is there once; returns those.
    static func compact(_ all: [Provenance], of rows: GrowingBuffer<SegmentRows.Row>) -> [Provenance] {
        var isUsed = [Bool](repeating: false, count: all.count)
        for index in 0..<rows.count { isUsed[Int(rows[index].part)] = true }
        var kept: [Provenance] = []
        var numbers: [Provenance: UInt32] = [:]
        let renumbered = all.indices.map { index -> UInt32 in
            guard isUsed[index] else { return .max }
            if let known = numbers[all[index]] { return known }
            let number = UInt32(kept.count)
            numbers[all[index]] = number
            kept.append(all[index])
            return number
        }
        for index in 0..<rows.count { (rows.base + index).pointee.part = renumbered[Int(rows[index].part)] }
        return kept
    }
}
