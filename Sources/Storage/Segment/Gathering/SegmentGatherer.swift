import Telemetry

/// Brings batches into one row group's tables: each distinct string, resource, scope and layout of a batch is looked up
/// once, rows are remapped by arrays, and the content of each span is hashed while its bytes are at hand.
final class SegmentGatherer {
    let tables = SegmentTables()
    let rows: SegmentRows
    private let canonical = ByteSink(capacity: 1 << 12)
    private let stringExtents = GrowingBuffer<CanonicalForm.Extent>()
    private let layoutExtents = GrowingBuffer<CanonicalForm.Extent>()
    private let strings = GrowingBuffer<UInt32>()
    private let resources = GrowingBuffer<UInt32>()
    private let scopes = GrowingBuffer<UInt32>()
    private let layouts = GrowingBuffer<UInt32>()

    /// Room for as many `spans` and attribute `values` as will come at most.
    init(spans: Int, values: Int) { rows = SegmentRows(spans: spans, values: values) }

    /// Adds `batch`, or only its rows `chosen`. The provenance of row `i` is number `part`, or `partOfRow[i]`.
    func add(_ batch: SpanBatch, part: UInt32, partOfRow: [UInt32] = [], chosen: [UInt32]? = nil) {
        measure(batch)
        batch.strings.withArena { arena in
            batch.shapes.fields.withUnsafeBufferPointer { fields in
                batch.values.withUnsafeBufferPointer { values in
                    let form = CanonicalForm(
                        sink: canonical, arena: arena, strings: stringExtents, fields: fields, layouts: layoutExtents,
                        values: values)
                    remap(batch, form, chosen.map { Used(batch, rows: $0) })
                    if let chosen {
                        addRows(batch, form, count: chosen.count, part: part, partOfRow) { Int(chosen[$0]) }
                    } else {
                        addRows(batch, form, count: batch.count, part: part, partOfRow) { $0 }
                    }
                }
            }
        }
    }

    /// Where the batch's strings and layouts lie.
    private func measure(_ batch: SpanBatch) {
        stringExtents.removeAll()
        for index in 0..<UInt32(batch.strings.count) {
            let range = batch.strings.range(StringRef(index))
            stringExtents.append(CanonicalForm.Extent(start: UInt32(range.lowerBound), count: UInt32(range.count)))
        }
        layoutExtents.removeAll()
        for shape in 0..<UInt32(batch.shapes.count) {
            let range = batch.shapes.range(shape)
            layoutExtents.append(CanonicalForm.Extent(start: UInt32(range.lowerBound), count: UInt32(range.count)))
        }
    }

    /// Which resources, scopes and layouts of a batch some of its rows refer to.
    private struct Used {
        var resources: [Bool]
        var scopes: [Bool]
        var layouts: [Bool]

        init(_ batch: SpanBatch, rows: [UInt32]) {
            resources = [Bool](repeating: false, count: batch.resources.count)
            scopes = [Bool](repeating: false, count: batch.scopes.count)
            layouts = [Bool](repeating: false, count: batch.shapes.count)
            for row in rows {
                let row = Int(row)
                resources[Int(batch.resource[row])] = true
                scopes[Int(batch.scope[row])] = true
                layouts[Int(batch.attributes[row].shape)] = true
                layouts[Int(batch.resources[Int(batch.resource[row])].attributes.shape)] = true
                layouts[Int(batch.scopes[Int(batch.scope[row])].attributes.shape)] = true
                for event in batch.eventStart[row]..<batch.eventStart[row + 1] {
                    layouts[Int(batch.events[Int(event)].attributes.shape)] = true
                }
                for link in batch.linkStart[row]..<batch.linkStart[row + 1] {
                    layouts[Int(batch.links[Int(link)].attributes.shape)] = true
                }
            }
        }
    }

