/// Takes a payment through its checks to the ledger.
struct PaymentsService: BankService {
    static let bookingCurrency = "EUR"

    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        guard let payment = request.decode(PaymentOrder.self)?.payment else {
            return .refused(.badRequest, "not a payment order")
        }
        let question = PaymentQuestion(
            payment: payment.id, account: payment.debtor, amount: payment.amount, country: payment.country)
        if let refusal = await refusal(.limits, "/checks", question, request, peers) { return refusal }

        async let fraud = refusal(.fraud, "/scores", question, request, peers)
        async let sanctions = payment.authorisation == nil ? screening(payment, request, peers) : nil
        if let refusal = await sanctions { return refusal }
        if let refusal = await fraud { return refusal }

        var amount = payment.amount
        if payment.currency != Self.bookingCurrency {
            let pair = "\(payment.currency)/\(Self.bookingCurrency)"
            let answer = await peers.call(.GET, .fx, "/rates/\(pair)?payment=\(payment.id)", for: request)
            guard let rate = answer.decode(Rate.self) else { return BankReply(answer) }
            amount = amount * rate.micros / 1_000_000
        }

        let posting = Posting(debit: payment.debtor, credit: payment.creditor, amount: amount)
        let booked = await peers.call(
            .PUT, .ledger, "/entries/\(payment.id)", for: request,
            headers: [(BankHeader.payment, payment.id), (BankHeader.idempotencyKey, payment.id)],
            body: BankReply(.ok, posting).body)
        guard booked.isGood else { return BankReply(booked) }

        let receipt = Receipt(payment: payment.id, state: "booked")
        // The customer's message is worth trying; the payment stands without it.
        _ = await peers.post(
            .notifications, "/messages", receipt, for: request, headers: [(BankHeader.payment, payment.id)])
        return BankReply(.created, receipt)
    }

    private func refusal(
        _ peer: BankMember, _ target: String, _ question: PaymentQuestion, _ request: BankRequest, _ peers: BankPeers
    ) async -> BankReply? {
        let answer = await peers.post(peer, target, question, for: request)
        guard answer.isGood, let verdict = answer.decode(Verdict.self), verdict.allowed else {
            return BankReply(answer)
        }
        return nil
    }

    private func screening(
        _ payment: PaymentOrder.Payment, _ request: BankRequest, _ peers: BankPeers
    ) async -> BankReply? {
        let message = CreditTransferMessage.text(payment.id, [payment])
        let answer = await peers.call(
            .POST, .sanctions, "/screenings", for: request, contentType: "application/xml", body: Array(message.utf8))
        return answer.isGood ? nil : BankReply(answer)
    }
}
