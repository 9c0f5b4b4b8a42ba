import Telemetry

/// The resources and scopes of a request, each distinct one once.
struct ZipkinResources {
    /// Tags of the span being read that belong to its resource: key and value.
    var moved: [(key: StringRef, value: StringRef)] = []
    private var resources: [[UInt32]: UInt32] = [:]
    private var scopes: [[UInt32]: UInt32] = [:]
    private var last: (service: StringRef, index: UInt32)?
    private var noScope: UInt32?

    /// The resource of a span of service `name`, called `source` where an exporter says so.
    mutating func resource(
        _ name: StringRef, source: StringRef, scratch: inout AttributeScratch, into batch: inout SpanBatch
    ) -> UInt32 {
        let isPlain = moved.isEmpty && source == .empty
        if isPlain, let last, last.service == name { return last.index }
        let key = [name.rawValue, source.rawValue] + moved.flatMap { [$0.key.rawValue, $0.value.rawValue] }
        let index: UInt32
        if let known = resources[key] {
            index = known
        } else {
            let base = scratch.count
            if name != .empty {
                let key = source == .empty ? batch.strings.intern("service.name") : source
                scratch.push(ShapeField(key: key, type: .string), UInt64(name.rawValue))
            }
            for tag in moved { scratch.push(ShapeField(key: tag.key, type: .string), UInt64(tag.value.rawValue)) }
            index = UInt32(truncatingIfNeeded: batch.resources.count)
            batch.resources.append(ResourceRecord(attributes: scratch.flush(from: base, into: &batch)))
            resources[key] = index
        }
        if isPlain { last = (name, index) }
        return index
    }

    mutating func scope(_ name: StringRef, _ version: StringRef, into batch: inout SpanBatch) -> UInt32 {
        let isNone = name == .empty && version == .empty
        if isNone, let noScope { return noScope }
        let key = [name.rawValue, version.rawValue]
        if let known = scopes[key] { return known }
        let index = UInt32(truncatingIfNeeded: batch.scopes.count)
        batch.scopes.append(ScopeRecord(name: name, version: version))
        scopes[key] = index
        if isNone { noScope = index }
        return index
    }
}
