/// The bank's door to its customers.
struct GatewayService: BankService {
    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        switch (request.method, request.segments.first) {
        case (.POST, "transfers"?), (.POST, "card-payments"?): return await pay(request, peers)
        case (.POST, "settlements"?): return await settle(request, peers)
        default: return .refused(.notFound, "the bank has no such service")
        }
    }

    private func pay(_ request: BankRequest, _ peers: BankPeers) async -> BankReply {
        guard let order = request.decode(PaymentOrder.self) else { return .refused(.badRequest, "not a payment order") }
        let identity = [(BankHeader.payment, order.payment.id)]
        let session = await peers.call(.GET, .auth, "/sessions/current", for: request, headers: identity)
        guard session.isGood else { return BankReply(session) }
        return BankReply(
            await peers.post(.payments, "/payments", order, for: request, headers: identity))
    }

    private func settle(_ request: BankRequest, _ peers: BankPeers) async -> BankReply {
        guard let run = request.decode(SettlementRun.self) else { return .refused(.badRequest, "not a settlement run") }
        let message = CreditTransferMessage.text(run.run, run.payments)
        return BankReply(
            await peers.call(
                .POST, .settlement, "/runs", for: request, contentType: "application/xml", body: Array(message.utf8)))
    }
}
