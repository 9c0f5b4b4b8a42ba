import Telemetry

/// Writes span batches for one connection, whose dictionaries it keeps. The layout is that of `Schemas/wire.md`.
///
/// A value of this type and a `BatchDecoder` that has seen the same bodies in the same order hold the same
/// dictionaries.
package struct BatchEncoder: ~Copyable {
    let limits: WireLimits

    // Dictionaries of the connection.
    var strings = ByteInterner()
    var layouts = ByteInterner()
    var resources = ByteInterner()
    var scopes = ByteInterner()
    var shapes = ByteInterner()
    /// By attribute layout, from 1: its value types, one after another in `layoutTypes`.
    var layoutStart: [Int] = [0, 0]
    var layoutTypes: [UInt8] = []
    /// By shape: where its columns start in `lastValue` and `lastMode`.
    var shapeStart: [Int] = [0]
    var shapeLayout: [UInt32] = []
    /// By column of a shape: the last value on the connection, and the plan of the shape's last group.
    var lastValue: [UInt64] = []
    var lastMode: [UInt8] = []
    /// Fingerprints of strings seen once: a string enters the dictionary when it comes back in a later batch.
    var seen = [UInt32](repeating: 0, count: 8_192)
    var spanLanes = IDLanes()
    var parentLanes = IDLanes()
    var previousStart: UInt64 = 0

    // Of the batch at hand.
    /// By the batch's `StringRef`: its wire number; `Self.unknown` until it is used.
    var wireOfString: [UInt64] = []
    var wireOfLayout: [UInt32] = []
    var wireOfResource: [UInt32] = []
    var wireOfScope: [UInt32] = []
    var newStrings = ByteSink()
    var newStringCount = 0
    var batchStrings = ByteSink()
    var batchStringCount = 0
    /// The batch's strings that the last entries of the two lists above were made from, for shared prefixes.
    var previousNew = 0..<0
    var previousBatch = 0..<0
    var newLayouts = ByteSink()
    var newLayoutCount = 0
    var newResources = ByteSink()
    var newResourceCount = 0
    var newScopes = ByteSink()
    var newScopeCount = 0
    var newShapes = ByteSink()
    var newShapeCount = 0
    var rows = ByteSink()
    var columnData = ByteSink()
    var scratch = ByteSink()
    var shapeOfRow: [UInt32] = []
    var traceOfRow: [UInt32] = []
    var parentSlots: [UInt32] = []
    var groupOfShape: [UInt32] = []
    var groups: [Group] = []
    var rowOrder: [UInt32] = []
    var column: [UInt64] = []
    /// How many elements of `column` are the gathered ones.
    var gathered = 0
    var modes: [UInt8] = []

    struct Group {
        var shape: UInt32
        var count: Int
        var start: Int
    }

    static let unknown = UInt64.max

    package init(limits: WireLimits) { self.limits = limits }

    /// Whether the dictionaries should be emptied (frame DICTIONARY_RESET) before the next batch.
    package var wantsReset: Bool {
        strings.count > limits.maximumDictionaryStrings * 3 / 4
            || strings.byteCount > limits.maximumDictionaryBytes * 3 / 4
            || shapes.count > limits.maximumDictionaryShapes * 3 / 4
            || layouts.count > limits.maximumDictionaryShapes * 3 / 4
            || resources.count > limits.maximumDictionaryShapes * 3 / 4
            || scopes.count > limits.maximumDictionaryShapes * 3 / 4
            || lastValue.count > limits.maximumShapeFields * 3 / 4
            || layoutTypes.count > limits.maximumShapeFields * 3 / 4
    }

    /// Empties the dictionaries: what DICTIONARY_RESET does on both sides.
    package mutating func reset() {
        strings.removeAll()
        layouts.removeAll()
        resources.removeAll()
        scopes.removeAll()
        shapes.removeAll()
        layoutStart = [0, 0]
        layoutTypes.removeAll()
        shapeStart = [0]
        shapeLayout.removeAll()
        lastValue.removeAll()
        lastMode.removeAll()
        spanLanes = IDLanes()
        parentLanes = IDLanes()
        previousStart = 0
    }

    /// Appends the body of one batch to `output`.
    ///
    /// An error leaves the dictionaries ahead of the peer's: reset them, and tell the peer, before the next batch.
    package mutating func encode(_ batch: borrowing SpanBatch, into output: inout ByteSink) throws(WireError) {
        let count = batch.count
        let counts = [
            ("spans", count, limits.maximumSpansPerBatch), ("events", batch.events.count, limits.maximumEventsPerBatch),
            ("links", batch.links.count, limits.maximumLinksPerBatch),
            ("values", batch.values.count, limits.maximumValuesPerBatch),
            ("string bytes", batch.strings.byteCount, limits.maximumStringBytesPerBatch),
        ]
        for (name, count, limit) in counts where count > limit { throw tooLarge(name, limit, count) }
        for shape in 0..<UInt32(batch.shapes.count) where batch.shapes.fieldCount(shape) > limits.maximumAttributes {
            throw tooLarge("attributes", limits.maximumAttributes, batch.shapes.fieldCount(shape))
        }
        begin(batch)
        assignShapes(batch)
        groupRows(count)
        encodeRows(batch)
        encodeSparse(batch)
        encodeGroups(batch)
        try checkDictionaries()
        output.varint(newStringCount)
        output.append(newStrings)
        output.varint(batchStringCount)
        output.append(batchStrings)
        output.varint(newLayoutCount)
        output.append(newLayouts)
        output.varint(newResourceCount)
        output.append(newResources)
        output.varint(newScopeCount)
        output.append(newScopes)
        output.varint(newShapeCount)
        output.append(newShapes)
        output.append(rows)
        guard output.count <= limits.maximumFrameBytes else {
            throw tooLarge("frame bytes", limits.maximumFrameBytes, output.count)
        }
    }

    private func checkDictionaries() throws(WireError) {
        let sizes = [
            (strings.count, limits.maximumDictionaryStrings), (strings.byteCount, limits.maximumDictionaryBytes),
            (shapes.count, limits.maximumDictionaryShapes), (layouts.count, limits.maximumDictionaryShapes),
            (resources.count, limits.maximumDictionaryShapes), (scopes.count, limits.maximumDictionaryShapes),
            (lastValue.count, limits.maximumShapeFields), (layoutTypes.count, limits.maximumShapeFields),
        ]
        for (size, limit) in sizes where size > limit { throw tooLarge("dictionary", limit, size) }
    }

    private func tooLarge(_ field: String, _ limit: Int, _ count: Int) -> WireError {
        WireError(.limitExceeded, field: field, offset: 0, expected: "at most \(limit), not \(count)")
    }

    private mutating func begin(_ batch: borrowing SpanBatch) {
        BatchEncoder.fill(&wireOfString, batch.strings.count, BatchEncoder.unknown)
        wireOfString[0] = 0
        BatchEncoder.fill(&wireOfLayout, batch.shapes.count, UInt32.max)
        wireOfLayout[0] = 0
        BatchEncoder.fill(&wireOfResource, batch.resources.count, UInt32.max)
        BatchEncoder.fill(&wireOfScope, batch.scopes.count, UInt32.max)
        newStrings.removeAll()
        newStringCount = 0
        batchStrings.removeAll()
        batchStringCount = 0
        previousNew = 0..<0
        previousBatch = 0..<0
        newLayouts.removeAll()
        newLayoutCount = 0
        newResources.removeAll()
        newResourceCount = 0
        newScopes.removeAll()
        newScopeCount = 0
        newShapes.removeAll()
        newShapeCount = 0
        rows.removeAll()
    }

    /// Makes `array` hold exactly `count` times `value`, in the memory it has.
    static func fill<Element>(_ array: inout [Element], _ count: Int, _ value: Element) {
        array.removeAll(keepingCapacity: true)
        array.append(contentsOf: repeatElement(value, count: count))
    }
}
