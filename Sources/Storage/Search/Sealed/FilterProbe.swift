import Telemetry

/// Asks a group's filter of values which comparisons cannot hold for any span of the group.
struct FilterProbe {
    /// Of each comparison the hashes of which one at least must be in the filter; empty where the filter cannot tell.
    private let hashes: [[UInt64]]

    init(_ filter: CompiledFilter) { hashes = filter.leaves.map(FilterProbe.hashes) }

    /// Whether there is anything to ask.
    var isOfUse: Bool { hashes.contains { !$0.isEmpty } }

    /// Whether the comparison may hold. `pages` counts what is read.
    func mayHold(
        _ leaf: Int, _ reader: SegmentReader, _ group: Int, pages: inout Int
    ) throws(StoreError) -> Bool {
        if hashes[leaf].isEmpty { return true }
        for hash in hashes[leaf] {
            pages += 1
            if try reader.mayContain(hash, in: group) { return true }
        }
        return false
    }

    private static func hashes(_ leaf: CompiledFilter.Leaf) -> [UInt64] {
        switch leaf.field {
        case .attribute(.any, _): return attribute([.span, .resource], leaf)
        case .attribute(.span, _): return attribute([.span], leaf)
        case .attribute(.resource, _): return attribute([.resource], leaf)
        case .attribute(.scope, _): return attribute([.scope], leaf)
        case .attribute(.event, _): return attribute([.event], leaf)
        case .attribute(.link, _): return attribute([.link], leaf)
        case .service:
            guard let name = leaf.test.onlyString, name != Array(ServiceName.unknownBytes) else { return [] }
            return [hash(FilterKey(.resource, key: ServiceName.keyBytes), name)]
        case .name: return intrinsic("name", leaf.test)
        case .kind: return intrinsic("kind", leaf.test)
        case .status: return intrinsic("status", leaf.test)
        case .statusMessage: return intrinsic("status.message", leaf.test)
        case .scopeName: return intrinsic("scope.name", leaf.test)
        case .scopeVersion: return intrinsic("scope.version", leaf.test)
        case .eventName: return intrinsic("event.name", leaf.test)
        case .duration, .start, .end, .traceID, .spanID, .parentSpanID, .traceState, .isRoot, .linkTraceID, .linkSpanID:
            return []
        }
    }

    private static func attribute(_ classes: [FilterKey.Class], _ leaf: CompiledFilter.Leaf) -> [UInt64] {
        classes.map { scope in
            let key = leaf.key.withUnsafeBytes { FilterKey(scope, key: $0) }
            return value(key, leaf.test) ?? key.presence
        }
    }

    /// Empty strings are not in filters.
    private static func intrinsic(_ name: String, _ test: ValueTest) -> [UInt64] {
        if test.onlyString == [] { return [] }
        return value(FilterKey(.intrinsic, key: name), test).map { [$0] } ?? []
    }

    /// The hash of the one value that can match.
    private static func value(_ key: FilterKey, _ test: ValueTest) -> UInt64? {
        if let string = test.onlyString { return hash(key, string) }
        if let flag = test.onlyBool { return key.bool(flag) }
        switch test.onlyNumber {
        case .int(let number): return key.int(number)
        case .double(let number): return key.double(number)
        case nil: return nil
        }
    }

    private static func hash(_ key: FilterKey, _ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { key.string($0) }
    }
}
