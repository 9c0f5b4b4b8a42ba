import Foundation
import Telemetry
import Testing

@Suite struct TimestampTests {
    @Test func knownMoments() {
        #expect(Timestamp(nanoseconds: 0).description == "1970-01-01T00:00:00.000000000Z")
        #expect(Timestamp(nanoseconds: 951_782_400_000_000_001).description == "2000-02-29T00:00:00.000000001Z")
        #expect(Timestamp(nanoseconds: .max).description == "2554-07-21T23:34:33.709551615Z")
        #expect(Timestamp(nanoseconds: 1_793_697_262_104_999_999).formatted(decimals: 3) == "2026-11-03T09:14:22.104Z")
    }

    @Test func readsBackAnyMoment() {
        var random = Dice(seed: Dice.seed(31))
        for _ in 0..<20_000 {
            let time = Timestamp(nanoseconds: random.next())
            #expect(Timestamp(time.description) == time, "seed \(random.first)")
        }
        #expect(Timestamp("2026-11-03T09:14:22Z")?.nanoseconds == 1_793_697_262_000_000_000)
    }

    /// Against Foundation's calendar.
    @Test func agreesWithAnotherCalendar() {
        let formatter = ISO8601DateFormatter()
        var random = Dice(seed: Dice.seed(32))
        for _ in 0..<2000 {
            let seconds = UInt64.random(in: 0...18_000_000_000, using: &random)
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(Timestamp(nanoseconds: seconds * 1_000_000_000).formatted(decimals: 0) == expected)
        }
    }

    @Test(arguments: [
        "", "2026", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2555-01-01T00:00:00Z",
        "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+01:00", "20é6-01-01T00:00:00Z",
    ])
    func refusesWhatIsNoTime(text: String) { #expect(Timestamp(text) == nil) }

    @Test(arguments: [
        (UInt64(0), "0 s"), (950, "950 ns"), (1000, "1 µs"), (1234, "1.23 µs"), (12_340_000, "12.3 ms"),
        (999_999_999, "999 ms"), (1_240_000_000, "1.24 s"), (59_999_999_999, "59.9 s"), (60_000_000_000, "1 min"),
        (125_000_000_000, "2 min 5 s"), (28_980_000_000_000, "8 h 3 min"), (187_200_000_000_000, "2 d 4 h"),
        (.max, "213503 d 23 h"),
    ])
    func durations(nanoseconds: UInt64, text: String) { #expect(DurationText.string(nanoseconds: nanoseconds) == text) }
}
