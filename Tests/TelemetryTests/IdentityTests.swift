import Telemetry
import Testing

@Suite struct IdentityTests {
    @Test func hexadecimal() {
        #expect(
            TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736).description
                == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(
            TraceID(hex: "4BF92F3577B34DA6A3CE929D0E0E4736")
                == TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736))
        #expect(TraceID(hex: "a3ce929d0e0e4736") == TraceID(high: 0, low: 0xa3ce_929d_0e0e_4736))
        #expect(SpanID(hex: "00F067aa0ba902b7")?.description == "00f067aa0ba902b7")
    }

    @Test(arguments: [
        "", "4bf9", "4bf92f3577b34da6a3ce929d0e0e473", "4bf92f3577b34da6a3ce929d0e0e47361",
        "4bf92f3577b34da6a3ce929d0e0e473g", "4bf92f3577b34da6 a3ce929d0e0e4736",
    ])
    func refusesWhatIsNoTraceID(text: String) { #expect(TraceID(hex: text) == nil) }

    @Test(arguments: ["", "00f067aa0ba902b", "00f067aa0ba902b71", "00f067aa0ba902bz", "0x00f067aa0ba902"])
    func refusesWhatIsNoSpanID(text: String) { #expect(SpanID(hex: text) == nil) }

    @Test func readsBackAnyID() {
        var random = Dice(seed: Dice.seed(1))
        for _ in 0..<5000 {
            let trace = TraceID(high: random.next(), low: random.next())
            let span = SpanID(random.next())
            #expect(TraceID(hex: trace.description) == trace, "seed \(random.first)")
            #expect(SpanID(hex: span.description) == span, "seed \(random.first)")
            let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            #expect(Hex.bytes(Hex.string(bytes)) == bytes)
        }
        #expect(Hex.bytes("abc") == nil && Hex.bytes("zz") == nil)
        #expect(Hex.parse([UInt8]("12345678901234567".utf8)[...]) == nil)
    }

    @Test func theOrderIsThatOfTheBytes() {
        let ids = [
            TraceID(high: 0, low: 0), TraceID(high: 0, low: .max), TraceID(high: 1, low: 0),
            TraceID(high: .max, low: 1),
        ]
        #expect(ids.shuffled().sorted() == ids)
        #expect(ids.map(\.description).sorted() == ids.map(\.description))
        #expect(!ids[0].isValid && ids[1].isValid)
    }
}
