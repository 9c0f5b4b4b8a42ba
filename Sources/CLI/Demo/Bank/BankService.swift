import Foundation

/// What one service of the bank does with a request.
protocol BankService: Sendable {
    func answer(_ request: BankRequest, peers: BankPeers) async -> BankReply
}

extension BankMember {
    var service: any BankService {
        switch self {
        case .gateway: GatewayService()
        case .auth: AuthService()
        case .payments: PaymentsService()
        case .fraud: FraudService()
        case .limits: LimitsService()
        case .ledger: LedgerService()
        case .fx: ForeignExchangeService()
        case .sanctions: SanctionsService()
        case .notifications: NotificationsService()
        case .settlement: SettlementService()
        }
    }
}

/// Work that takes a while, as work does.
enum BankWork {
    static func take(_ milliseconds: ClosedRange<Double>) async {
        // Ended early only when the process is.
        try? await Task.sleep(for: .microseconds(Int(Double.random(in: milliseconds) * 1_000)))
    }
}
