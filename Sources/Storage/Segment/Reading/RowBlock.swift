import Telemetry

/// A block of rows, unpacked: the columns that are small are decoded, of the others it is known where they lie.
final class RowBlock: Sendable {
    /// Where one attribute's data lies, for one shape.
    struct AttributeColumn: Sendable {
        /// Where the bitmap starts in the first part, for columns that have one.
        var bitmap = 0
        /// How many rows have data of their own.
        var count = 0
        /// Where the data starts: a byte of the first part, or a bit of the second.
        var data = 0
        /// Text: where the bytes after the lengths end.
        var end = 0
        /// What the column takes of the first part, and of the second.
        var plainBytes = 0
        var bits = 0
        /// The numbers of a column that is stored as differences: those cannot be looked up one by one.
        var numbers: [UInt64] = []
    }

    struct ShapeColumnsInBlock: Sendable {
        var rowCount = 0
        var afterParent = 0
        var external = 0
        /// The names, where the shape's spans do not all have the same.
        var names: AttributeColumn?
        var numbers: [PackedColumn] = []
        /// By kind of number, of those that are stored as differences.
        var summed: [Int: [UInt64]] = [:]
        var attributes: [AttributeColumn] = []
    }

    let firstRow: Int
    let rowCount: Int
    let plain: [UInt8]
    let raw: [UInt8]
    let shape: [UInt32]
    let parentCode: [UInt32]
    let part: [UInt32]
    /// Which row of its shape each row is; which of those with the same way of writing the start; which of those with
    /// an external parent.
    let rank: [UInt32]
    let startRank: [UInt32]
    let externalRank: [UInt32]
    /// Status message, trace state, dropped attributes, events and links: values other than zero by row.
    let sparse: [[UInt32: UInt32]]
    let events: [UInt32: Range<Int>]
    let links: [UInt32: Range<Int>]
    /// Whether any row has one of these.
    let hasRare: Bool
    /// By shape number.
    let columns: [UInt32: ShapeColumnsInBlock]

    init(
        plain: [UInt8], raw: [UInt8], summary: BlockSummary, dictionaries: SegmentDictionaries, path: String
    ) throws(StoreError) {
        let what = "the rows block at offset \(summary.offset)"
        let layout = try plain.reading(path, what) { source throws(StoreError) in
            var layout = RowBlockLayout(rowCount: Int(summary.spanCount), dictionaries: dictionaries)
            try layout.read(&source, raw: raw)
            return layout
        }
        firstRow = Int(summary.firstRow)
        rowCount = Int(summary.spanCount)
        self.plain = plain
        self.raw = raw
        shape = layout.shape
        parentCode = layout.parentCode
        part = layout.part
        rank = layout.rank
        startRank = layout.startRank
        externalRank = layout.externalRank
        sparse = layout.sparse
        events = layout.events
        links = layout.links
        hasRare = !layout.sparse.allSatisfy { $0.isEmpty } || !layout.events.isEmpty || !layout.links.isEmpty
        columns = layout.columns
    }

    /// About how much memory this takes.
    var bytes: Int {
        plain.count + raw.count + rowCount * 24
            + columns.values.reduce(0) { $0 + 300 + $1.attributes.count * 64 + $1.summed.count * $1.rowCount * 8 }
    }
}
