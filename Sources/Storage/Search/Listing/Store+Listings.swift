import Telemetry

/// What there is to choose from, of live and sealed spans, without reading any segment.
///
/// Times are Unix nanoseconds, both ends included. What is listed had a span that started before the end of the window
/// and one that started after its beginning; it may be listed a while after retention removed its last span.
extension Store {
    /// Ascending. Spans without a `service.name` are those of `unknown_service`.
    public func services(from: UInt64 = 0, to: UInt64 = .max) throws(StoreError) -> StoreListing<String> {
        let sources = shared.state.withLock { ListingSources($0) }
        guard from <= to else { return StoreListing() }
        var isCut = false
        var services: Set<String> = []
        for run in sources.runs {
            let (listing, hasNameless) = try run.read { reader throws(StoreError) in
                // Runs list spans without a service by their operations alone.
                (
                    try reader.services(from: from, to: to),
                    try !reader.operations(service: "", from: from, to: to).entries.isEmpty
                )
            }
            isCut = isCut || listing.isCut
            if hasNameless { services.insert(ServiceName.shown("")) }
            for service in listing.entries.keys { services.insert(ServiceName.shown(service)) }
        }
        for batch in sources.live { LiveCatalog(from...to).services(batch.spans, into: &services) }
        return StoreListing(entries: services.sorted(), isCut: isCut)
    }

    /// The operations of one service, or of all: ascending by service, name and kind.
    public func operations(
        service: String? = nil, from: UInt64 = 0, to: UInt64 = .max
    ) throws(StoreError) -> StoreListing<Operation> {
        let sources = shared.state.withLock { ListingSources($0) }
        guard from <= to else { return StoreListing() }
        var isCut = false
        var operations: Set<Operation> = []
        // Runs have the name of a service that does not say its own as an empty one.
        let names: [String?] = service.map { $0 == ServiceName.unknown.description ? [$0, ""] : [$0] } ?? [nil]
        for run in sources.runs {
            for name in names {
                let listing = try run.read { reader throws(StoreError) in
                    try reader.operations(service: name, from: from, to: to)
                }
                isCut = isCut || listing.isCut
                for entry in listing.entries.keys {
                    operations.insert(
                        Operation(
                            service: ServiceName.shown(entry.service), name: entry.name,
                            kind: SpanKind(rawValue: entry.kind)))
                }
            }
        }
        for batch in sources.live {
            LiveCatalog(from...to).operations(batch.spans, of: service, into: &operations)
        }
        return StoreListing(
            entries: operations.sorted { left, right in
                (left.service, left.name, left.kind.rawValue) < (right.service, right.name, right.kind.rawValue)
            }, isCut: isCut)
    }

    /// The keys of attributes in one place; with `any`, of spans and of resources. Ascending by scope and key.
    public func attributeKeys(
        scope: SpanFilter.AttributeScope = .any, from: UInt64 = 0, to: UInt64 = .max
    ) throws(StoreError) -> StoreListing<AttributeKey> {
        let sources = shared.state.withLock { ListingSources($0) }
        guard from <= to else { return StoreListing() }
        var isCut = false
        var keys: Set<AttributeKey> = []
        for scope in scope.parts {
            for run in sources.runs {
                let listing = try run.read { reader throws(StoreError) in
                    try reader.attributeKeys(place: scope.place, from: from, to: to)
                }
                isCut = isCut || listing.isCut
                for entry in listing.entries.keys {
                    keys.insert(AttributeKey(scope: scope, key: entry.key, type: entry.type))
                }
            }
            for batch in sources.live { LiveCatalog(from...to).keys(batch.spans, scope, into: &keys) }
        }
        return StoreListing(
            entries: keys.sorted { left, right in
                (left.scope.rawValue, left.key, left.type.rawValue)
                    < (right.scope.rawValue, right.key, right.type.rawValue)
            }, isCut: isCut)
    }

    /// Values of an attribute: strings, numbers and booleans, at most `limit`, ascending by type and text. Cut where there
    /// are more, and where a key has so many that they are not listed.
    public func attributeValues(
        scope: SpanFilter.AttributeScope = .any, key: String, from: UInt64 = 0, to: UInt64 = .max, limit: Int = 256
    ) throws(StoreError) -> StoreListing<AttributeValue> {
        let sources = shared.state.withLock { ListingSources($0) }
        guard from <= to, limit > 0 else { return StoreListing() }
        var isCut = false
        var values: Set<AttributeValue> = []
        for scope in scope.parts {
            for run in sources.runs {
                let listing = try run.read { reader throws(StoreError) in
                    try reader.attributeValues(place: scope.place, key: key, from: from, to: to, limit: limit)
                }
                isCut = isCut || listing.isCut
                for entry in listing.entries.keys { values.insert(entry.value) }
            }
            for batch in sources.live {
                let live = LiveCatalog(from...to)
                isCut = live.values(batch.spans, scope, key: key, limit: limit, into: &values) || isCut
            }
        }
        let sorted = values.map { (value: $0, text: $0.text, rank: $0.rank) }
            .sorted { ($0.rank, $0.text) < ($1.rank, $1.text) }.map(\.value)
        return StoreListing(entries: Array(sorted.prefix(limit)), isCut: isCut || sorted.count > limit)
    }
}

/// What listings are made from, at one moment.
struct ListingSources: Sendable {
    var live: [LiveBatch]
    var runs: [SealedRun]

    init(_ state: StoreState) {
        live = (state.frozen?.batches ?? []) + state.live.batches
        runs = state.runs
    }
}

extension SpanFilter.AttributeScope {
    /// The places it stands for.
    fileprivate var parts: [SpanFilter.AttributeScope] { self == .any ? [.span, .resource] : [self] }

    fileprivate var place: SegmentCatalog.Place? {
        switch self {
        case .any: nil
        case .span: .span
        case .resource: .resource
        case .scope: .scope
        case .event: .event
        case .link: .link
        }
    }
}

extension ServiceName {
    /// As people see it: segments have an empty name where there is none.
    fileprivate static func shown(_ name: String) -> String { name.isEmpty ? unknown.description : name }
}

extension AttributeValue {
    fileprivate var rank: Int {
        switch self {
        case .string: 0
        case .int: 1
        case .double: 2
        case .bool: 3
        case .empty, .bytes, .array, .map: 4
        }
    }
}
