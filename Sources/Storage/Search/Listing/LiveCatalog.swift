import Telemetry

/// What live batches bring to listings, as segments bring theirs.
struct LiveCatalog {
    private let window: ClosedRange<UInt64>

    init(_ window: ClosedRange<UInt64>) { self.window = window }

    /// Calls `body` with the first row in the window of each distinct `key`.
    private func forEachDistinct<Key: Hashable>(
        _ batch: SpanBatch, _ key: (Int) -> Key, _ body: (Int) -> Void
    ) {
        var seen: Set<Key> = []
        for row in 0..<batch.count
        where window.contains(batch.startNanoseconds[row]) && seen.insert(key(row)).inserted { body(row) }
    }

    func services(_ batch: SpanBatch, into services: inout Set<String>) {
        forEachDistinct(batch, { batch.resource[$0] }, { row in services.insert(service(batch, row)) })
    }

    private struct OperationKey: Hashable {
        var resource: UInt32
        var name: StringRef
        var kind: Int32
    }

    func operations(_ batch: SpanBatch, of wanted: String?, into operations: inout Set<Operation>) {
        forEachDistinct(
            batch, { OperationKey(resource: batch.resource[$0], name: batch.name[$0], kind: batch.kind[$0]) },
            { row in
                let service = service(batch, row)
                guard wanted == nil || wanted == service else { return }
                operations.insert(
                    Operation(
                        service: service, name: batch.strings.string(batch.name[row]),
                        kind: SpanKind(rawValue: batch.kind[row])))
            })
    }

    /// The attribute lists of spans in the window, each distinct layout once where `distinct`.
    private func forEachList(
        _ batch: SpanBatch, _ scope: SpanFilter.AttributeScope, _ body: (AttributeList) -> Void
    ) {
        switch scope {
        case .any: return
        case .span:
            for row in 0..<batch.count where window.contains(batch.startNanoseconds[row]) {
                body(batch.attributes[row])
            }
        case .resource:
            forEachDistinct(
                batch, { batch.resource[$0] }, { body(batch.resources[Int(batch.resource[$0])].attributes) })
        case .scope:
            forEachDistinct(batch, { batch.scope[$0] }, { body(batch.scopes[Int(batch.scope[$0])].attributes) })
        case .event:
            for row in 0..<batch.count where window.contains(batch.startNanoseconds[row]) {
                for event in batch.eventStart[row]..<batch.eventStart[row + 1] {
                    body(batch.events[Int(event)].attributes)
                }
            }
        case .link:
            for row in 0..<batch.count where window.contains(batch.startNanoseconds[row]) {
                for link in batch.linkStart[row]..<batch.linkStart[row + 1] { body(batch.links[Int(link)].attributes) }
            }
        }
    }

    func keys(_ batch: SpanBatch, _ scope: SpanFilter.AttributeScope, into keys: inout Set<AttributeKey>) {
        var seen: Set<UInt32> = []
        forEachList(batch, scope) { list in
            guard seen.insert(list.shape).inserted else { return }
            for field in batch.shapes.range(list.shape).map({ batch.shapes.fields[$0] }) {
                keys.insert(AttributeKey(scope: scope, key: batch.strings.string(field.key), type: field.type))
            }
        }
    }

    private struct Payload: Hashable {
        var type: ValueType
        var bits: UInt64
    }

    /// Strings, integers, doubles and booleans of `key`; stops at `limit`, and says then that there may be more.
    func values(
        _ batch: SpanBatch, _ scope: SpanFilter.AttributeScope, key: String, limit: Int,
        into values: inout Set<AttributeValue>
    ) -> Bool {
        guard let ref = Array(key.utf8).withUnsafeBytes({ batch.strings.find($0) }) else { return false }
        var seen: Set<Payload> = []
        var isCut = false
        forEachList(batch, scope) { list in
            if isCut { return }
            let fields = batch.shapes.range(list.shape)
            for index in fields where batch.shapes.fields[index].key == ref {
                let type = batch.shapes.fields[index].type
                let bits = batch.values[Int(list.start) + index - fields.lowerBound]
                switch type {
                case .string, .int, .double, .bool: break
                case .empty, .bytes, .array, .map: continue
                }
                guard seen.insert(Payload(type: type, bits: bits)).inserted else { continue }
                let value = batch.value(type: type, payload: bits)
                if values.contains(value) { continue }
                if values.count >= limit {
                    isCut = true
                    return
                }
                values.insert(value)
            }
        }
        return isCut
    }

    private func service(_ batch: SpanBatch, _ row: Int) -> String {
        let ref = batch.serviceName(of: batch.resources[Int(batch.resource[row])].attributes)
        return ref == .empty ? ServiceName.unknown.description : batch.strings.string(ref)
    }
}
