import Telemetry
import Testing

@Suite struct TransactionTests {
    private func span(_ attributes: [Attribute]) -> Span {
        Span(
            traceID: TraceID(high: 0, low: 1), spanID: SpanID(1), name: "n", startNanoseconds: 0, endNanoseconds: 0,
            attributes: attributes)
    }

    /// What the finder reports, as the rules would say it of one span.
    private func found(_ spans: [Span], _ rules: TransactionRules = .standard) -> (
        keys: [[TransactionKey]], refused: Int
    ) {
        let batch = SpanBatch(spans)
        var finder = TransactionFinder(rules: rules)
        var keys = [[TransactionKey]](repeating: [], count: spans.count)
        finder.find(in: batch) { row, rule, value in
            let key = TransactionKey(kind: rules.rules[rule].kind, value: String(decoding: value, as: UTF8.self))
            if !keys[row].contains(key) { keys[row].append(key) }
        }
        return (keys, finder.refused)
    }

    @Test func oneIDWrittenTwoWaysIsOneTransaction() {
        let rules = TransactionRules.standard
        let upper = span([Attribute("payment.uetr", .string(" 97ED4827-7B6F-4491-A06F-B548D5A7512D\t"))])
        #expect(rules.keys(of: upper) == [TransactionKey(kind: "uetr", value: "97ed4827-7b6f-4491-a06f-b548d5a7512d")])
        #expect(rules.normalise("97ED4827", kind: "uetr") == "97ed4827")
        #expect(rules.normalise("97ED4827", kind: "payment") == "97ED4827")
        #expect(rules.kinds == ["payment", "uetr", "end_to_end", "card_authorization", "transaction"])
    }

    @Test func numbersAreIDsToo() {
        let keys = TransactionRules.standard.keys(of: span([Attribute("transaction.id", .int(-42))]))
        #expect(keys == [TransactionKey(kind: "transaction", value: "-42")])
        #expect(TransactionRules.standard.keys(of: span([Attribute("transaction.id", .double(1))])).isEmpty)
    }

    @Test(arguments: [
        "", "   ", "a\u{0}b", "a\nb", "a\u{7F}", "\u{1B}[2J", String(repeating: "x", count: 257),
        String(repeating: "x", count: 10_240),
    ])
    func whatCannotBeAnIDIsRefusedAndCounted(text: String) {
        let bad = span([Attribute("payment.id", .string(text))])
        #expect(TransactionRules.standard.keys(of: bad).isEmpty)
        #expect(TransactionRules.standard.normalise(text, kind: "payment") == nil)
        let result = found([bad, span([Attribute("payment.id", .string("good"))])])
        #expect(result.keys == [[], [TransactionKey(kind: "payment", value: "good")]])
        #expect(result.refused == 1)
    }

    @Test func theLongestID() {
        let longest = String(repeating: "x", count: 256)
        #expect(TransactionRules.standard.normalise(longest, kind: "payment") == longest)
        #expect(TransactionRules.standard.normalise("  " + longest + " ", kind: "payment") == longest)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func theFinderAgreesWithTheRules(seed: UInt64) {
        var any = AnySpan(dice: Dice(seed: Dice.seed(seed)))
        let rules = TransactionRules(
            revision: 3,
            rules: TransactionRules.standard.rules + [
                .init(attribute: "payment.id", kind: "second", normalisation: .lowercase),
                .init(attribute: "never.seen", kind: "third"),
            ])
        let names = rules.rules.map(\.attribute)
        for _ in 0..<50 {
            var spans = any.spans(20)
            for position in spans.indices {
                for _ in 0..<Int.random(in: 0...3, using: &any.dice) where names.count > 1 {
                    let name = names[Int.random(in: 0..<(names.count - 1), using: &any.dice)]
                    let value = any.chance(2) ? AttributeValue.string("P-\(any.dice.next() % 5)") : any.value()
                    spans[position].attributes.insert(Attribute(name, value), at: 0)
                }
            }
            let result = found(spans, rules)
            #expect(result.keys.map(Set.init) == spans.map { Set(rules.keys(of: $0)) }, "seed \(any.dice.first)")
        }
    }

    @Test func theFinderIsUnmovedByOtherBatches() {
        var finder = TransactionFinder(rules: .standard)
        var rows = 0
        for number in 0..<3 {
            let batch = SpanBatch([span([Attribute("x\(number)", .int(1)), Attribute("payment.id", .string("\u{1}"))])])
            finder.find(in: batch) { _, _, _ in rows += 1 }
        }
        #expect(rows == 0 && finder.refused == 3)
    }
}
