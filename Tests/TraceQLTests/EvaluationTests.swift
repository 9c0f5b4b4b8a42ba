import Telemetry
import TestSupport
import Testing
import TraceQL

@Suite struct EvaluationTests {
    private static func evaluator(_ query: TraceQuery) throws -> TraceEvaluator {
        try TraceEvaluator(query) { pattern throws(any Error) in
            nonisolated(unsafe) let regex = try Regex(pattern)
            return { $0.wholeMatch(of: regex) != nil }
        }
    }

    @Test func randomQueriesMeanWhatThePlainReadingSays() throws {
        print("evaluation: WAYBILL_SEED=\(Seed.value)")
        var random = Dice(Seed.value &+ 2)
        var matched = 0
        for _ in 0..<(Seed.isSoak ? 100_000 : 2500) {
            let seed = random.next()
            var traces = RandomTrace(seed)
            let spans = traces.spans(1 + random.below(9))
            var queries = RandomQuery(random.next())
            for _ in 0..<4 {
                let query = queries.query()
                let window: ClosedRange<UInt64> = random.one(in: 3) ? 1004...1012 : 0 ... .max
                let sets = try Self.evaluator(query).spanSets(of: TraceView(spans), window: window)
                let expected = NaiveEvaluator(spans: spans, window: window).spanSets(query)
                #expect(sets.map { Set($0.rows) } == expected, "trace \(seed): \(query)")
                #expect(sets.allSatisfy { $0.rows == $0.rows.sorted() && !$0.rows.isEmpty })
                if !sets.isEmpty { matched += 1 }
            }
        }
        #expect(matched > 500)
    }

    private func span(_ id: UInt64, below parent: UInt64 = 0, _ name: String = "x", _ attributes: [Attribute] = [])
        -> Span
    {
        Span(
            traceID: TraceID(high: 0, low: 7), spanID: SpanID(id), parentSpanID: SpanID(parent), name: name,
            startNanoseconds: id * 10, endNanoseconds: id * 10 + 5, attributes: attributes)
    }

    private func rows(_ text: String, _ spans: [Span]) throws -> [[Int]] {
        try Self.evaluator(TraceQuery.parse(text)).spanSets(of: TraceView(spans)).map(\.rows)
    }

    /// A root with two children, the first of which has one itself, and a span whose parent is not stored.
    private var family: [Span] {
        [
            span(1, "root"), span(2, below: 1, "a"), span(3, below: 1, "b"), span(4, below: 2, "a"),
            span(5, below: 99, "lost"),
        ]
    }

    @Test(
        arguments: [
            ("{ name = `root` } > { }", [[1, 2]]), ("{ name = `root` } >> { }", [[1, 2, 3]]),
            ("{ name = `a` } < { }", [[0, 1]]), ("{ name = `a` } << { }", [[0, 1]]), ("{ name = `b` } ~ { }", [[1]]),
            ("{ } !< { }", [[2, 3, 4]]), ("{ name = `root` } !>> { }", [[0, 4]]),
            ("{ name = `none` } !> { }", [[0, 1, 2, 3, 4]]),
            ("{ name = `b` } !~ { name = `a` }", [[3]]), ("{ name = `a` } &> { name = `a` }", [[1, 3]]),
            ("{ name = `root` } &>> { name = `a` }", [[0, 1, 3]]), ("{ name = `a` } && { name = `b` }", [[1, 2, 3]]),
            ("{ name = `a` } && { name = `none` }", []), ("{ name = `a` } || { name = `none` }", [[1, 3]]),
            ("{ nestedSetParent < 0 }", [[0]]), ("{ nestedSetParent = 0 }", [[4]]),
            ("{ childCount = 0 }", [[2, 3, 4]]),
            ("{ rootName = `root` && name = `b` }", [[2]]), ("{ traceDuration = 45ns }", [[0, 1, 2, 3, 4]]),
            ("{ } | by(name)", [[0], [1, 3], [2], [4]]), ("{ } | by(name) | count() > 1", [[1, 3]]),
            ("{ } | by(name) | coalesce() | count() = 5", [[0, 1, 2, 3, 4]]), ("{ } | count() > 5", []),
            ("{ parent.name = `x` }", []),
            ("{ duration = 5ns } | max(duration) - min(duration) = 0", [[0, 1, 2, 3, 4]]),
            ("{ } | avg(.none) = 0", []), ("{ } | avg(.none) != 0", []),
        ] as [(String, [[Int]])])
    func family(_ text: String, _ expected: [[Int]]) throws {
        #expect(try rows(text, family) == expected, "\(text)")
    }

    @Test func whatIsNotThereComparesAsFalse() throws {
        let spans = [span(1, "x", [Attribute("a", .int(1))]), span(2, "x", [Attribute("a", .string("1"))]), span(3)]
        for (text, expected) in [
            ("{ .a = 1 }", [[0]]), ("{ .a != 2 }", [[0]]), ("{ !(.a = 1) }", [[1, 2]]), ("{ .a = nil }", [[2]]),
            ("{ .a != nil }", [[0, 1]]), ("{ .a != `2` }", [[1]]), ("{ .a + 1 = 2 }", [[0]]), ("{ .a = .b }", []),
            ("{ .a !~ `x` }", [[1]]), ("{ .a >= 0.5 }", [[0]]),
        ] as [(String, [[Int]])] {
            #expect(try rows(text, spans) == expected, "\(text)")
        }
    }

    @Test func integersAndDoublesCompareExactly() throws {
        let large = Int64(1) << 53 + 1
        let spans = [span(1, "x", [Attribute("a", .int(large)), Attribute("b", .double(0x1p53))])]
        #expect(try rows("{ .a > .b }", spans) == [[0]])
        #expect(try rows("{ .a = .b }", spans) == [])
        #expect(try rows("{ .a = \(large) }", spans) == [[0]])
    }

    @Test func setsSayWhatWasMadeOfThem() throws {
        let query = try TraceQuery.parse("{ } | by(name) | count() > 1 | max(duration) > 1ns | select(span.a)")
        let sets = try Self.evaluator(query).spanSets(of: TraceView(family))
        #expect(
            sets.map(\.attributes) == [
                [
                    Attribute("by(name)", .string("a")), Attribute("count()", .int(2)),
                    Attribute("max(duration)", .string("5ns")),
                ]
            ])
        #expect(query.shownFields == [.attribute(.span, key: "a")])
    }

    /// A chain of spans, and one with a hundred thousand children: no walk may recurse, none may look at every pair.
    @Test func deepAndWideTraces() throws {
        let count: UInt64 = 100_000
        let chain = (1...count).map { span($0, below: $0 - 1, $0 == 1 ? "root" : "x") }
        let wide = (1...count).map { span($0, below: $0 == 1 ? 0 : 1, $0 == 1 ? "root" : "x") }
        for spans in [chain, wide] {
            #expect(try rows("{ name = `root` } >> { }", spans).first?.count == Int(count) - 1)
            #expect(try rows("{ } << { name = `root` }", spans) == [[0]])
            #expect(try rows("{ } ~ { }", spans).first?.count == (spans == wide ? Int(count) - 1 : nil))
        }
    }
}
