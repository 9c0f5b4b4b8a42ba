import Telemetry

/// The values that are not in columns: those of shapes, resources, scopes, events and links.
extension ValueCollector {
    typealias Times = SegmentCatalog.Times

    /// Notes what the shapes say of their spans, and their resources and scopes; `times` are those of each shape's
    /// spans.
    func addShapes(_ times: [Times], _ segment: SegmentRows) {
        let name = FilterKey(.intrinsic, key: "name")
        let kind = FilterKey(.intrinsic, key: "kind")
        let status = FilterKey(.intrinsic, key: "status")
        var ofResource = [Times?](repeating: nil, count: tables.resourceLists.count)
        var ofScope = [Times?](repeating: nil, count: tables.scopeLists.count)
        for (number, shape) in tables.shapes.enumerated() {
            insert(StringRef(shape.name), name)
            insert(hash: kind.int(Int64(shape.kind)))
            insert(hash: status.int(Int64(shape.statusCode)))
            ValueCollector.include(times[number], in: &ofResource[Int(shape.resource)])
            ValueCollector.include(times[number], in: &ofScope[Int(shape.scope)])
        }
        for (list, times) in zip(tables.resourceLists, ofResource) {
            guard let times else { continue }
            addList(list.layout, Int(list.valueStart), in: .resource, times, segment)
        }
        let scopeName = FilterKey(.intrinsic, key: "scope.name")
        let scopeVersion = FilterKey(.intrinsic, key: "scope.version")
        for (list, times) in zip(tables.scopeLists, ofScope) {
            guard let times else { continue }
            insert(list.name, scopeName)
            insert(list.version, scopeVersion)
            addList(list.layout, Int(list.valueStart), in: .scope, times, segment)
        }
    }

    /// Notes status messages, events and links.
    func addRare(_ segment: SegmentRows, _ order: SegmentOrder) {
        if segment.rare.count <= 1 { return }
        let message = FilterKey(.intrinsic, key: "status.message")
        let eventName = FilterKey(.intrinsic, key: "event.name")
        for place in 0..<order.order.count {
            let row = segment.rows[Int(order.order[place])]
            if row.rare == 0 { continue }
            let rare = segment.rare[Int(row.rare)]
            let times = Times(earliest: row.start, latest: row.start)
            insert(StringRef(rare.statusMessage), message)
            for index in rare.events {
                let event = segment.events[Int(index)]
                insert(StringRef(event.name), eventName)
                addList(event.layout, Int(event.valueStart), in: .event, times, segment)
            }
            for index in rare.links {
                let link = segment.links[Int(index)]
                addList(link.layout, Int(link.valueStart), in: .link, times, segment)
            }
        }
    }

    private func addList(
        _ layout: UInt32, _ valueStart: Int, in place: SegmentCatalog.Place, _ times: Times, _ segment: SegmentRows
    ) {
        for (offset, field) in tables.layouts.range(layout).enumerated() {
            add(segment.values[valueStart + offset], to: slot(of: field, in: place, times), times)
        }
    }

    private func insert(_ text: StringRef, _ key: FilterKey) {
        if text == .empty { return }
        insert(hash: tables.strings.withBytes(text) { key.string($0) })
    }

    private static func include(_ times: Times, in known: inout Times?) {
        if known == nil { known = times } else { known?.include(times) }
    }

    /// Services and operations, from shapes that are not folded yet; `times` are those of each shape's spans.
    func operations(_ times: [Times], _ segment: SegmentRows) -> SegmentCatalog {
        var catalog = SegmentCatalog()
        let services = serviceNames(segment)
        for (number, shape) in tables.shapes.enumerated() {
            let service = services[Int(shape.resource)]
            if let service { catalog.addService(service, times[number]) }
            catalog.addOperation(
                SegmentCatalog.Operation(
                    service: service ?? "", name: tables.strings.string(StringRef(shape.name)), kind: shape.kind),
                times[number])
        }
        return catalog
    }

    /// Adds the keys and values that were collected.
    func addKeys(to catalog: inout SegmentCatalog) {
        for slot in slots {
            let key = SegmentCatalog.Key(place: slot.place, key: tables.strings.string(slot.key), type: slot.type)
            catalog.addKey(key, slot.times)
            for (payload, times) in slot.values {
                guard let value = value(payload, slot.type) else { continue }
                catalog.addValue(SegmentCatalog.Value(key: key, value: value), slot.isPredicted ? slot.times : times)
            }
        }
    }

    /// The `service.name` of each resource that has one.
    private func serviceNames(_ segment: SegmentRows) -> [String?] {
        let key = Array("service.name".utf8).withUnsafeBytes { tables.strings.find($0) }
        return tables.resourceLists.map { list in
            for (offset, field) in tables.layouts.range(list.layout).enumerated()
            where tables.layouts.fields[field] == ShapeField(key: key ?? .empty, type: .string) && key != nil {
                let payload = segment.values[Int(list.valueStart) + offset]
                return tables.strings.string(StringRef(UInt32(truncatingIfNeeded: payload)))
            }
            return nil
        }
    }

    private func value(_ payload: UInt64, _ type: ValueType) -> AttributeValue? {
        switch type {
        case .string: .string(tables.strings.string(StringRef(UInt32(truncatingIfNeeded: payload))))
        case .bool: .bool(payload != 0)
        case .int: .int(Int64(bitPattern: payload))
        case .double: .double(Double(bitPattern: payload))
        case .empty, .bytes, .array, .map: nil
        }
    }
}
