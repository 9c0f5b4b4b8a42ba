import Storage
import Telemetry
import Testing

/// Columns whose values have a form come back as they were, and the form is used.
@Suite struct SegmentEncodingTests {
    struct Column: CustomTestStringConvertible, Sendable {
        var name: String
        /// Bytes a value that the whole file may take, the fifteen or so of a bare span left out.
        var limit: Double
        var value: @Sendable (Int, inout SegmentRandom) -> AttributeValue

        var testDescription: String { name }
    }

    private static func text(
        _ name: String, _ limit: Double, _ value: @escaping @Sendable (Int, inout SegmentRandom) -> String
    ) -> Column {
        Column(name: name, limit: limit) { .string(value($0, &$1)) }
    }

    private static func digits(_ alphabet: String, _ count: Int, _ random: inout SegmentRandom) -> String {
        let alphabet = Array(alphabet)
        return String((0..<count).map { _ in alphabet[random.below(alphabet.count)] })
    }

    static let columns: [Column] = [
        text("UUID", 19) { _, random in random.uuid() },
        text("upper-case UUID", 19) { _, random in random.uuid().uppercased() },
        text("UUID as URN", 19) { _, random in "urn:uuid:" + random.uuid() },
        text("UUID in a path", 19) { _, random in "/orders/" + random.uuid() + "/lines" },
        text("UUIDs with a common start", 18) { _, random in "0190a3b4" + random.uuid().dropFirst(8) },
        text("hash with its method", 35) { _, random in "sha256:" + digits("0123456789abcdef", 64, &random) },
        text("upper-case hex of odd length", 6) { _, random in "T" + digits("0123456789ABCDEF", 9, &random) },
        text("base 36 behind a prefix", 7.5) { _, random in
            "PAY-" + digits("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8, &random)
        },
        text("ULID", 18) { _, random in "01" + digits("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24, &random) },
        text("digits of a fixed number", 6) { _, random in "ID-\(10_000_000 + random.below(90_000_000))" },
        text("digits that grow", 1) { index, _ in "item-\(index)-x" },
        text("digits of any number", 5) { _, random in "n\(random.next() >> (40 + UInt64(random.below(20))))" },
        text("digits with leading zeros", 8) { index, random in
            "n" + (index % 3 == 0 ? "00" : "") + "\(random.below(900_000))"
        },
        text("long digits", 30) { _, random in digits("0123456789", 25, &random) },
        text("ends in common", 14) { _, random in
            "/v1/customers/" + digits("abcdefghijklmnopqrstuvwxyz", 1 + random.below(12), &random) + "/accounts/main"
        },
        text("one the start of the other", 8) { index, _ in String(repeating: "ab", count: index % 40) },
        text("nearly UUIDs", 42) { index, random in index % 500 == 7 ? random.uuid() + "x" : random.uuid() },
        text("UUIDs of both cases", 42) { index, random in index % 2 == 0 ? random.uuid() : random.uuid().uppercased()
        },
        Column(name: "counter", limit: 1.5) { index, random in .int(Int64(7_000_000_000 + index * 20 + random.below(9)))
        },
        Column(name: "steady clock", limit: 0.5) { index, _ in .int(1_790_000_000_000_000_000 + Int64(index) * 999_983)
        },
        Column(name: "accelerating", limit: 0.5) { index, _ in .int(Int64(index) * Int64(index) * 77 - 5_000_000) },
        Column(name: "extremes", limit: 9) { index, random in
            .int([Int64.min, .max, 0, -1, Int64(bitPattern: random.next())][index % 5])
        },
        Column(name: "prices", limit: 3) { _, random in .double(Double(random.below(900_000)) / 100) },
        Column(name: "minus zero among whole numbers", limit: 9) { index, random in
            .double(index % 50 == 0 ? -0.0 : Double(random.below(70_000)))
        },
        Column(name: "NaN among fractions", limit: 9) { index, random in
            .double(index % 50 == 0 ? Double(nan: UInt64(index), signaling: false) : Double(random.next()) / 7)
        },
    ]

    @Test(arguments: columns)
    func comesBackInItsForm(_ column: Column) throws {
        var random = SegmentRandom(seed: SegmentFixture.seed)
        let count = 9000
        let spans = (0..<count).map { index in
            Span(
                traceID: TraceID(high: 1, low: UInt64(index + 1)), spanID: SpanID(UInt64(index + 1)), name: "work",
                startNanoseconds: 1_790_000_000_000_000_000 + UInt64(index) * 1000,
                endNanoseconds: 1_790_000_000_000_000_500 + UInt64(index) * 1000,
                attributes: [Attribute("k", column.value(index, &random))])
        }
        let comment = Comment("\(column.name), WAYBILL_SEED=\(SegmentFixture.seed)")
        let fixture = try SegmentFixture()
        for effort in [SegmentEffort.fast, .high] {
            let summary = try fixture.write(
                [(SpanBatch(spans), SegmentFixture.provenance(1))], effort: effort)
            let reader = try fixture.open(summary.path)
            let (found, _, _) = try reader.read(try reader.traces()[...])
            #expect((0..<found.count).map { found.span($0) } == spans, comment)
            for trace in summary.traces.shuffled().prefix(20) {
                #expect(
                    try reader.spans(of: trace.traceID, at: trace).map(\.span) == [spans[Int(trace.traceID.low) - 1]],
                    comment)
            }
            try reader.verify()
            let rows = summary.blocks.reduce(0) { $0 + ($1.kind == .rows ? $1.length : 0) }
            #expect(Double(rows) / Double(count) < column.limit + 0.6, comment)
        }
    }

    /// Ids in names would make a shape, with plans for all its columns, of every span.
    @Test func manyNamesAreOneShape() throws {
        var random = SegmentRandom(seed: SegmentFixture.seed)
        let web = Resource(attributes: [Attribute("service.name", .string("web"))])
        let first: UInt64 = 1_790_000_000_000_000_000
        var spans: [Span] = []
        for index in 0..<6000 {
            var name = "GET /users/\(index)/\(random.uuid())"
            if index % 7 == 0 { name = "GET /" }
            if index % 100 == 3 { name = "" }
            let start = first + UInt64(index) * 1000
            spans.append(
                Span(
                    traceID: TraceID(high: 1, low: UInt64(index / 3 + 1)), spanID: SpanID(UInt64(index + 1)),
                    name: name, kind: index % 2 == 0 ? .server : .client, startNanoseconds: start,
                    endNanoseconds: start + 500, attributes: [Attribute("user", .int(Int64(index)))], resource: web))
        }
        let comment = Comment("WAYBILL_SEED=\(SegmentFixture.seed)")
        let fixture = try SegmentFixture()
        let summary = try fixture.write([(SpanBatch(spans), SegmentFixture.provenance(1))])
        let reader = try fixture.open(summary.path)
        try reader.verify()
        let (found, _, _) = try reader.read(try reader.traces()[...])
        #expect((0..<found.count).map { found.span($0) } == spans, comment)
        let shapes = try #require(summary.blocks.first { $0.kind == BlockKind.shapes })
        #expect(shapes.length < 12_000)
        #expect(try reader.catalog().operations.count == SegmentCatalog.maximumOperations)
        for span in spans.prefix(50) where !span.name.isEmpty {
            #expect(try reader.mayContain(FilterKey(.intrinsic, key: "name").string(span.name), in: 0), comment)
        }
    }
}

extension FilterKey {
    fileprivate func string(_ text: String) -> UInt64 { Array(text.utf8).withUnsafeBytes { string($0) } }
}
