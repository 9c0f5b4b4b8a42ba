/// Knows who the customer is.
struct AuthService: BankService {
    private struct Session: Codable { var level: String }

    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        await BankWork.take(0.3...1.5)
        return BankReply(.ok, Session(level: "strong"))
    }
}

/// Scores a payment's risk.
struct FraudService: BankService {
    /// Minor units; a large payment to a country where none is expected is declined.
    static let suspiciousAmount = 400_000
    static let unusualCountry = "XK"

    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        guard let question = request.decode(PaymentQuestion.self) else {
            return .refused(.badRequest, "not a payment question")
        }
        await BankWork.take(2...7)
        guard question.country != Self.unusualCountry || question.amount < Self.suspiciousAmount else {
            return .refused(.forbidden, "declined by fraud rules")
        }
        return BankReply(.ok, Verdict(allowed: true))
    }
}

/// Compares a payment with its account's daily limit. Written before tracing: it drops the trace headers.
struct LimitsService: BankService {
    /// Minor units.
    static let limit = 2_000_000

    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        guard let question = request.decode(PaymentQuestion.self) else {
            return .refused(.badRequest, "not a payment question")
        }
        let answer = await peers.call(
            .GET, .ledger, "/accounts/\(question.account)/balance?payment=\(question.payment)", for: request)
        guard answer.decode(Balance.self) != nil else { return BankReply(answer) }
        guard question.amount <= Self.limit else {
            return .refused(.unprocessableEntity, "above the account's limit")
        }
        return BankReply(.ok, Verdict(allowed: true))
    }
}

/// Searches the sanctions lists for a creditor's name.
struct SanctionsService: BankService {
    static let listed = "Volkov & Sons Trading"

    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        await BankWork.take(3...9)
        let names = CreditTransferMessage.values("Nm", in: String(decoding: request.body, as: UTF8.self))
        guard !names.isEmpty else { return .refused(.badRequest, "not a credit transfer") }
        guard !names.contains(Self.listed) else { return .refused(.forbidden, "creditor is on a sanctions list") }
        return BankReply(.ok, Verdict(allowed: true))
    }
}

/// Quotes exchange rates.
struct ForeignExchangeService: BankService {
    private static let rates = ["USD/EUR": 921_500, "GBP/EUR": 1_172_000, "CHF/EUR": 1_054_000]

    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        await BankWork.take(0.5...3)
        let pair = request.segments.dropFirst().joined(separator: "/")
        guard let micros = Self.rates[pair] else { return .refused(.notFound, "no rate for \(pair)") }
        return BankReply(.ok, Rate(pair: pair, micros: micros))
    }
}

/// Tells customers.
struct NotificationsService: BankService {
    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        await BankWork.take(0.3...2)
        guard let receipt = request.decode(Receipt.self) else { return .refused(.badRequest, "not a receipt") }
        return BankReply(.accepted, receipt)
    }
}
