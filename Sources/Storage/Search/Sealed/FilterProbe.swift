import Telemetry

/// Asks a group's filter of values which comparisons cannot hold for any span of the group.
struct FilterProbe {
    /// What must be in the filter for a comparison to hold: the value, and its key. The filter passes some values that are
    /// not there; of those most fall with the key, which few places have.
    private struct Question {
        var hash: UInt64
        var presence: UInt64?
    }

    /// Of each comparison the questions of which one at least must be answered with yes; empty where the filter cannot
    /// tell.
    private let questions: [[Question]]

    init(_ filter: CompiledFilter) { questions = filter.leaves.map(FilterProbe.questions) }

    /// Whether the comparison may hold. `pages` counts what is read.
    func mayHold(
        _ leaf: Int, _ reader: SegmentReader, _ group: Int, pages: inout Int
    ) throws(StoreError) -> Bool {
        if questions[leaf].isEmpty { return true }
        for question in questions[leaf] {
            pages += 1
            guard try reader.mayContain(question.hash, in: group) else { continue }
            guard let presence = question.presence else { return true }
            pages += 1
            if try reader.mayContain(presence, in: group) { return true }
        }
        return false
    }

    private static func questions(_ leaf: CompiledFilter.Leaf) -> [Question] {
        switch leaf.field {
        case .attribute(.any, _): return attribute([.span, .resource], leaf)
        case .attribute(.span, _): return attribute([.span], leaf)
        case .attribute(.resource, _): return attribute([.resource], leaf)
        case .attribute(.scope, _): return attribute([.scope], leaf)
        case .attribute(.event, _): return attribute([.event], leaf)
        case .attribute(.link, _): return attribute([.link], leaf)
        case .service:
            guard let name = leaf.test.onlyString, name != Array(ServiceName.unknownBytes) else { return [] }
            return [Question(hash: hash(FilterKey(.resource, key: ServiceName.keyBytes), name))]
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

    private static func attribute(_ classes: [FilterKey.Class], _ leaf: CompiledFilter.Leaf) -> [Question] {
        classes.map { scope in
            let key = leaf.key.withUnsafeBytes { FilterKey(scope, key: $0) }
            guard let value = value(key, leaf.test) else { return Question(hash: key.presence) }
            return Question(hash: value, presence: key.presence)
        }
    }

    /// Empty strings are not in filters.
    private static func intrinsic(_ name: String, _ test: ValueTest) -> [Question] {
        if test.onlyString == [] { return [] }
        return value(FilterKey(.intrinsic, key: name), test).map { [Question(hash: $0)] } ?? []
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
