import Telemetry
import Testing

@Suite struct HostileSpansTests {
    @Test func circlesOfParentsAreCutOpen() {
        var story = Story()
        _ = story.span(id: 1, parent: 3, "a", "one", .internal, at: 0, took: 10)
        _ = story.span(id: 2, parent: 1, "a", "two", .internal, at: 1, took: 10)
        _ = story.span(id: 3, parent: 2, "a", "three", .internal, at: 2, took: 10)
        _ = story.span(id: 4, parent: 4, "a", "itself", .internal, at: 3, took: 10)
        _ = story.span(id: 5, parent: 3, "a", "below", .internal, at: 4, took: 10)
        let hops = story.journey().hops
        #expect(hops.map(\.operation) == ["one", "two", "three", "below", "itself"])
        #expect(hops.map(\.depth) == [0, 1, 2, 3, 0])
        #expect(hops.map(\.cutsCycle) == [true, false, false, false, true])
    }

    /// A callee whose parent is its own caller's child, and the other way round.
    @Test func aCircleThroughAJoinedHop() {
        var story = Story()
        _ = story.span(id: 1, parent: 2, "a", "call", .client, at: 0, took: 10)
        _ = story.span(id: 2, parent: 1, "b", "call", .server, at: 1, took: 10)
        #expect(story.journey().hops.count == 1)
        #expect(story.journey().hops[0].parent == nil)
    }

    @Test func timesAtTheEdges() {
        var story = Story()
        _ = story.span("a", "x", at: 0, took: 10)
        for (start, end) in [(UInt64(0), UInt64.max), (.max, 0), (.max, .max)] {
            var stored = story.spans[0]
            stored.span.spanID = SpanID(start ^ end ^ 99 ^ start << 7)
            stored.span.startNanoseconds = start
            stored.span.endNanoseconds = end
            story.add(stored)
        }
        let journey = story.journey()
        #expect(journey.hops.count == 4)
        #expect(journey.summary.durationNanoseconds == .max)
    }

    @Test func noSpansAtAll() {
        let journey = Story().journey()
        #expect(journey.hops.isEmpty && journey.legs.isEmpty)
        #expect(journey.summary.outcome == .unknown)
    }

    @Test func aChainOfAHundredThousand() {
        var story = Story()
        var parent: UInt64 = 0
        for depth in 0..<100_000 {
            parent = story.span(parent: parent, "a", "x", .internal, at: UInt64(depth), took: 200_000)
        }
        let journey = story.journey()
        #expect(journey.hops.count == 100_000)
        #expect(journey.hops.last?.depth == 99_999)
    }

    /// 50,000 calls that forwarded no headers, each made from one of 50,000 hops.
    @Test func aHundredThousandTraces() {
        var story = Story()
        for number in 0..<50_000 {
            let at = UInt64(number) * 100
            _ = story.span(trace: UInt64(2 * number), "b", "serve", at: at, took: 90)
            _ = story.span(trace: UInt64(2 * number + 1), "b", "call", .client, at: at + 5, took: 50)
        }
        let journey = story.journey()
        #expect(journey.legs.count == 50_000)
        #expect(journey.hops.count { $0.linkedBy == .transaction } == 50_000)
    }

    /// Everything at once, everywhere the same: no candidate can be told from another.
    @Test func twentyThousandIdenticalTimes() {
        var story = Story()
        for number in 0..<10_000 {
            _ = story.span(trace: UInt64(2 * number), "b", "serve", at: 0, took: 90)
            _ = story.span(trace: UInt64(2 * number + 1), "b", "call", .client, at: 0, took: 90)
        }
        #expect(story.journey().hops.count == 20_000)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func theOrderOfTheInputDoesNotMatter(seed: UInt64) {
        var random = Dice(seed: Dice.seed(seed))
        var story = Story.payment()
        for stored in Story.broken("P-1001").spans { story.add(stored) }
        // Spans in conflict, and ids that point anywhere.
        for _ in 0..<60 {
            guard var stored = story.spans.randomElement(using: &random) else { continue }
            stored.span.parentSpanID = SpanID(UInt64.random(in: 0...40, using: &random))
            stored.span.name = "n\(Int.random(in: 0...3, using: &random))"
            stored.span.kind = SpanKind(rawValue: Int32.random(in: 0...6, using: &random))
            if Bool.random(using: &random) { stored.span.spanID = SpanID(UInt64.random(in: 1...40, using: &random)) }
            story.add(stored)
        }
        let expected = story.journey(gaps: Story.gaps)
        for _ in 0..<20 {
            let shuffled = Journey(
                transaction: "P-1001", kinds: [], spans: story.spans.shuffled(using: &random), rules: .standard,
                gaps: Story.gaps.shuffled(using: &random))
            #expect(shuffled == expected, "seed \(random.first)")
        }
        checkTree(expected, random.first)
    }

    /// Whatever the ids say, the answer is a tree in pre-order that holds every span once.
    @Test(arguments: [UInt64(11), 12, 13, 14, 15, 16])
    func anyInputGivesATree(seed: UInt64) {
        var random = Dice(seed: Dice.seed(seed))
        for _ in 0..<200 {
            var story = Story()
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                _ = story.span(
                    trace: UInt64.random(in: 1...3, using: &random), id: UInt64.random(in: 1...20, using: &random),
                    parent: UInt64.random(in: 0...24, using: &random),
                    ["a", "b", "c"].randomElement(using: &random) ?? "a",
                    "n", SpanKind(rawValue: Int32.random(in: 0...5, using: &random)),
                    at: UInt64.random(in: 0...50, using: &random), took: UInt64.random(in: 0...50, using: &random),
                    attributes: Bool.random(using: &random)
                        ? [Attribute("payment.id", .string("P-\(Int.random(in: 1...2, using: &random))"))] : [])
            }
            let journey = story.journey("P-1")
            checkTree(journey, random.first)
            let shown = journey.hops.reduce(0) { $0 + ($1.caller == nil ? 0 : 1) + ($1.callee == nil ? 0 : 1) }
            #expect(shown == journey.summary.spans, "seed \(random.first)")
            if journey.traces.allSatisfy({ !$0.isBulk }) {
                #expect(shown == Set(story.spans.map(\.span)).count, "seed \(random.first)")
            }
        }
    }

    private func checkTree(_ journey: Journey, _ seed: UInt64) {
        for (position, hop) in journey.hops.enumerated() {
            #expect(hop.id == position, "seed \(seed)")
            guard let parent = hop.parent else {
                #expect(hop.depth == 0, "seed \(seed)")
                continue
            }
            #expect(parent < position && journey.hops[parent].depth == hop.depth - 1, "seed \(seed)")
            #expect(journey.hops[parent].leg == hop.leg, "seed \(seed)")
        }
        #expect(journey.legs.flatMap(\.roots) == journey.hops.filter { $0.parent == nil }.map(\.id), "seed \(seed)")
    }
}
