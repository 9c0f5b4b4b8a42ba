import Mesh

/// One service of the bank, as the mesh sees it.
package enum BankMember: String, CaseIterable, Sendable {
    case gateway
    case auth
    case payments
    case fraud
    case limits
    case ledger
    case fx
    case sanctions
    case notifications
    case settlement

    /// The host that peers call it by.
    package var host: String { "\(rawValue).bank" }

    /// Whom it calls.
    package var peers: [BankMember] {
        switch self {
        case .gateway: [.auth, .payments, .settlement]
        case .payments: [.limits, .fraud, .sanctions, .fx, .ledger, .notifications]
        case .limits, .settlement: [.ledger]
        case .auth, .fraud, .ledger, .fx, .sanctions, .notifications: []
        }
    }

    /// `limits` is the service found in every company: written before tracing, it drops the trace headers.
    var forwardsTraceHeaders: Bool { self != .limits }

    /// Where requests to it carry the payment's id: as different as in a bank that has grown.
    package var transactionSources: [TransactionSource] {
        switch self {
        case .gateway, .payments:
            [
                json("payment.transaction_id", "/payment/id"), json("payment.uetr", "/payment/uetr"),
                json("card.authorization_id", "/payment/authorisation"),
            ]
        case .fraud, .limits: [json("payment.transaction_id", "/payment")]
        case .auth, .notifications:
            [TransactionSource(attribute: "payment.transaction_id", location: .header(BankHeader.payment))]
        case .fx: [TransactionSource(attribute: "payment.transaction_id", location: .query("payment"))]
        case .ledger:
            [
                TransactionSource(attribute: "payment.transaction_id", location: .query("payment")),
                TransactionSource(attribute: "payment.transaction_id", location: .header(BankHeader.payment)),
            ]
        case .sanctions, .settlement:
            [
                xml("payment.transaction_id", "CdtTrfTxInf/PmtId/TxId"), xml("payment.uetr", "CdtTrfTxInf/PmtId/UETR"),
            ]
        }
    }

    private func json(_ attribute: String, _ pointer: String) -> TransactionSource {
        guard let pointer = JSONPointer(pointer) else { preconditionFailure("\(pointer) is a JSON pointer") }
        return TransactionSource(attribute: attribute, location: .json(pointer))
    }

    private func xml(_ attribute: String, _ path: String) -> TransactionSource {
        guard let path = XMLElementPath(path) else { preconditionFailure("\(path) is an element path") }
        return TransactionSource(attribute: attribute, location: .xml(path))
    }
}
