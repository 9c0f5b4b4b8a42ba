import Storage
import Telemetry
import Testing

/// What statistics, filters and catalogs promise: never less than what is there.
@Suite struct SegmentPruningTests {
    private let comment = Comment("WAYBILL_SEED=\(SegmentFixture.seed)")

    private struct Listed: Hashable {
        var key: SegmentCatalog.Key
        var bits: UInt64
        var bytes: [UInt8]
    }

    private func write(_ fixture: SegmentFixture) throws -> SegmentReader {
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        var random = SegmentRandomSpans(seed: SegmentFixture.seed)
        let odd = (0..<20).map { number in
            (batch: random.batch(spans: 60, traces: 90), provenance: SegmentFixture.provenance(UInt64(900 + number)))
        }
        return try fixture.open(
            try fixture.write(corpus.batches(spans: 12_000, size: 90) + odd, groupSpans: 7000).path)
    }

    private func spans(of group: Int, _ reader: SegmentReader) throws -> SpanBatch {
        try reader.read(reader.traces(in: group)[...]).spans
    }

    /// Every attribute of a row, by place, with the key's and the value's bytes.
    private func attributes(
        _ batch: SpanBatch, _ row: Int
    ) -> [(place: SegmentCatalog.Place, key: [UInt8], type: ValueType, bits: UInt64, bytes: [UInt8])] {
        var lists: [(SegmentCatalog.Place, AttributeList)] = [
            (.span, batch.attributes[row]), (.resource, batch.resources[Int(batch.resource[row])].attributes),
            (.scope, batch.scopes[Int(batch.scope[row])].attributes),
        ]
        for event in batch.eventStart[row]..<batch.eventStart[row + 1] {
            lists.append((.event, batch.events[Int(event)].attributes))
        }
        for link in batch.linkStart[row]..<batch.linkStart[row + 1] {
            lists.append((.link, batch.links[Int(link)].attributes))
        }
        return lists.flatMap { place, list in
            batch.shapes.range(list.shape).enumerated().map { offset, index in
                let field = batch.shapes.fields[index]
                let payload = batch.values[Int(list.start) + offset]
                let bytes = field.type.isReference ? batch.strings.bytes(StringRef(UInt32(payload))) : []
                return (place, batch.strings.bytes(field.key), field.type, field.type.isReference ? 0 : payload, bytes)
            }
        }
    }

    private func filterClass(_ place: SegmentCatalog.Place) -> FilterKey.Class {
        switch place {
        case .resource: .resource
        case .scope: .scope
        case .span: .span
        case .event: .event
        case .link: .link
        }
    }

    @Test func theFilterHoldsEveryValue() throws {
        let fixture = try SegmentFixture()
        let reader = try write(fixture)
        #expect(reader.groups.count == 2)
        var asked: Set<UInt64> = []
        for group in reader.groups.indices {
            let batch = try spans(of: group, reader)
            asked.removeAll()
            func ask(_ hash: UInt64) throws {
                guard asked.insert(hash).inserted else { return }
                #expect(try reader.mayContain(hash, in: group), comment)
            }
            for row in 0..<batch.count {
                for attribute in attributes(batch, row) {
                    let key = attribute.key.withUnsafeBytes { FilterKey(filterClass(attribute.place), key: $0) }
                    try ask(key.presence)
                    var hashes: [UInt64] = []
                    attribute.bytes.withUnsafeBytes { bytes in
                        key.forEachHash(attribute.type, attribute.bits, bytes: bytes) { hashes.append($0) }
                    }
                    for hash in hashes { try ask(hash) }
                }
                let scope = batch.scopes[Int(batch.scope[row])]
                var texts = [
                    ("name", batch.name[row]), ("status.message", batch.statusMessage[row]),
                    ("scope.name", scope.name), ("scope.version", scope.version),
                ]
                for event in batch.eventStart[row]..<batch.eventStart[row + 1] {
                    texts.append(("event.name", batch.events[Int(event)].name))
                }
                for (key, text) in texts where text != .empty {
                    try ask(batch.strings.withBytes(text) { FilterKey(.intrinsic, key: key).string($0) })
                }
                try ask(FilterKey(.intrinsic, key: "kind").int(Int64(batch.kind[row])))
                try ask(FilterKey(.intrinsic, key: "status").int(Int64(batch.statusCode[row])))
            }
        }
        var random = SegmentRandom(seed: SegmentFixture.seed)
        var falseAnswers = 0
        for _ in 0..<2000 {
            let hash = random.next()
            if !asked.contains(hash), try reader.mayContain(hash, in: reader.groups.count - 1) { falseAnswers += 1 }
        }
        #expect(falseAnswers < 100, comment)
    }

