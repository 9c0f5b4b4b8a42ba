/// Settles the day's payments in one run: a trace of its own, tied to the payments' by their ids.
struct SettlementService: BankService {
    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply {
        let text = String(decoding: request.body, as: UTF8.self)
        guard let run = CreditTransferMessage.values("MsgId", in: text).first else {
            return .refused(.badRequest, "not a settlement message")
        }
        var settled = 0
        for payment in CreditTransferMessage.values("TxId", in: text) {
            let answer = await peers.call(
                .PUT, .ledger, "/entries/\(payment)/settled", for: request,
                headers: [(BankHeader.payment, payment), (BankHeader.idempotencyKey, "\(run)-\(payment)")])
            if answer.isGood { settled += 1 }
        }
        return BankReply(.ok, SettlementReport(run: run, settled: settled))
    }
}
