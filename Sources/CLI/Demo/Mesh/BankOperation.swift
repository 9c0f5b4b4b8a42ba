import Mesh

/// One thing that a service of the bank can be asked to do: a route of its proxy and of its callers' proxies.
package struct BankOperation: Sendable {
    package var name: String
    package var method: String
    package var path: PathTemplate

    init(_ name: String, _ method: String, _ template: String) {
        guard let path = PathTemplate(template) else { preconditionFailure("\(template) is a path template") }
        self.name = name
        self.method = method
        self.path = path
    }
}

extension BankMember {
    package var operations: [BankOperation] {
        switch self {
        case .gateway:
            [
                BankOperation("transfer", "POST", "/transfers"),
                BankOperation("card-payment", "POST", "/card-payments"),
                BankOperation("settle", "POST", "/settlements"),
            ]
        case .auth: [BankOperation("session", "GET", "/sessions/current")]
        case .payments: [BankOperation("pay", "POST", "/payments")]
        case .fraud: [BankOperation("score", "POST", "/scores")]
        case .limits: [BankOperation("check", "POST", "/checks")]
        case .ledger:
            [
                BankOperation("balance", "GET", "/accounts/{id}/balance"),
                BankOperation("book", "PUT", "/entries/{id}"),
                BankOperation("settle", "PUT", "/entries/{id}/settled"),
            ]
        case .fx: [BankOperation("rate", "GET", "/rates/{base}/{quote}")]
        case .sanctions: [BankOperation("screen", "POST", "/screenings")]
        case .notifications: [BankOperation("notify", "POST", "/messages")]
        case .settlement: [BankOperation("run", "POST", "/runs")]
        }
    }
}