    @Test func statisticsAreThoseOfTheRows() throws {
        let fixture = try SegmentFixture()
        let reader = try write(fixture)
        for (number, group) in reader.groups.enumerated() {
            let batch = try spans(of: number, reader)
            let statistics = try #require(try reader.statistics(of: number)).blocks
            let blocks = reader.blocks[group.blocks].filter { $0.kind == .rows }
            #expect(statistics.count == blocks.count)
            for (block, found) in zip(blocks, statistics) {
                let first = Int(block.firstRow) - group.rows.lowerBound
                let rows = first..<first + Int(block.spanCount)
                #expect(found.latestStart == rows.map { batch.startNanoseconds[$0] }.max(), comment)
                let durations = rows.map { Int64(bitPattern: batch.endNanoseconds[$0] &- batch.startNanoseconds[$0]) }
                #expect(found.shortestDuration == durations.min(), comment)
                #expect(found.longestDuration == durations.max(), comment)
                #expect(found.hasError == rows.contains { batch.statusCode[$0] == SpanStatus.error }, comment)
                #expect(!found.shapes.isEmpty && found.shapes == found.shapes.sorted(), comment)
            }
        }
    }

    @Test func theCatalogListsWhatTheSpansHave() throws {
        let fixture = try SegmentFixture()
        let reader = try write(fixture)
        for number in reader.groups.indices {
            try check(try reader.catalog(in: number), try spans(of: number, reader))
        }
        let whole = try reader.catalog()
        let parts = try reader.groups.indices.map { try reader.catalog(in: $0) }
        #expect(Set(whole.values.keys) == parts.reduce(into: []) { $0.formUnion($1.values.keys) })
    }

    private func check(_ catalog: SegmentCatalog, _ batch: SpanBatch) throws {
        var services: [String: [UInt64]] = [:]
        var operations: [SegmentCatalog.Operation: [UInt64]] = [:]
        var keys: [SegmentCatalog.Key: [UInt64]] = [:]
        var values: [SegmentCatalog.Key: [Listed: [UInt64]]] = [:]
        for row in 0..<batch.count {
            let start = batch.startNanoseconds[row]
            var service: String?
            for attribute in attributes(batch, row) {
                let key = SegmentCatalog.Key(
                    place: attribute.place, key: String(decoding: attribute.key, as: UTF8.self), type: attribute.type)
                keys[key, default: []].append(start)
                let value = Listed(key: key, bits: attribute.bits, bytes: attribute.bytes)
                values[key, default: [:]][value, default: []].append(start)
                if service == nil, key == SegmentCatalog.Key(place: .resource, key: "service.name", type: .string) {
                    service = String(decoding: attribute.bytes, as: UTF8.self)
                }
            }
            if let service { services[service, default: []].append(start) }
            operations[
                SegmentCatalog.Operation(
                    service: service ?? "", name: batch.strings.string(batch.name[row]), kind: batch.kind[row]),
                default: []
            ].append(start)
        }
        func times(_ starts: [UInt64]) throws -> SegmentCatalog.Times {
            SegmentCatalog.Times(earliest: try #require(starts.min()), latest: try #require(starts.max()))
        }
        #expect(catalog.services == (try services.mapValues(times)), comment)
        #expect(catalog.operations == (try operations.mapValues(times)), comment)
        #expect(catalog.keys == (try keys.mapValues(times)), comment)
        var listed: Set<SegmentCatalog.Value> = []
        for (key, ofKey) in values {
            let isListed =
                [.string, .bool, .int, .double].contains(key.type) && ofKey.keys.allSatisfy { $0.bytes.count <= 256 }
            guard isListed, ofKey.count <= SegmentCatalog.maximumValues else { continue }
            for (value, starts) in ofKey {
                let known: AttributeValue =
                    switch key.type {
                    case .bool: .bool(value.bits != 0)
                    case .int: .int(Int64(bitPattern: value.bits))
                    case .double: .double(Double(bitPattern: value.bits))
                    default: .string(String(decoding: value.bytes, as: UTF8.self))
                    }
                let entry = SegmentCatalog.Value(key: key, value: known)
                listed.insert(entry)
                let found = try #require(catalog.values[entry], "\(entry), \(comment)")
                let needed = try times(starts)
                #expect(found.earliest <= needed.earliest && found.latest >= needed.latest, comment)
            }
        }
        #expect(Set(catalog.values.keys) == listed, comment)
    }
}
