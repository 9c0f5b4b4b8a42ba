import Foundation

/// The payments of a run, the same for the same seed: card payments and transfers, some of which the bank must refuse.
package struct PaymentMix {
    package let seed: UInt64
    private var generator: Generator
    private var count = 0

    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    package init(seed: UInt64) {
        self.seed = seed
        generator = Generator(state: seed)
    }

    private static let creditors = [
        "Bakery Lindner", "Stadtwerke Nord", "Café Central", "Hotel Adria", "Bücher Kramer", "Atelier Roux",
    ]

    package mutating func next() -> PaymentOrder.Payment {
        count += 1
        let number = String(count)
        let suffix =
            String(seed & 0xFFFF, radix: 16) + "-" + String(repeating: "0", count: max(0, 6 - number.count)) + number
        let isCard = Int.random(in: 0..<5, using: &generator) < 2
        var payment = PaymentOrder.Payment(
            id: "\(isCard ? "CARD" : "A2A")-\(suffix)", uetr: isCard ? nil : uetr(),
            authorisation: isCard ? "AUTH-\(suffix)" : nil,
            debtor: "DE\(Int.random(in: 1_000...1_999, using: &generator))",
            creditor: "FR\(Int.random(in: 1_000...1_999, using: &generator))",
            creditorName: Self.creditors.randomElement(using: &generator) ?? "",
            country: "FR", amount: Int.random(in: 250...90_000, using: &generator), currency: "EUR")
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<4 where !isCard: payment.creditorName = SanctionsService.listed
        case 4..<8:
            payment.country = FraudService.unusualCountry
            payment.amount = FraudService.suspiciousAmount * 2
        case 8..<12:
            payment.debtor = LedgerService.poorAccount
            payment.amount = LedgerService.poorBalance * 10
        case 12..<14: payment.amount = LimitsService.limit * 2
        case 14..<44: payment.currency = ["USD", "GBP", "CHF"].randomElement(using: &generator) ?? "USD"
        default: break
        }
        return payment
    }

    /// A version 4 UUID (RFC 9562 §5.4), in lower case as ISO 20022 wants it.
    private mutating func uetr() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let uuid = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
        return uuid.uuidString.lowercased()
    }
}
