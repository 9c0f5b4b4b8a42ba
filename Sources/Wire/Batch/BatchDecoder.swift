import Telemetry

/// Reads span batches of one connection, whose dictionaries it keeps. The layout is that of `Schemas/wire.md`.
///
/// Whatever the bytes are, memory stays within `WireLimits`. After an error the dictionaries are no longer the peer's:
/// the connection must end.
package struct BatchDecoder: ~Copyable {
    let limits: WireLimits

    // Dictionaries of the connection.
    var arena: [UInt8] = []
    var stringEnds: [UInt32] = [0]
    var layoutStart: [Int] = [0, 0]
    /// Dictionary number of a key and its type, one after another for all layouts.
    var layoutFields: [LayoutField] = []
    var resources: [DefinedResource] = []
    var scopes: [DefinedScope] = []
    var shapes: [WireShape] = []
    var shapeStart: [Int] = [0]
    var lastValue: [UInt64] = []
    var lastMode: [UInt8] = []
    var spanLanes = IDLanes()
    var parentLanes = IDLanes()
    var previousStart: UInt64 = 0
    /// Bytes that resources and scopes keep.
    var definedValues: [UInt64] = []

    // Of the batch at hand; `UInt32.max`: not used yet.
    /// How many values the attribute lists of the rows have together.
    var rowValues = 0
    var refOfString: [UInt32] = []
    var refOfBatchString: [UInt32] = []
    var batchArena: [UInt8] = []
    var batchEnds: [UInt32] = []
    var shapeOfLayout: [UInt32] = []
    var indexOfResource: [UInt32] = []
    var indexOfScope: [UInt32] = []
    var groupOfRow: [UInt32] = []
    var resolved: [ResolvedShape] = []
    var traceOfRow: [UInt32] = []
    var traces: [TraceID] = []
    var groupOfShape: [UInt32] = []
    var groups: [BatchEncoder.Group] = []
    /// Where the values of each row start, the rows of a group after one another.
    var valueStarts: [UInt32] = []
    /// Values of events and links: they follow those of the rows.
    var extraValues: [UInt64] = []
    var column: [UInt64] = []
    var layout: [ShapeField] = []
    /// Strings checked to be well-formed nested values: 1 an array, 2 a map.
    var checkedNested: [UInt64: UInt8] = [:]

    struct LayoutField {
        var key: UInt32
        var type: ValueType
    }

    /// A shape in the terms of the batch at hand.
    struct ResolvedShape {
        var name: StringRef
        var kind: Int32
        var statusCode: Int32
        var flags: UInt32
        var resource: UInt32
        var scope: UInt32
        var layout: UInt32
        var values: UInt32
    }

    /// Attribute list: a layout and where its values start in `definedValues`.
    struct DefinedResource {
        var dropped: UInt32
        var schemaURL: UInt32
        var entityReferences: UInt32
        var layout: UInt32
        var values: Int
    }

    struct DefinedScope {
        var name: UInt32
        var version: UInt32
        var schemaURL: UInt32
        var dropped: UInt32
        var layout: UInt32
        var values: Int
    }

    package init(limits: WireLimits) { self.limits = limits }

    /// How many strings the dictionary has.
    var stringCount: Int { stringEnds.count - 1 }
    var layoutCount: Int { layoutStart.count - 1 }

    package mutating func reset() {
        arena.removeAll()
        stringEnds = [0]
        layoutStart = [0, 0]
        layoutFields.removeAll()
        resources.removeAll()
        scopes.removeAll()
        shapes.removeAll()
        shapeStart = [0]
        lastValue.removeAll()
        lastMode.removeAll()
        definedValues.removeAll()
        spanLanes = IDLanes()
        parentLanes = IDLanes()
        previousStart = 0
    }

    /// Reads one body, which must end where the cursor's bytes end.
    package mutating func decode(_ cursor: inout ByteCursor) throws(WireError) -> SpanBatch {
        var batch = SpanBatch()
        try readStrings(&cursor)
        try readLayouts(&cursor)
        try readResources(&cursor)
        try readScopes(&cursor)
        try readShapes(&cursor)
        begin()
        reserveStrings(&batch)
        let count = try cursor.count("span count", limit: limits.maximumSpansPerBatch)
        guard count <= cursor.remaining else { throw cursor.failure("span count", "a byte or more for each span") }
        try readShapesOfRows(&cursor, count, into: &batch)
        try readIdentity(&cursor, count, into: &batch)
        try readTimes(&cursor, count, into: &batch)
        try readSparse(&cursor, count, into: &batch)
        try readGroups(&cursor, count, into: &batch)
        guard cursor.remaining == 0 else {
            throw cursor.failure("batch", "the end, not \(cursor.remaining) more bytes")
        }
        return batch
    }

    private mutating func begin() {
        BatchEncoder.fill(&refOfString, stringEnds.count, UInt32.max)
        refOfString[0] = 0
        BatchEncoder.fill(&refOfBatchString, batchEnds.count - 1, UInt32.max)
        BatchEncoder.fill(&shapeOfLayout, layoutCount, UInt32.max)
        shapeOfLayout[0] = 0
        BatchEncoder.fill(&indexOfResource, resources.count, UInt32.max)
        BatchEncoder.fill(&indexOfScope, scopes.count, UInt32.max)
        checkedNested.removeAll(keepingCapacity: true)
        extraValues.removeAll(keepingCapacity: true)
    }

    /// Makes room for the strings that the batch will most likely have: all of its own and some of the dictionary's.
    private func reserveStrings(_ batch: inout SpanBatch) {
        let own = batchEnds.count - 1
        let known = min(stringCount, BatchDecoder.expectedDictionaryStrings)
        batch.strings.reserve(
            strings: own + known, bytes: batchArena.count + min(arena.count, known * 24))
    }

    private static let expectedDictionaryStrings = 128

    /// The batch's own reference for a wire number.
    @inline(__always)
    mutating func reference(
        _ wire: UInt64, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor, _ field: StaticString
    ) throws(WireError) -> StringRef {
        let index = Int(truncatingIfNeeded: wire >> 1)
        if wire & 1 == 0 {
            if index < refOfString.count {
                let known = refOfString[index]
                if known != .max { return StringRef(known) }
            }
        } else if index < refOfBatchString.count {
            let known = refOfBatchString[index]
            if known != .max { return StringRef(known) }
        }
        return try place(wire, &batch, cursor, field)
    }

    @inline(never)
    private mutating func place(
        _ wire: UInt64, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor, _ field: StaticString
    ) throws(WireError) -> StringRef {
        let isBatch = wire & 1 != 0
        let count = isBatch ? refOfBatchString.count : refOfString.count
        guard wire >> 1 < UInt64(count) else {
            let list = isBatch ? "the batch's \(count) strings" : "the dictionary's \(stringCount) strings"
            throw cursor.failure(field, "one of \(list), not number \(wire >> 1)", code: .danglingReference)
        }
        let index = Int(wire >> 1)
        let ref: StringRef
        if isBatch {
            ref = batchArena.withUnsafeBytes {
                batch.strings.intern(
                    UnsafeRawBufferPointer(rebasing: $0[Int(batchEnds[index])..<Int(batchEnds[index + 1])]))
            }
            refOfBatchString[index] = ref.rawValue
        } else {
            ref = arena.withUnsafeBytes {
                batch.strings.intern(
                    UnsafeRawBufferPointer(rebasing: $0[Int(stringEnds[index - 1])..<Int(stringEnds[index])]))
            }
            refOfString[index] = ref.rawValue
        }
        return ref
    }
}
