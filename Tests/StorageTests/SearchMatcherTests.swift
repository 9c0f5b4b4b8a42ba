import Storage
import Telemetry
import Testing

/// What a filter means, comparison by comparison, on a span that has a bit of everything.
@Suite struct SearchMatcherTests {
    private typealias Example = (filter: SpanFilter, isMatch: Bool)

    private static func span() -> Span {
        Span(
            traceID: TraceID(high: 0xAB, low: 1), spanID: SpanID(0x1F), traceState: "bank=1", name: "POST /pay",
            kind: .server, startNanoseconds: 1_000, endNanoseconds: 6_500,
            attributes: [
                Attribute("int", .int(5)), Attribute("double", .double(5.5)), Attribute("whole", .double(5)),
                Attribute("text", .string("hello")), Attribute("yes", .bool(true)), Attribute("nan", .double(.nan)),
                Attribute("list", .array([.string("a"), .int(7), .array([.string("deep")])])),
                Attribute("twice", .int(1)), Attribute("twice", .string("two")), Attribute("nothing", .empty),
                Attribute("raw", .bytes([1])), Attribute("both", .string("span")), Attribute("", .int(9)),
                Attribute("huge", .int(.max)),
            ],
            events: [
                SpanEvent(timeNanoseconds: 1, name: "retry", attributes: [Attribute("n", .int(1))]),
                SpanEvent(timeNanoseconds: 2, name: "exception", attributes: [Attribute("n", .int(2))]),
            ],
            links: [
                SpanLink(
                    traceID: TraceID(high: 0, low: 0xCD), spanID: SpanID(2),
                    attributes: [Attribute("why", .string("x"))])
            ],
            status: SpanStatus(code: SpanStatus.error, message: "declined"),
            resource: Resource(attributes: [
                Attribute("service.name", .string("pay")), Attribute("both", .string("resource")),
                Attribute("zone", .string("eu")),
            ]), scope: InstrumentationScope(name: "lib", version: "2", attributes: [Attribute("s", .bool(false))]))
    }

    private static func any(
        _ key: String, _ comparison: SpanFilter.Comparison, _ value: FilterValue
    ) -> SpanFilter { .compare(.attribute(.any, key: key), comparison, value) }

