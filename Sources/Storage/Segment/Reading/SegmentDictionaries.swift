import Telemetry

/// What the rows of a segment refer to, decoded once and kept in the cache.
final class SegmentDictionaries: Sendable {
    struct Field: Sendable {
        var key: UInt32
        var type: ValueType
        /// The number of its (key, type) pair.
        var slot: Int
    }

    struct Shape: Sendable {
        var resource: UInt32
        var scope: UInt32
        /// Where `names` is `nil`.
        var name: UInt32
        /// How the blocks hold the names of spans, where they are not all the same.
        var names: ColumnPlan?
        var kind: Int32
        var statusCode: Int32
        var flags: UInt32
        var layout: UInt32
        var numbers: [NumberPlan]
        var attributes: [ColumnPlan]
    }

    let strings: StringList
    /// Canonical forms.
    let resources: StringList
    let scopes: StringList
    let layouts: [[Field]]
    let slotCount: Int
    let shapes: [Shape]
    let parts: [Provenance]

    /// About how much memory this takes.
    let bytes: Int

    init(strings: [UInt8], shapes: [UInt8], provenance: [UInt8], version: UInt32, path: String) throws(StoreError) {
        let stringList = try StringList.decode(strings, path: path)
        self.strings = stringList
        let decoded = try ShapeDecoder.decode(shapes, stringCount: stringList.count, version: version, path: path)
        resources = decoded.resources
        scopes = decoded.scopes
        layouts = decoded.layouts
        slotCount = decoded.slotCount
        self.shapes = decoded.shapes
        parts = try ProvenanceDecoder.decode(provenance, path: path)
        let columns = decoded.shapes.reduce(0) { $0 + $1.attributes.count * 80 + 400 }
        bytes = strings.count * 2 + shapes.count * 2 + columns + parts.count * 80
    }
}
