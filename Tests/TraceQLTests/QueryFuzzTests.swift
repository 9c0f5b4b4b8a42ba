import TestSupport
import Testing
import TraceQL

@Suite struct QueryFuzzTests {
    private static let pieces = [
        "{", "}", "(", ")", "|", "||", "&&", "=", "!=", "=~", "!~", ">", ">>", "<", "<<", "~", "&>>", "!<", "!", "-",
        "+",
        "*", "/", "%", "^", ",", ".", ".a", "span.", "parent.resource.x", "\"a\"", "\"", "`", "1", "0.5", ".5", "1h30m",
        "9e9",
        "true", "nil", "error", "server", "name", "status", "duration", "span:id", "trace:", ":", "count()", "avg(",
        "by(",
        "select(", "coalesce()", "rate()", "quantile_over_time(duration, .9)", "topk(2)", "with(a=1)", "//", "/*", "*/",
        "\\", "é", "\u{2028}", "\0", " ", "\n",
    ]

    @Test func whatIsPrintedParsesToTheSame() throws {
        print("queries: WAYBILL_SEED=\(Seed.value)")
        var random = Dice(Seed.value)
        for _ in 0..<(Seed.isSoak ? 200_000 : 4000) {
            var source = RandomQuery(random.next(), isExotic: true)
            let query = source.query()
            let text = query.description
            let parsed = try TraceQuery.parse(text)
            #expect(parsed.description == text)
            #expect(parsed == query, "\(text)")
        }
    }

    @Test func anyTextIsAQueryOrRefusedAtAPlaceInIt() throws {
        print("texts: WAYBILL_SEED=\(Seed.value)")
        var random = Dice(Seed.value &+ 1)
        var parsed = 0
        for _ in 0..<(Seed.isSoak ? 1_000_000 : 20_000) {
            let text: String
            if random.one(in: 2) {
                text = (0..<random.below(14)).map { _ in random.pick(Self.pieces) }.joined(
                    separator: random.one(in: 2) ? " " : "")
            } else {
                // A query with a few bytes changed.
                var source = RandomQuery(random.next(), isExotic: true)
                var bytes = Array(source.query().description.utf8)
                for _ in 0...random.below(3) where !bytes.isEmpty {
                    switch random.below(3) {
                    case 0: bytes.remove(at: random.below(bytes.count))
                    case 1: bytes.insert(UInt8(random.below(128)), at: random.below(bytes.count))
                    default: bytes[random.below(bytes.count)] = UInt8(random.below(256))
                    }
                }
                text = String(decoding: bytes, as: UTF8.self)
            }
            do throws(TraceQLError) {
                let query = try TraceQuery.parse(text)
                parsed += 1
                let again = try TraceQuery.parse(query.description)
                #expect(again == query, "\(text)")
            } catch {
                #expect(0...text.utf8.count ~= error.offset, "\(text)")
                _ = error.excerpt(of: text, width: 40)
            }
        }
        #expect(parsed > 100)
    }
}
