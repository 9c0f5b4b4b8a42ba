import Telemetry

/// Tells which rows of batches a filter matches: live spans, rules of retention, holds.
package struct SpanMatcher: Sendable {
    private var filter: CompiledFilter

    /// - Throws: `.invalidQuery` for a filter that compares what cannot be compared, for a regular expression that is
    ///   not one, and for a filter that is too large.
    package init(_ filter: SpanFilter) throws(StoreError) { self.filter = try CompiledFilter(filter) }

    init(_ filter: CompiledFilter) { self.filter = filter }

    /// Whether every span matches, or none, whatever it holds.
    package var constant: Bool? { if case .constant(let value) = filter.root { value } else { nil } }

    /// Whether one row matches. For many rows of one batch `rows(of:in:)` is faster.
    package mutating func matches(_ batch: borrowing SpanBatch, _ row: Int) -> Bool {
        var binding = BatchBinding(filter, batch, remembers: false)
        return filter.evaluate(filter.root, &binding, batch, row)
    }

    /// The rows from `range` (all, when there is none) that match, in order.
    package mutating func rows(of batch: borrowing SpanBatch, in range: Range<Int>? = nil) -> [Int] {
        let range = range ?? 0..<batch.count
        if let constant { return constant ? Array(range) : [] }
        let root = filter.reduced(by: batch)
        if root == .constant(false) { return [] }
        var binding = BatchBinding(filter, batch, remembers: true)
        var rows: [Int] = []
        for row in range where filter.evaluate(root, &binding, batch, row) { rows.append(row) }
        return rows
    }
}
