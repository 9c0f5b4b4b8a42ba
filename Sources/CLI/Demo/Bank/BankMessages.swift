/// The bank's messages, as JSON.
package struct PaymentOrder: Codable, Sendable {
    package struct Payment: Codable, Sendable {
        package var id: String
        package var uetr: String?
        /// Set for card payments.
        package var authorisation: String?
        package var debtor: String
        package var creditor: String
        /// The creditor's name, which sanctions lists are searched for.
        package var creditorName: String
        package var country: String
        /// Minor units.
        package var amount: Int
        package var currency: String
    }

    package var payment: Payment
}

/// What `fraud` and `limits` are asked.
struct PaymentQuestion: Codable, Sendable {
    var payment: String
    var account: String
    var amount: Int
    var country: String
}

struct Verdict: Codable, Sendable {
    var allowed: Bool
    var reason: String?
}

struct Posting: Codable, Sendable {
    var debit: String
    var credit: String
    var amount: Int
}

struct Receipt: Codable, Sendable {
    var payment: String
    var state: String
}

struct Rate: Codable, Sendable {
    var pair: String
    /// Millionths of the booking currency for one unit.
    var micros: Int
}

struct Balance: Codable, Sendable {
    var account: String
    var minorUnits: Int
}

struct SettlementRun: Codable, Sendable {
    var run: String
    var payments: [PaymentOrder.Payment]
}

struct SettlementReport: Codable, Sendable {
    var run: String
    var settled: Int
}
