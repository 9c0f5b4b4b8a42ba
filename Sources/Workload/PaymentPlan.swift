/// One call between two services, and the calls made to answer it.
struct PaymentCall: Sendable {
    enum Condition: Sendable {
        case always
        /// Only payments between currencies.
        case crossCurrency
    }

    var caller: PaymentService
    var callee: PaymentService
    var method: String
    var route: String
    /// Time the callee spends itself, microseconds.
    var work: ClosedRange<UInt64>
    var condition = Condition.always
    /// In how many of a hundred payments this call refuses the payment.
    var refusalPercent = 0.0
    /// Spans inside the callee, after its calls.
    var inside: [SpanTemplate] = []
    var calls: [PaymentCall] = []
}

enum PaymentPlan {
    /// What the gateway does for one payment: about 23 spans.
    static let calls: [PaymentCall] = [
        PaymentCall(
            caller: .gateway, callee: .auth, method: "POST", route: "/v1/tokens/verify", work: 300...1500,
            refusalPercent: 0.4),
        PaymentCall(
            caller: .gateway, callee: .payments, method: "POST", route: "/v1/payments", work: 400...2500,
            calls: [
                PaymentCall(
                    caller: .payments, callee: .accounts, method: "GET", route: "/v1/accounts/{id}", work: 500...3000),
                PaymentCall(
                    caller: .payments, callee: .limits, method: "POST", route: "/v1/limits/check", work: 200...1200,
                    refusalPercent: 1.0),
                PaymentCall(
                    caller: .payments, callee: .fraud, method: "POST", route: "/v1/score", work: 1500...9000,
                    refusalPercent: 0.8, inside: [.score]),
                PaymentCall(
                    caller: .payments, callee: .sanctions, method: "POST", route: "/v1/screen", work: 900...6000,
                    refusalPercent: 0.1),
                PaymentCall(
                    caller: .payments, callee: .fx, method: "GET", route: "/v1/rates/{pair}", work: 200...1500,
                    condition: .crossCurrency),
                PaymentCall(
                    caller: .payments, callee: .ledger, method: "POST", route: "/v1/debits", work: 900...4000,
                    inside: [.database("INSERT", "entries")]),
                PaymentCall(
                    caller: .payments, callee: .ledger, method: "POST", route: "/v1/credits", work: 900...4000,
                    inside: [.database("INSERT", "entries")]),
                PaymentCall(
                    caller: .payments, callee: .notifications, method: "POST", route: "/v1/notify", work: 200...900,
                    inside: [.publish]),
            ]),
    ]
}
