import Storage
import Telemetry
import Testing

/// What columns say of spans is what the spans say, however they are stored.
@Suite struct SearchColumnsTests {
    /// What a projection gives of one span.
    private struct Row: Hashable {
        var start: UInt64
        var traceID: TraceID
        var spanID: SpanID
        /// By key, as text: values and types.
        var keys: [String]
        var number: String
    }

    private static let attributes = [
        "word", "count", "amount", "ratio", "flag", "id", "list", "order", "zone", "odd", "service.name", "nowhere",
    ]

    private func field(_ random: inout SegmentRandom, isNumber: Bool) -> SpanFilter.Field {
        let scopes: [SpanFilter.AttributeScope] = [.any, .span, .span, .resource, .scope]
        let attribute = SpanFilter.Field.attribute(
            scopes[random.below(scopes.count)], key: Self.attributes[random.below(Self.attributes.count)])
        if isNumber { return random.below(2) == 0 ? .duration : attribute }
        switch random.below(9) {
        case 0: return .name
        case 1: return .kind
        case 2: return .status
        case 3: return .scopeName
        case 4: return .scopeVersion
        default: return attribute
        }
    }

    /// The values that a span has of a field.
    private func values(_ span: Telemetry.Span, _ field: SpanFilter.Field) -> [AttributeValue] {
        func find(_ attributes: [Attribute], _ key: String) -> [AttributeValue] {
            attributes.filter { $0.key == key }.map(\.value)
        }
        switch field {
        case .name: return [.string(span.name)]
        case .kind: return [.int(Int64(span.kind.rawValue))]
        case .status: return [.int(Int64(span.status.code))]
        case .scopeName: return [.string(span.scope.name)]
        case .scopeVersion: return [.string(span.scope.version)]
        case .duration: return [.int(Int64(clamping: span.durationNanoseconds))]
        case .attribute(.span, let key): return find(span.attributes, key)
        case .attribute(.resource, let key): return find(span.resource.attributes, key)
        case .attribute(.scope, let key): return find(span.scope.attributes, key)
        case .attribute(.any, let key):
            let own = find(span.attributes, key)
            return own.isEmpty ? find(span.resource.attributes, key) : own
        default: return []
        }
    }

    private func isList(_ value: AttributeValue) -> Bool { if case .array = value { true } else { false } }

    private func number(_ value: AttributeValue?) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number.isFinite ? number : nil
        default: nil
        }
    }

    private func row(_ span: Telemetry.Span, _ projection: SpanProjection) -> Row {
        Row(
            start: span.startNanoseconds, traceID: span.traceID, spanID: span.spanID,
            keys: projection.keys.map { "\(values(span, $0).first.map { "\($0)" } ?? "nothing")" },
            number: "\(number(projection.number.flatMap { values(span, $0).first }) ?? .nan)")
    }

    /// Whether columns must do without it.
    private func mustBeWhole(_ span: Telemetry.Span, _ projection: SpanProjection) -> Bool {
        projection.keys.contains { key in
            let found = values(span, key)
            guard let first = found.first else { return false }
            switch first {
            case .string, .int, .double, .bool: return found.count > 1
            case .empty, .bytes, .map, .array: return true
            }
        }
            || projection.number.map {
                let found = values(span, $0)
                return found.count > 1 || found.contains(where: isList)
            } ?? false
    }

    @Test(arguments: SearchStoreTests.Layout.allCases, [MatchLimit.none, .few])
    func columnsSayWhatSpansSay(_ layout: SearchStoreTests.Layout, _ waiting: MatchLimit) throws {
        let seed = SegmentFixture.seed
        for round in 0..<2 * SegmentFixture.soak {
            var maker = SearchRandom(seed: seed &+ UInt64(round))
            let spans = maker.spans(round % 2 == 0 ? 3_000 : 400)
            let store = try SearchStoreTests().store(spans, layout, &maker.random)
            for number in 0..<20 {
                let filter = number % 3 == 0 ? .all : maker.filter(spans)
                let projection = try #require(
                    SpanProjection(
                        keys: (0..<maker.random.below(4)).map { _ in field(&maker.random, isNumber: false) },
                        number: maker.random.below(2) == 0 ? field(&maker.random, isNumber: true) : nil))
                let about: Comment = "seed \(seed), round \(round), \(number): \(filter) \(projection)"
                var whole: [Telemetry.Span] = []
                let query = SpanQuery(filter)
                _ = try store.forEachSpan(query, .whole) { match, _ in
                    if case .whole(let span) = match { whole.append(span) }
                    return true
                }
                var rows: [Row] = []
                var isWhole: [Bool] = []
                let answer = try store.forEachSpan(query, projection, waiting.count, isCancelled: { false }) {
                    match, groups in
                    switch match {
                    case .whole(let span): rows.append(row(span, projection))
                    case .columns(let found):
                        let values = found.group.map { groups.values(of: $0) } ?? []
                        rows.append(
                            Row(
                                start: found.startNanoseconds, traceID: found.traceID, spanID: found.spanID,
                                keys: values.map { "\($0.map { "\($0)" } ?? "nothing")" },
                                number: "\(found.number ?? .nan)"))
                    }
                    if case .whole = match { isWhole.append(true) } else { isWhole.append(false) }
                    return true
                }
                #expect(!answer.isPartial && rows.count == whole.count, about)
                let expected = whole.map { row($0, projection) }
                let differing = zip(rows, expected).first { $0 != $1 }
                #expect(differing == nil, about)
                #expect(isWhole == whole.map { mustBeWhole($0, projection) }, about)
            }
            try store.close()
        }
    }

    /// How many matches wait for those before them.
    enum MatchLimit: CaseIterable {
        case none
        case few

        var count: Int { self == .none ? .max : 40 }
    }

    @Test func groupsBeyondTheLimitAreNotToldApart() throws {
        var spans: [Telemetry.Span] = []
        for number in 1...70_000 as ClosedRange<UInt64> {
            spans.append(
                Telemetry.Span(
                    traceID: TraceID(high: 1, low: number), spanID: SpanID(number), name: "a", kind: .server,
                    startNanoseconds: number, endNanoseconds: number,
                    attributes: [Attribute("id", .string("value \(number)"))], resource: Resource(attributes: []),
                    scope: InstrumentationScope(name: "")))
        }
        var random = SegmentRandom(seed: 1)
        let store = try SearchStoreTests().store(spans, .sealed, &random)
        let projection = try #require(SpanProjection(keys: [.attribute(.span, key: "id")]))
        var groups: Set<Int> = []
        var without = 0
        _ = try store.forEachSpan(SpanQuery(.all), projection) { match, _ in
            guard case .columns(let row) = match else { return false }
            if let group = row.group { groups.insert(group) } else { without += 1 }
            return true
        }
        #expect(groups.count + without == 70_000 && groups.count == 65_535)
        try store.close()
    }

    @Test func whatColumnsDoNotHoldIsNoProjection() {
        for field in [SpanFilter.Field.eventName, .spanID, .statusMessage, .attribute(.event, key: "a"), .start] {
            #expect(SpanProjection(keys: [field]) == nil)
            #expect(SpanProjection(number: field) == nil)
        }
        #expect(SpanProjection(keys: [.duration]) == nil && SpanProjection(number: .duration) != nil)
    }
}
