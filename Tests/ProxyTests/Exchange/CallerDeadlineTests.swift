import Proxy
import Testing

@Suite struct CallerDeadlineTests {
    @Test(arguments: [
        ("1S", 1_000_000_000), ("250m", 250_000_000), ("7u", 7_000), ("99999999n", 99_999_999),
        ("2M", 120_000_000_000), ("1H", 3_600_000_000_000), ("99999999H", 3_600_000_000_000), ("0m", 0),
    ]) func grpcUnitsAreRead(text: String, nanoseconds: UInt64) {
        #expect(CallerDeadline.grpc(text) == nanoseconds)
    }

    @Test(arguments: ["", "S", "1", "1s", "-1S", "1.5S", "100000000m", " 1S", "1S ", "１S"])
    func anythingElseIsNoDeadline(text: String) {
        #expect(CallerDeadline.grpc(text) == nil)
        #expect(CallerDeadline.milliseconds(text + "x") == nil)
    }

    @Test func millisecondsAreRead() {
        #expect(CallerDeadline.milliseconds("1500") == 1_500_000_000)
        #expect(CallerDeadline.milliseconds("999999999") == 3_600_000_000_000)
        #expect(CallerDeadline.milliseconds("1234567890") == nil)
    }
}
