import Mesh
import TestSupport
import Testing

/// The way of card authorisations, as ISO 8583 over TCP: from the terminals through the gateway's proxy and, over mutual
/// TLS, the ledger's to the card host.
struct CardPorts {
    let terminals: Int
    let ledger: Int
    let host: Int

    init(host: Int) throws {
        terminals = try FreePort.next()
        ledger = try FreePort.next()
        self.host = host
    }

    static let attribute = "card.authorization_id"

    func listener(of service: BankService) -> DeclaredListener? {
        let settings = ISO8583Settings(
            transactionSources: [ISO8583Source(attribute: Self.attribute, fields: [37])],
            responseTimeoutMilliseconds: BankMesh.timeoutMilliseconds)
        var route = StreamRoute(name: "cards", cluster: "cards")
        route.payment = true
        var listener = StreamListener(
            address: HostPort(host: "127.0.0.1", port: 0), security: .plain, protocol: .iso8583(settings),
            routes: [route])
        switch service {
        case .gateway:
            listener.address.port = terminals
            return DeclaredListener(name: "cards", direction: .outbound, traffic: .stream(listener))
        case .ledger:
            listener.address.port = ledger
            listener.security = .mutualTLS
            listener.accept = [BankService.gateway.spiffeID]
            return DeclaredListener(name: "cards", direction: .inbound, traffic: .stream(listener))
        default: return nil
        }
    }

    func cluster(of service: BankService) -> Cluster? {
        switch service {
        case .gateway:
            Cluster(
                name: "cards", endpoints: [HostPort(host: "127.0.0.1", port: ledger)],
                tls: PeerExpectation(spiffeID: BankService.ledger.spiffeID))
        case .ledger: Cluster(name: "cards", endpoints: [HostPort(host: "127.0.0.1", port: host)])
        default: nil
        }
    }
}
