import Files
import Storage
import Telemetry
import Testing

/// Services, operations, keys and values are listed alike, live and sealed.
@Suite struct SearchListingTests {
    @Test func listsWhatTheSpansHave() throws {
        let seed = SegmentFixture.seed
        var maker = SearchRandom(seed: seed)
        let spans = maker.spans(2_000)
        let services = Set(spans.map(\.resource.serviceName))
        let operations = Set(
            spans.map { Operation(service: $0.resource.serviceName, name: $0.name, kind: $0.kind) })
        for sealedShare in [0, 1, 2] {
            let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
            for (number, part) in [spans[..<1_000], spans[1_000...]].enumerated() {
                try store.appendAndWait(
                    Submission(spans: SpanBatch(part), provenance: StoreSamples.provenance(UInt64(number + 1))))
                if number < sealedShare { try store.seal() }
            }
            let about: Comment = "seed \(seed), \(sealedShare) parts sealed"
            #expect(try store.services().entries == services.sorted(), about)
            let listed = try store.operations()
            #expect(Set(listed.entries) == operations && listed.entries.count == operations.count, about)
            for service in services {
                #expect(
                    Set(try store.operations(service: service).entries)
                        == operations.filter { $0.service == service }, about)
            }
            try checkAttributes(of: spans, store, about)
            // Before all spans, and in a window that is none.
            #expect(try store.services(to: SearchRandom.start - 1).entries.isEmpty, about)
            #expect(try store.services(from: 2, to: 1).entries.isEmpty, about)
            try store.close()
        }
    }

    private func checkAttributes(of spans: [Span], _ store: Store, _ about: Comment) throws {
        let places: [(SpanFilter.AttributeScope, (Span) -> [Attribute])] = [
            (.span, { $0.attributes }), (.resource, { $0.resource.attributes }), (.scope, { $0.scope.attributes }),
            (.event, { $0.events.flatMap(\.attributes) }), (.link, { $0.links.flatMap(\.attributes) }),
        ]
        var both: Set<String> = []
        for (scope, attributes) in places {
            let keys = Set(spans.flatMap { attributes($0).map(\.key) })
            let listed = try store.attributeKeys(scope: scope)
            #expect(Set(listed.entries.map(\.key)) == keys, "\(about) \(scope)")
            #expect(listed.entries.allSatisfy { $0.scope == scope })
            if scope == .span || scope == .resource { both.formUnion(keys) }
        }
        #expect(Set(try store.attributeKeys().entries.map(\.key)) == both, about)
        let zones = try store.attributeValues(scope: .resource, key: "zone")
        let expected = Set(spans.compactMap { $0.resource.attributes.first("zone") })
        #expect(Set(zones.entries) == expected && !zones.isCut, about)
        let one = try store.attributeValues(scope: .resource, key: "zone", limit: 1)
        #expect(one.entries.count == 1 && one.isCut == (expected.count > 1), about)
        // Every span has another: too many to list.
        #expect(try store.attributeValues(scope: .span, key: "id", limit: 10).isCut, about)
        #expect(try store.attributeValues(key: "absent").entries.isEmpty, about)
    }
}