    /// What is not used keeps a number that no row asks for.
    private func remap(_ batch: SpanBatch, _ form: CanonicalForm, _ used: Used?) {
        strings.removeAll()
        strings.append(0)
        for index in 1..<max(1, stringExtents.count) {
            let extent = stringExtents[index]
            let bytes = UnsafeRawBufferPointer(
                rebasing: form.arena[Int(extent.start)..<Int(extent.start) + Int(extent.count)])
            strings.append(tables.strings.intern(bytes).rawValue)
        }
        layouts.removeAll()
        var fields: [ShapeField] = []
        for extent in 0..<layoutExtents.count {
            guard used?.layouts[extent] ?? true else {
                layouts.append(.max)
                continue
            }
            fields.removeAll(keepingCapacity: true)
            let first = Int(layoutExtents[extent].start)
            for field in form.fields[first..<first + Int(layoutExtents[extent].count)] {
                fields.append(ShapeField(key: StringRef(strings[Int(field.key.rawValue)]), type: field.type))
            }
            layouts.append(tables.layouts.intern(fields))
        }
        resources.removeAll()
        for (index, record) in batch.resources.enumerated() {
            guard used?.resources[index] ?? true else {
                resources.append(.max)
                continue
            }
            canonical.removeAll()
            form.resource(record)
            let number = tables.resources.intern(canonical.bytes).rawValue - 1
            resources.append(number)
            if Int(number) == tables.resourceLists.count { tables.resourceLists.append(list(record.attributes, form)) }
        }
        scopes.removeAll()
        for (index, record) in batch.scopes.enumerated() {
            guard used?.scopes[index] ?? true else {
                scopes.append(.max)
                continue
            }
            canonical.removeAll()
            form.scope(record)
            let number = tables.scopes.intern(canonical.bytes).rawValue - 1
            scopes.append(number)
            if Int(number) == tables.scopeLists.count {
                var scope = list(record.attributes, form)
                scope.name = StringRef(strings[Int(record.name.rawValue)])
                scope.version = StringRef(strings[Int(record.version.rawValue)])
                tables.scopeLists.append(scope)
            }
        }
    }

    /// A resource's or scope's attributes in the group's numbers.
    private func list(_ list: AttributeList, _ form: CanonicalForm) -> SegmentTables.List {
        SegmentTables.List(layout: layouts[Int(list.shape)], valueStart: copyValues(form, list))
    }

    @inline(__always)
    private func addRows(
        _ batch: SpanBatch, _ form: CanonicalForm, count: Int, part: UInt32, _ partOfRow: [UInt32],
        _ rowAt: (Int) -> Int
    ) {
        let target = rows.rows
        let hashes = rows.hashes
        let canonical = canonical
        let (traceIDs, spanIDs, parentIDs) = (batch.traceID.span, batch.spanID.span, batch.parentSpanID.span)
        let (starts, ends, lists) = (batch.startNanoseconds.span, batch.endNanoseconds.span, batch.attributes.span)
        let (names, kinds, statusCodes, flags) = (
            batch.name.span, batch.kind.span, batch.statusCode.span, batch.flags.span
        )
        let (resourceOfRow, scopeOfRow) = (batch.resource.span, batch.scope.span)
        for place in 0..<count {
            let index = rowAt(place)
            let list = lists[index]
            let shape = SegmentTables.Shape(
                resource: resources[Int(resourceOfRow[index])], scope: scopes[Int(scopeOfRow[index])],
                name: strings[Int(names[index].rawValue)], kind: kinds[index],
                statusCode: statusCodes[index], flags: flags[index], layout: layouts[Int(list.shape)])
            let (number, isNew) = tables.number(of: shape)
            if isNew { tables.shapeHashes.append(headerHash(batch, form, index)) }
            var row = SegmentRows.Row(
                traceHigh: traceIDs[index].high, traceLow: traceIDs[index].low, spanID: spanIDs[index].rawValue,
                parentID: parentIDs[index].rawValue, start: starts[index], end: ends[index], shape: number,
                valueStart: 0, part: partOfRow.isEmpty ? part : partOfRow[index], rare: 0)
            begin(row, tables.shapeHashes[Int(number)])
            row.valueStart = addValues(form, list)
            row.rare = addRare(batch, form, index)
            hashes.append(ContentHash.hash(canonical.bytes))
            target.append(row)
        }
    }

    /// Begins the canonical form of a span: its shape's hash, its ids and its times.
    @inline(__always)
    private func begin(_ row: SegmentRows.Row, _ shape: ContentSum) {
        canonical.removeAll()
        canonical.buffer.reserveIfNeeded(80)
        let target = UnsafeMutableRawPointer(canonical.buffer.base)
        target.storeBytes(of: shape.word0.littleEndian, as: UInt64.self)
        target.storeBytes(of: shape.word1.littleEndian, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: shape.word2.littleEndian, toByteOffset: 16, as: UInt64.self)
        target.storeBytes(of: shape.word3.littleEndian, toByteOffset: 24, as: UInt64.self)
        target.storeBytes(of: row.traceHigh.bigEndian, toByteOffset: 32, as: UInt64.self)
        target.storeBytes(of: row.traceLow.bigEndian, toByteOffset: 40, as: UInt64.self)
        target.storeBytes(of: row.spanID.bigEndian, toByteOffset: 48, as: UInt64.self)
        target.storeBytes(of: row.parentID.bigEndian, toByteOffset: 56, as: UInt64.self)
        target.storeBytes(of: row.start.littleEndian, toByteOffset: 64, as: UInt64.self)
        target.storeBytes(of: row.end.littleEndian, toByteOffset: 72, as: UInt64.self)
        canonical.buffer.grow(by: 80)
    }