    private static let examples: [Example] = [
        (.all, true), (.none, false), (.and([]), true), (.or([]), false), (.not(.none), true),
        (any("int", .equal, .int(5)), true), (any("int", .equal, .double(5)), true),
        (any("int", .less, .double(5.5)), true), (any("int", .greaterOrEqual, .double(5.5)), false),
        (any("int", .notEqual, .double(5.5)), true), (any("double", .greater, .int(5)), true),
        (any("double", .less, .int(6)), true), (any("whole", .equal, .int(5)), true),
        (any("int", .equal, .string("5")), false), (any("int", .notEqual, .string("5")), false),
        (any("text", .equal, .string("hello")), true), (any("text", .less, .string("help")), true),
        (any("text", .greater, .string("hell")), true), (any("text", .hasPrefix, .string("he")), true),
        (any("text", .matches, .string("h.*o")), true), (any("text", .matches, .string("ell")), false),
        (any("text", .notMatches, .string("ell")), true), (any("int", .notMatches, .string("ell")), false),
        (any("yes", .equal, .bool(true)), true), (any("yes", .notEqual, .bool(true)), false),
        (any("yes", .equal, .int(1)), false), (any("nan", .equal, .double(.nan)), false),
        (any("nan", .notEqual, .double(.nan)), true), (any("nan", .less, .int(1)), false),
        (any("huge", .equal, .double(0x1p63)), false), (any("huge", .less, .double(0x1p63)), true),
        (any("missing", .notEqual, .int(1)), false), (.not(any("missing", .equal, .int(1))), true),
        (any("list", .equal, .string("a")), true), (any("list", .equal, .double(7)), true),
        (any("list", .equal, .string("deep")), false), (any("list", .notEqual, .string("a")), false),
        (any("list", .notEqual, .string("b")), true), (any("twice", .equal, .int(1)), true),
        (any("twice", .equal, .string("two")), true), (any("", .equal, .int(9)), true),
        (.exists(.attribute(.any, key: "nothing")), true), (.exists(.attribute(.span, key: "raw")), true),
        (any("raw", .notEqual, .string("x")), false), (.exists(.attribute(.any, key: "missing")), false),
        (any("both", .equal, .string("span")), true), (any("both", .equal, .string("resource")), false),
        (.compare(.attribute(.resource, key: "both"), .equal, .string("resource")), true),
        (any("zone", .equal, .string("eu")), true),
        (.compare(.attribute(.span, key: "zone"), .equal, .string("eu")), false),
        (.exists(.attribute(.span, key: "zone")), false), (.exists(.attribute(.resource, key: "zone")), true),
        (.compare(.attribute(.scope, key: "s"), .equal, .bool(false)), true),
        (.compare(.attribute(.event, key: "n"), .equal, .int(2)), true),
        (.compare(.attribute(.event, key: "n"), .greater, .int(2)), false),
        (.compare(.attribute(.link, key: "why"), .equal, .string("x")), true),
        (.compare(.service, .equal, .string("pay")), true), (.compare(.name, .hasPrefix, .string("POST")), true),
        (.compare(.kind, .equal, .int(2)), true), (.compare(.status, .equal, .int(2)), true),
        (.compare(.statusMessage, .equal, .string("declined")), true),
        (.compare(.duration, .equal, .int(5_500)), true), (.compare(.duration, .greater, .double(5_499.5)), true),
        (.compare(.duration, .less, .int(-1)), false), (.compare(.duration, .greater, .int(-1)), true),
        (.compare(.start, .lessOrEqual, .int(1_000)), true), (.compare(.end, .greater, .int(6_500)), false),
        (.compare(.traceID, .equal, .string("00000000000000AB0000000000000001")), true),
        (.compare(.spanID, .equal, .string("000000000000001f")), true),
        (.compare(.spanID, .matches, .string("0+1f")), true), (.exists(.parentSpanID), false),
        (.compare(.parentSpanID, .notEqual, .string("000000000000001f")), false),
        (.compare(.isRoot, .equal, .bool(true)), true), (.compare(.traceState, .hasPrefix, .string("bank")), true),
        (.compare(.scopeName, .equal, .string("lib")), true), (.compare(.scopeVersion, .equal, .string("2")), true),
        (.compare(.eventName, .equal, .string("exception")), true),
        (.compare(.eventName, .equal, .string("other")), false),
        (.compare(.linkTraceID, .equal, .string("000000000000000000000000000000cd")), true),
        (.compare(.linkSpanID, .equal, .string("0000000000000002")), true),
        (.and([any("int", .equal, .int(5)), any("text", .equal, .string("hello"))]), true),
        (.and([any("int", .equal, .int(5)), .none]), false),
        (.or([any("int", .equal, .int(6)), any("text", .equal, .string("hello"))]), true),
        (.not(.and([any("int", .equal, .int(5)), .not(any("yes", .equal, .bool(true)))])), true),
    ]

    @Test func meansWhatIsWritten() throws {
        let other = Span(
            traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), parentSpanID: SpanID(7), name: "",
            startNanoseconds: 5,
            endNanoseconds: 1)
        let batch = SpanBatch([Self.span(), other, Self.span()])
        for example in Self.examples {
            var matcher = try SpanMatcher(example.filter)
            let alone = [matcher.matches(batch, 0), matcher.matches(batch, 1)]
            #expect(alone[0] == example.isMatch, "\(example.filter)")
            let rows = matcher.rows(of: batch)
            #expect(rows.contains(0) == example.isMatch && rows.contains(2) == example.isMatch, "\(example.filter)")
            #expect(rows.contains(1) == alone[1], "\(example.filter)")
            let later = matcher.rows(of: batch, in: 1..<3)
            #expect(later == rows.filter { $0 > 0 })
        }
    }

    @Test func aSpanWithoutAService() throws {
        let batch = SpanBatch([
            Span(traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), name: "", startNanoseconds: 5, endNanoseconds: 1)
        ])
        var unknown = try SpanMatcher(.compare(.service, .equal, .string("unknown_service")))
        let isUnknown = unknown.matches(batch, 0)
        #expect(isUnknown)
        var backwards = try SpanMatcher(.compare(.duration, .equal, .int(0)))
        let rows = backwards.rows(of: batch)
        #expect(rows == [0])
    }

    @Test func whatCannotBeComparedIsRefused() {
        let deep = (0..<100).reduce(SpanFilter.all) { filter, _ in .not(.and([filter, .exists(.name)])) }
        let wide = SpanFilter.or((0..<300).map { .compare(.kind, .equal, .int($0)) })
        let filters: [SpanFilter] = [
            Self.any("a", .matches, .int(1)), Self.any("a", .hasPrefix, .bool(true)), Self.any("a", .less, .bool(true)),
            Self.any("a", .matches, .string("(")), deep, wide,
            .compare(.name, .equal, .string(String(repeating: "x", count: 70_000))),
        ]
        for filter in filters {
            #expect(throws: StoreError.self) { try SpanMatcher(filter) }
        }
    }
}
