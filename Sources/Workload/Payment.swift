import Telemetry

/// What is said of one payment on its spans.
struct Payment {
    var traceID: TraceID
    var transaction: String
    var uetr: String
    var account: String
    var currency: Int
    var scheme: Int
    /// In minor units.
    var amount: UInt64
    var isCrossCurrency: Bool

    static let currencies = ["EUR", "USD", "GBP", "CHF", "SEK"]
    static let schemes = ["sepa_inst", "sepa_ct", "swift", "card"]

    init(random: inout SeededRandom) {
        traceID = TraceID(high: random.nonZero(), low: random.nonZero())
        transaction = "PAY-" + String(0x10_0000_0000 + (random.next() >> 28), radix: 36, uppercase: true)
        uetr = Self.uuid(random.next(), random.next())
        account = Hex.string(random.next() % 2_000_000 &* 0x9E37_79B9_7F4A_7C15)
        currency = random.chance(72) ? 0 : Int(random.within(1...4))
        scheme = Int(random.within(0...3))
        amount = random.within(100...(random.chance(90) ? 50_000 : 5_000_000))
        isCrossCurrency = random.chance(45)
    }

    /// A version 4 UUID in lower case, as ISO 20022 writes a UETR.
    private static func uuid(_ high: UInt64, _ low: UInt64) -> String {
        let high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var digits = Array(Hex.string(high).utf8) + Array(Hex.string(low).utf8)
        for position in [20, 16, 12, 8] { digits.insert(0x2D, at: position) }
        return String(decoding: digits, as: UTF8.self)
    }
}
