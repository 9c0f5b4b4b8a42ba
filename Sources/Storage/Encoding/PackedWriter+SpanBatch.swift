import Telemetry

extension PackedWriter {
    /// A whole batch: strings, shapes, payloads, resources, scopes, then one column after another.
    mutating func append(batch: borrowing SpanBatch) {
        append(UInt32(batch.count))
        append(UInt32(batch.events.count))
        append(UInt32(batch.links.count))
        append(UInt32(batch.resources.count))
        append(UInt32(batch.scopes.count))
        append(strings: batch.strings)
        append(shapes: batch.shapes)
        append(UInt32(batch.values.count))
        batch.values.withUnsafeBufferPointer { appendMixed($0) }
        append(resources: batch.resources)
        append(scopes: batch.scopes)
        append(rows: batch)
        append(events: batch)
        append(links: batch)
    }

    private mutating func append(strings: borrowing StringTable) {
        append(UInt32(strings.count))
        append(UInt32(strings.byteCount))
        let count = strings.count
        appendColumn(count - 1) { UInt64(strings.range(StringRef(UInt32(truncatingIfNeeded: $0 + 1))).count) }
        strings.withArena { append(raw: $0) }
    }

    private mutating func append(shapes: borrowing ShapeTable) {
        append(UInt32(shapes.count))
        append(UInt32(shapes.fields.count))
        appendColumn(shapes.count - 1) { UInt64(shapes.fieldCount(UInt32($0 + 1))) }
        shapes.fields.withUnsafeBufferPointer { fields in
            appendColumn(fields.count) { UInt64(fields[$0].key.rawValue) }
            appendColumn(fields.count) { UInt64(fields[$0].type.rawValue) }
        }
    }

    private mutating func append(resources: [ResourceRecord]) {
        appendColumn(resources.count) { UInt64(resources[$0].attributes.shape) }
        appendColumn(resources.count) { UInt64(resources[$0].attributes.start) }
        appendColumn(resources.count) { UInt64(resources[$0].droppedAttributes) }
        appendColumn(resources.count) { UInt64(resources[$0].schemaURL.rawValue) }
        appendColumn(resources.count) { UInt64(resources[$0].entityReferences.rawValue) }
    }

    private mutating func append(scopes: [ScopeRecord]) {
        appendColumn(scopes.count) { UInt64(scopes[$0].name.rawValue) }
        appendColumn(scopes.count) { UInt64(scopes[$0].version.rawValue) }
        appendColumn(scopes.count) { UInt64(scopes[$0].attributes.shape) }
        appendColumn(scopes.count) { UInt64(scopes[$0].attributes.start) }
        appendColumn(scopes.count) { UInt64(scopes[$0].droppedAttributes) }
        appendColumn(scopes.count) { UInt64(scopes[$0].schemaURL.rawValue) }
    }

    private mutating func append(rows batch: borrowing SpanBatch) {
        let count = batch.count
        // Ids are random or nearly so: their bytes as they lie.
        batch.traceID.withUnsafeBytes { append(raw: $0) }
        append(words: batch.spanID) { $0.rawValue }
        append(words: batch.parentSpanID) { $0.rawValue }
        append(words: batch.startNanoseconds) { $0 }
        batch.startNanoseconds.withUnsafeBufferPointer { starts in
            batch.endNanoseconds.withUnsafeBufferPointer { ends in
                // Durations fit in fewer bytes than times; wrapping subtraction loses nothing when clocks ran back.
                appendColumn(count) { ends[$0] &- starts[$0] }
            }
        }
        append(words: batch.name) { UInt64($0.rawValue) }
        append(words: batch.kind) { UInt64(UInt32(bitPattern: $0)) }
        append(words: batch.statusCode) { UInt64(UInt32(bitPattern: $0)) }
        append(words: batch.statusMessage) { UInt64($0.rawValue) }
        append(words: batch.traceState) { UInt64($0.rawValue) }
        append(words: batch.flags) { UInt64($0) }
        append(words: batch.resource) { UInt64($0) }
        append(words: batch.scope) { UInt64($0) }
        append(words: batch.attributes) { UInt64($0.shape) }
        batch.attributes.withUnsafeBufferPointer { lists in
            appendColumn(count) { row in
                UInt64(lists[row].start &- (row == 0 ? 0 : lists[row &- 1].start))
            }
        }
        append(words: batch.droppedAttributes) { UInt64($0) }
        append(words: batch.droppedEvents) { UInt64($0) }
        append(words: batch.droppedLinks) { UInt64($0) }
        batch.eventStart.withUnsafeBufferPointer { starts in
            appendColumn(count) { UInt64(starts[$0 &+ 1] &- starts[$0]) }
        }
        batch.linkStart.withUnsafeBufferPointer { starts in
            appendColumn(count) { UInt64(starts[$0 &+ 1] &- starts[$0]) }
        }
    }

    @inline(__always)
    private mutating func append<T>(words: [T], _ value: (T) -> UInt64) {
        words.withUnsafeBufferPointer { elements in appendColumn(elements.count) { value(elements[$0]) } }
    }

    private mutating func append(events batch: borrowing SpanBatch) {
        append(words: batch.events) { $0.timeNanoseconds }
        append(words: batch.events) { UInt64($0.name.rawValue) }
        append(words: batch.events) { UInt64($0.attributes.shape) }
        append(words: batch.events) { UInt64($0.attributes.start) }
        append(words: batch.events) { UInt64($0.droppedAttributes) }
    }

    private mutating func append(links batch: borrowing SpanBatch) {
        append(words: batch.links) { $0.traceID.high }
        append(words: batch.links) { $0.traceID.low }
        append(words: batch.links) { $0.spanID.rawValue }
        append(words: batch.links) { UInt64($0.traceState.rawValue) }
        append(words: batch.links) { UInt64($0.attributes.shape) }
        append(words: batch.links) { UInt64($0.attributes.start) }
        append(words: batch.links) { UInt64($0.droppedAttributes) }
        append(words: batch.links) { UInt64($0.flags) }
    }
}
