import Telemetry

/// A run that is merged with others, and how its numbers turn into the new run's.
struct MergeSource {
    let run: IndexReader
    /// The new ordinal of each of its segments; `nil` when the segment is gone.
    private let segments: [UInt32?]
    private let kinds: [UInt32]

    /// `segments` and `kinds` are the new run's, ascending.
    init(_ run: IndexReader, segments: [UInt64], kinds: [[UInt8]]) throws(StoreError) {
        self.run = run
        var ordinals: [UInt64: UInt32] = [:]
        for (ordinal, number) in segments.enumerated() { ordinals[number] = UInt32(ordinal) }
        self.segments = run.segmentNumbers.map { ordinals[$0] }
        var numbers: [[UInt8]: UInt32] = [:]
        for (number, name) in kinds.enumerated() { numbers[name] = UInt32(number) }
        var own: [UInt32] = []
        for kind in run.kinds {
            guard let number = numbers[Array(kind.utf8)] else { throw run.corrupt("it names the kind \(kind) twice") }
            own.append(number)
        }
        self.kinds = own
    }

    /// Turns the segment's ordinal into the new one; false when it is gone.
    @inline(__always)
    func translate(segment: inout UInt32, _ cursor: BTreeCursor) throws(StoreError) -> Bool {
        guard Int(segment) < segments.count else {
            throw cursor.error("has a row of segment \(segment) of \(segments.count)")
        }
        guard let ordinal = segments[Int(segment)] else { return false }
        segment = ordinal
        return true
    }

    @inline(__always)
    func translate(kind: inout UInt32, _ cursor: BTreeCursor) throws(StoreError) {
        guard Int(kind) < kinds.count else { throw cursor.error("has a row of kind \(kind) of \(kinds.count)") }
        kind = kinds[Int(kind)]
    }
}
