import CLI
import Mesh
import Testing

@Suite struct PaymentTests {
    @Test func aSeedRepeatsItsPayments() {
        func payments(_ seed: UInt64) -> [String] {
            var mix = PaymentMix(seed: seed)
            return (0..<50).map { _ in
                let payment = mix.next()
                return "\(payment.id) \(payment.uetr ?? "-") \(payment.amount) \(payment.debtor)"
            }
        }
        #expect(payments(7) == payments(7))
        #expect(payments(7) != payments(8))
        #expect(Set(payments(7)).count == 50)
    }

    @Test func bothKindsOccurAndIdsAreWellFormed() {
        var mix = PaymentMix(seed: 1)
        let payments = (0..<500).map { _ in mix.next() }
        #expect(payments.contains { $0.authorisation != nil } && payments.contains { $0.uetr != nil })
        for payment in payments {
            #expect((payment.uetr == nil) == (payment.authorisation != nil))
            guard let uetr = payment.uetr else { continue }
            #expect(uetr.count == 36 && uetr == uetr.lowercased() && uetr.dropFirst(14).first == "4")
        }
    }

    /// What the services write is what the proxies find the ids in.
    @Test func theMessageHoldsItsIdsWhereTheProxiesLook() {
        var mix = PaymentMix(seed: 3)
        let payments = (0..<200).map { _ in mix.next() }.filter { $0.uetr != nil }.prefix(20)
        let text = CreditTransferMessage.text("RUN & <1>", Array(payments))
        #expect(CreditTransferMessage.values("TxId", in: text) == payments.map(\.id))
        #expect(CreditTransferMessage.values("MsgId", in: text) == ["RUN & <1>"])
        var extraction = TransactionExtraction()
        let extractor = TransactionExtractor(sources: BankMember.settlement.transactionSources)
        Array(text.utf8).withUnsafeBytes { extractor.body($0, isWhole: true, into: &extraction) }
        func found(_ attribute: String) -> [String] {
            extraction.identifiers.filter { $0.attribute == attribute }.map(\.value)
        }
        #expect(found("payment.transaction_id") == payments.map(\.id))
        #expect(found("payment.uetr") == payments.map { $0.uetr ?? "" })
        #expect(extraction.malformed == 0 && extraction.refused == 0)
    }
}