    /// Appends the payloads of a list, remapped, to the segment's values and, as content, to the canonical form.
    @inline(__always)
    private func addValues(_ form: CanonicalForm, _ list: AttributeList) -> UInt32 {
        let target = rows.values
        let strings = strings
        let start = UInt32(truncatingIfNeeded: target.count)
        let (fields, values) = form.parts(of: list)
        target.reserveIfNeeded(fields.count)
        for index in 0..<fields.count {
            let type = fields[index].type
            let payload = values[index]
            form.value(type, payload)
            target.append(remapped(type, payload, strings))
        }
        return start
    }

    @inline(__always)
    private func remapped(_ type: ValueType, _ payload: UInt64, _ strings: GrowingBuffer<UInt32>) -> UInt64 {
        switch type {
        case .string, .bytes, .array, .map: UInt64(strings[Int(truncatingIfNeeded: payload)])
        case .int, .double: payload
        case .bool: payload == 0 ? 0 : 1
        case .empty: 0
        }
    }

    @inline(__always)
    private func addRare(_ batch: SpanBatch, _ form: CanonicalForm, _ index: Int) -> UInt32 {
        let events = batch.eventStart[index]..<batch.eventStart[index + 1]
        let links = batch.linkStart[index]..<batch.linkStart[index + 1]
        let message = batch.statusMessage[index]
        let state = batch.traceState[index]
        let dropped =
            batch.droppedAttributes[index] | batch.droppedEvents[index] | batch.droppedLinks[index]
        if message.rawValue | state.rawValue | dropped == 0, events.isEmpty, links.isEmpty {
            // Two empty strings and five zero counts.
            canonical.fixed32(0)
            canonical.fixed16(0)
            canonical.byte(0)
            return 0
        }
        var rare = SegmentRows.Rare()
        rare.statusMessage = strings[Int(message.rawValue)]
        rare.traceState = strings[Int(state.rawValue)]
        rare.droppedAttributes = batch.droppedAttributes[index]
        rare.droppedEvents = batch.droppedEvents[index]
        rare.droppedLinks = batch.droppedLinks[index]
        form.string(message)
        form.string(state)
        canonical.varint(rare.droppedAttributes)
        canonical.varint(rare.droppedEvents)
        canonical.varint(rare.droppedLinks)
        canonical.varint(events.count)
        rare.firstEvent = UInt32(rows.events.count)
        for event in events { addEvent(form, batch.events[Int(event)]) }
        rare.endEvent = UInt32(rows.events.count)
        canonical.varint(links.count)
        rare.firstLink = UInt32(rows.links.count)
        for link in links { addLink(form, batch.links[Int(link)]) }
        rare.endLink = UInt32(rows.links.count)
        rows.rare.append(rare)
        return UInt32(rows.rare.count - 1)
    }

    private func addEvent(_ form: CanonicalForm, _ record: EventRecord) {
        form.event(record)
        rows.events.append(
            SegmentRows.Event(
                time: record.timeNanoseconds, name: strings[Int(record.name.rawValue)],
                layout: layouts[Int(record.attributes.shape)], valueStart: copyValues(form, record.attributes),
                droppedAttributes: record.droppedAttributes))
    }

    private func addLink(_ form: CanonicalForm, _ record: LinkRecord) {
        form.link(record)
        rows.links.append(
            SegmentRows.Link(
                traceHigh: record.traceID.high, traceLow: record.traceID.low, spanID: record.spanID.rawValue,
                traceState: strings[Int(record.traceState.rawValue)],
                layout: layouts[Int(record.attributes.shape)], valueStart: copyValues(form, record.attributes),
                droppedAttributes: record.droppedAttributes, flags: record.flags))
    }

    private func copyValues(_ form: CanonicalForm, _ list: AttributeList) -> UInt32 {
        let start = UInt32(rows.values.count)
        let (fields, values) = form.parts(of: list)
        for index in 0..<fields.count { rows.values.append(remapped(fields[index].type, values[index], strings)) }
        return start
    }

    /// SHA-256 of what the row's shape says, in canonical form.
    private func headerHash(_ batch: SpanBatch, _ form: CanonicalForm, _ index: Int) -> ContentSum {
        canonical.removeAll()
        canonical.raw(Array("waybill.shape.1".utf8))
        form.resource(batch.resources[Int(batch.resource[index])])
        form.scope(batch.scopes[Int(batch.scope[index])])
        form.string(batch.name[index])
        canonical.fixed32(UInt32(bitPattern: batch.kind[index]))
        canonical.fixed32(UInt32(bitPattern: batch.statusCode[index]))
        canonical.fixed32(batch.flags[index])
        let (fields, _) = form.parts(of: batch.attributes[index])
        canonical.varint(fields.count)
        for field in fields {
            form.string(field.key)
            canonical.byte(field.type.rawValue)
        }
        return ContentHash.hash(canonical.bytes)
    }
}
