/// Which numbers are payment card numbers: by the issuer's range, the lengths it issues, and the check digit, together
/// (ISO/IEC 7812-1). One random number of sixteen digits in ten passes the check digit alone.
enum CardNumber {
    static let lengths = 12...19

    private struct IssuerRange {
        /// Of the first six digits.
        let digits: ClosedRange<Int>
        let lengths: ClosedRange<Int>
    }

    /// Six digits each, from the schemes' published ranges; in ascending order.
    private static let issuers: [IssuerRange] = [
        IssuerRange(digits: 220_000...220_499, lengths: 16...19),  // Mir
        IssuerRange(digits: 222_100...272_099, lengths: 16...16),  // Mastercard
        IssuerRange(digits: 300_000...305_999, lengths: 14...19),  // Diners Club
        IssuerRange(digits: 309_500...309_599, lengths: 14...19),
        IssuerRange(digits: 340_000...349_999, lengths: 15...15),  // American Express
        IssuerRange(digits: 352_800...358_999, lengths: 16...19),  // JCB
        IssuerRange(digits: 360_000...369_999, lengths: 14...19),  // Diners Club
        IssuerRange(digits: 370_000...379_999, lengths: 15...15),  // American Express
        IssuerRange(digits: 380_000...399_999, lengths: 14...19),  // Diners Club
        IssuerRange(digits: 400_000...499_999, lengths: 13...13),  // Visa
        IssuerRange(digits: 400_000...499_999, lengths: 16...16),
        IssuerRange(digits: 400_000...499_999, lengths: 18...19),
        IssuerRange(digits: 500_000...509_999, lengths: 12...19),  // Maestro, Verve, RuPay, Elo
        IssuerRange(digits: 510_000...559_999, lengths: 16...16),  // Mastercard
        IssuerRange(digits: 560_000...589_999, lengths: 12...19),  // Maestro
        IssuerRange(digits: 600_000...601_099, lengths: 16...16),  // RuPay
        IssuerRange(digits: 601_100...601_199, lengths: 16...19),  // Discover
        IssuerRange(digits: 606_282...606_282, lengths: 16...19),  // Hipercard
        IssuerRange(digits: 608_000...608_999, lengths: 16...16),  // RuPay
        IssuerRange(digits: 620_000...629_999, lengths: 16...19),  // UnionPay
        IssuerRange(digits: 630_400...630_499, lengths: 12...19),  // Maestro
        IssuerRange(digits: 636_000...639_999, lengths: 16...19),  // Maestro, Elo, InstaPayment
        IssuerRange(digits: 644_000...659_999, lengths: 16...19),  // Discover, RuPay, Troy
        IssuerRange(digits: 670_000...679_999, lengths: 12...19),  // Maestro
        IssuerRange(digits: 810_000...829_999, lengths: 16...19),  // UnionPay, RuPay
        IssuerRange(digits: 979_200...979_299, lengths: 16...16),  // Troy
    ]

    /// - Parameter digits: Values from 0 to 9.
    static func isCard(_ digits: some RandomAccessCollection<UInt8>) -> Bool {
        guard lengths.contains(digits.count) else { return false }
        let start = digits.prefix(6).reduce(0) { $0 * 10 + Int($1) }
        guard issuers.contains(where: { $0.digits.contains(start) && $0.lengths.contains(digits.count) }) else {
            return false
        }
        return hasCheckDigit(digits)
    }

    /// Luhn's formula (ISO/IEC 7812-1, annex B).
    private static func hasCheckDigit(_ digits: some RandomAccessCollection<UInt8>) -> Bool {
        var sum = 0
        var doubles = false
        for digit in digits.reversed() {
            let value = doubles ? Int(digit) * 2 : Int(digit)
            sum += value > 9 ? value - 9 : value
            doubles.toggle()
        }
        return sum % 10 == 0
    }

    /// A quick look: whether the text has digits enough.
    static func mayBeIn(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count >= lengths.lowerBound else { return false }
        var digits = 0
        for byte in text where byte &- 0x30 < 10 { digits &+= 1 }
        return digits >= lengths.lowerBound
    }
}
