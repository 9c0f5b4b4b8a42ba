/// The bank's services that a payment crosses.
enum PaymentService: Int, CaseIterable, Sendable {
    case gateway, auth, payments, accounts, limits, fraud, sanctions, fx, ledger, notifications

    var name: String {
        switch self {
        case .gateway: "gateway"
        case .auth: "auth"
        case .payments: "payments"
        case .accounts: "accounts"
        case .limits: "limits"
        case .fraud: "fraud"
        case .sanctions: "sanctions"
        case .fx: "fx"
        case .ledger: "ledger"
        case .notifications: "notifications"
        }
    }
}
