import Exposition
import Telemetry
import TestSupport
import Testing

@Suite struct SelectorTests {
    private static func families() -> [MetricFamily] {
        func labels(_ job: String, _ code: String) -> [MetricLabel] {
            [MetricLabel("code", code), MetricLabel("job", job)]
        }
        let histogram = MetricSample.Value.histogram(bounds: [0.1, 1], counts: [1, 2, 3], sum: 4)
        return [
            MetricFamily(
                name: "up", help: "U.", kind: .gauge,
                samples: [("a", "200"), ("b", "200"), ("b", "500")].map {
                    MetricSample(labels: labels($0.0, $0.1), value: .number(1))
                }),
            MetricFamily(
                name: "h_seconds", help: "H.", kind: .histogram,
                samples: ["a", "b"].map { MetricSample(labels: labels($0, ""), value: histogram) }),
        ]
    }

    private func lines(_ selectors: String...) throws -> [String] {
        var selection = SeriesSelection(try selectors.map { try SeriesSelector($0) })
        let page = PrometheusText.write(selection.select(from: Self.families()))
        return String(decoding: page, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
    }

    @Test func seriesAreSelected() throws {
        #expect(try lines("up").count == 3)
        #expect(try lines("up{job=\"a\"}") == [#"up{code="200",job="a"} 1"#])
        #expect(try lines("{job='b',code=~`5..`}") == [#"up{code="500",job="b"} 1"#])
        #expect(try lines("up{job!=\"a\", code!~\"2.*\",}").count == 1)
        #expect(try lines("{__name__=~\"u.\"}").count == 3)
        #expect(try lines("{\"up\", job=\"a\"}").count == 1)
        #expect(try lines("up{job=\"a\"}", "up{code=\"200\"}").count == 2)
        #expect(try lines("up{missing=\"\"}").count == 3)
        #expect(try lines("up{missing!=\"\"}").isEmpty)
        #expect(try lines("nothing").isEmpty)
        // All lines of a histogram keep it whole; parts are series of their own.
        #expect(try lines("{__name__=~\"h_.*\",job=\"a\"}").count == 5)
        #expect(try lines("h_seconds_count{job=\"b\"}") == [#"h_seconds_count{code="",job="b"} 6"#])
        #expect(try lines("h_seconds_bucket{le=\"1\",job=\"b\"}") == [#"h_seconds_bucket{code="",job="b",le="1"} 3"#])
        #expect(try lines("up{job=\"\\x61\"}").count == 1)
        #expect(try lines("up{job=\"\\u0061\"}").count == 1)
    }

    @Test(arguments: [
        ("", 1), ("{}", 1), ("{a=\"\"}", 1), ("{a=~\".*\"}", 1), ("up{", 3), ("up{a", 5), ("up{a=", 6), ("up{a=b}", 6),
        ("up{a=\"b}", 6), ("up{a=\"b\"", 3), ("up}", 3), ("up{a=\"b\" c=\"d\"}", 10), ("up{a==\"b\"}", 6),
        ("up{a!\"b\"}", 5), ("up{1=\"b\"}", 4), ("up{a=\"\\q\"}", 7), ("up{a=~\"(\"}", 7), ("up down", 4),
        ("up{a=\"\\u12\"}", 7), ("1up", 1), ("up{a=\"x\ny\"}", 6), ("up{,}", 4), ("up{a=\"\\ud800\"}", 7),
    ])
    func refusalsNameThePlace(_ example: (text: String, position: Int)) {
        let error = #expect(throws: SelectorError.self) { try SeriesSelector(example.text) }
        #expect(error?.position == example.position, "\(example.text): \(error?.message ?? "")")
    }

    @Test func limitsAreNamed() {
        let long = "up{a=\"" + String(repeating: "x", count: 9000) + "\"}"
        #expect(throws: SelectorError.self) { try SeriesSelector(long) }
        let many = "up{" + (0..<65).map { "a\($0)=\"1\"" }.joined(separator: ",") + "}"
        let error = #expect(throws: SelectorError.self) { try SeriesSelector(many) }
        #expect(error?.message.contains("64 matchers") == true)
    }

    /// Random selectors, written out and read again, choose what comparing label by label chooses.
    @Test func randomSelectorsAgreeWithComparing() throws {
        for round in 0..<UInt64(300 * Seed.soak) {
            let seed = Seed.value &+ round
            var dice = Dice(seed)
            let labels = (0..<dice.below(4)).map { MetricLabel("l\($0)", dice.pick(["", "a", "b\"\\\n", "é"])) }
            var wanted: [(label: String, isEqual: Bool, value: String)] = []
            for _ in 0..<dice.below(4) {
                wanted.append(("l\(dice.below(5))", dice.chance(60), dice.pick(["", "a", "b\"\\\n", "é"])))
            }
            let text =
                "m{"
                + wanted.map { matcher in
                    let value = matcher.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                        .replacing("\n", with: "\\n")
                    return matcher.label + (matcher.isEqual ? "=" : " != ") + "\"\(value)\""
                }.joined(separator: dice.pick([",", " , "])) + "}"
            var selection = SeriesSelection([try SeriesSelector(text)])
            let family = MetricFamily(
                name: "m", help: "M.", kind: .gauge, samples: [MetricSample(labels: labels, value: .number(1))])
            let expected = wanted.allSatisfy { matcher in
                ((labels.first { $0.name == matcher.label }?.value ?? "") == matcher.value) == matcher.isEqual
            }
            #expect(selection.select(from: [family]).isEmpty != expected, "WAYBILL_SEED=\(seed) \(text)")
        }
    }

    @Test func garbageIsRefusedOrReadButNeverTraps() {
        let pieces = [
            "up", "{", "}", "=", "~", "!", "\"", "'", "`", ",", "\\", "a", "é", "0", "[", "(", "*", "\u{0}", " ", "\\x",
            ":",
        ]
        for round in 0..<UInt64(2000 * Seed.soak) {
            let seed = Seed.value &+ round
            var dice = Dice(seed)
            let text = (0..<dice.below(16)).map { _ in dice.pick(pieces) }.joined()
            do throws(SelectorError) {
                let selector = try SeriesSelector(text)
                #expect(!selector.matchers.isEmpty, "WAYBILL_SEED=\(seed)")
            } catch {
                let places = text.unicodeScalars.count + 1
                #expect((1...places).contains(error.position), "WAYBILL_SEED=\(seed) \(text) \(error.message)")
            }
        }
    }
}
