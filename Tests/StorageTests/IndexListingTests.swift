import Files
import Storage
import Telemetry
import Testing

@Suite struct IndexListingTests {
    private func write(_ fixture: SegmentFixture, _ catalogs: [SegmentCatalog]) throws -> IndexReader {
        let path = fixture.newPath()
        let inputs = catalogs.enumerated().map {
            IndexInput(segmentNumber: UInt64($0), traces: [], transactions: [], catalog: $1)
        }
        try IndexRun.write(inputs, storeID: fixture.storeID, epoch: 3, path: path, files: fixture.files)
        return try IndexMergeTests.open(fixture, path)
    }

    private func merge(
        _ fixture: SegmentFixture, _ runs: [IndexReader], startingFrom earliest: UInt64 = 0
    ) throws -> IndexReader {
        let path = fixture.newPath()
        _ = try IndexRun.merge(
            runs, keeping: { _ in true }, startingFrom: earliest, storeID: fixture.storeID, epoch: 4, path: path,
            files: fixture.files, pace: {})
        #expect(try IndexSQL.rows(path, "PRAGMA integrity_check") == [["ok"]])
        return try IndexMergeTests.open(fixture, path)
    }

    private func meets<E>(_ entries: [E: SegmentCatalog.Times], _ from: UInt64, _ to: UInt64) -> [E: SegmentCatalog
        .Times]
    {
        entries.filter { $0.value.earliest <= to && $0.value.latest >= from }
    }

    /// In the order of the index: numbers, then texts, then the bits of doubles.
    private func isBefore(_ left: AttributeValue, _ right: AttributeValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.int(let left), .int(let right)): left < right
        case (.double(let left), .double(let right)): left.bitPattern < right.bitPattern
        case (.bool(let left), .bool(let right)): !left && right
        default: false
        }
    }

    /// Keys that must have values in a segment and list none.
    private func keysWithoutValues(_ catalogs: [SegmentCatalog]) -> Set<SegmentCatalog.Key> {
        Set(
            catalogs.flatMap { catalog in
                catalog.keys.keys.filter { key in
                    (1...4).contains(key.type.rawValue) && !catalog.values.keys.contains { $0.key == key }
                }
            })
    }

    private func check(
        _ run: IndexReader, _ catalog: SegmentCatalog, without bare: Set<SegmentCatalog.Key>, _ note: String
    ) throws {
        for (from, to) in [(0, UInt64.max), (200, 400), (999, 999), (5000, 6000)] as [(UInt64, UInt64)] {
            #expect(try run.services(from: from, to: to).entries == meets(catalog.services, from, to), "\(note)")
            let short = catalog.operations.filter { $0.key.name.utf8.count < 900 }
            let operations = try run.operations(from: from, to: to)
            #expect(operations.entries == meets(short, from, to), "\(note)")
            #expect(operations.isCut == (short.count < catalog.operations.count), "\(note)")
            for service in Array(catalog.services.keys.prefix(3)) + ["none", "service"] {
                #expect(
                    try run.operations(service: service, from: from, to: to).entries
                        == meets(short.filter { $0.key.service == service }, from, to), "\(note)")
            }
            #expect(try run.attributeKeys(from: from, to: to).entries == meets(catalog.keys, from, to), "\(note)")
            for place in SegmentCatalog.Place.allCases {
                let keys = catalog.keys.filter { $0.key.place == place }
                #expect(
                    try run.attributeKeys(place: place, from: from, to: to).entries == meets(keys, from, to), "\(note)")
            }
        }
        for name in Set(catalog.keys.keys.map(\.key)) {
            var expected: [SegmentCatalog.Value: SegmentCatalog.Times] = [:]
            var isCut = false
            for key in catalog.keys.keys where key.key == name {
                let values = catalog.values.filter { $0.key.key == key }.sorted { isBefore($0.key.value, $1.key.value) }
                isCut = isCut || values.count > 256 || bare.contains(key)
                for (value, times) in values.prefix(256) { expected[value] = times }
            }
            let listing = try run.attributeValues(key: name, limit: 10_000)
            #expect(listing.entries == expected, "\(name) \(note)")
            #expect(listing.isCut == isCut, "\(name) \(note)")
            let few = try run.attributeValues(key: name, limit: 3)
            #expect(few.entries.count == min(3, expected.count) && few.isCut == (isCut || expected.count > 3))
            for place in SegmentCatalog.Place.allCases {
                #expect(
                    try run.attributeValues(place: place, key: name, limit: 10_000).entries
                        == expected.filter { $0.key.key.place == place }, "\(note)")
            }
        }
        #expect(try run.attributeValues(key: "absent").entries.isEmpty)
    }

    @Test(arguments: 0..<4) func listingsAreTheUnionOfTheSegments(round: Int) throws {
        let seed = SegmentFixture.seed &+ UInt64(round)
        let note = "WAYBILL_SEED=\(seed)"
        let fixture = try SegmentFixture()
        var samples = IndexSamples(seed: seed)
        let groups = (0..<4).map { _ in
            (0..<samples.random.below(5)).map { _ in samples.input(0, traces: 0, transactions: 0).catalog }
        }
        var whole = SegmentCatalog()
        var runs: [IndexReader] = []
        for group in groups {
            var catalog = SegmentCatalog()
            for one in group { catalog.merge(one) }
            whole.merge(catalog)
            runs.append(try write(fixture, group))
            try check(runs[runs.count - 1], catalog, without: keysWithoutValues(group), note)
        }
        let merged = try merge(fixture, [try merge(fixture, Array(runs[..<2])), runs[2], runs[3]])
        try check(merged, whole, without: keysWithoutValues(groups.flatMap { $0 }), note)
        let rows = try merged.verify()
        #expect(rows > 0 || whole == SegmentCatalog())
        let names = try IndexSQL.rows(merged.path, "SELECT name, earliest FROM services")
        #expect(
            names
                == whole.services.keys.sorted().map {
                    [$0, "\(Int64(bitPattern: whole.services[$0]?.earliest ?? 0))"]
                }, "\(note)")
    }

    @Test func whatEndedBeforeTheLiveSegmentsIsLeftOut() throws {
        let fixture = try SegmentFixture()
        var catalog = SegmentCatalog()
        catalog.services["old"] = SegmentCatalog.Times(earliest: 1, latest: 10)
        catalog.services["new"] = SegmentCatalog.Times(earliest: 5, latest: 11)
        let run = try write(fixture, [catalog])
        #expect(try merge(fixture, [run], startingFrom: 11).services().entries.keys.sorted() == ["new"])
        #expect(try merge(fixture, [run], startingFrom: 10).services().entries.count == 2)
    }

    @Test func aListingIsBoundedAndSaysSo() throws {
        let fixture = try SegmentFixture()
        let times = SegmentCatalog.Times(earliest: 1, latest: 2)
        var catalog = SegmentCatalog()
        for index in 0..<70_000 { catalog.services["s\(100_000 + index)"] = times }
        catalog.services["t" + String(repeating: "x", count: 2000)] = times
        let run = try write(fixture, [catalog])
        let services = try run.services()
        #expect(services.isCut && services.entries.count == 65_536)
        #expect(services.entries["s100000"] == times && services.entries["s169999"] == nil)
        #expect(try !run.operations().isCut)
        #expect(try merge(fixture, [run]).services().isCut)
    }
}
