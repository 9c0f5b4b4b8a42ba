import NIOSSL
import Transport

/// The listeners that a configuration asks for, checked before anything is opened.
struct ListenerPlan: Sendable {
    struct Planned: Sendable {
        var name: String
        var address: ListenAddress
    }

    /// What the wire listener needs for mutual TLS.
    struct Security: Sendable {
        var context: NIOSSLContext
        var rule: PeerRule
    }

    var listeners: [Planned]
    var tls: Security?
    var tokens: BearerTokens

    init(_ configuration: CollectorConfiguration) throws(CollectorStartError) {
        guard let tokens = BearerTokens(configuration.tokens.map { ($0.name, $0.secret) }) else {
            throw CollectorStartError(
                configuration: "A bearer token needs at least \(BearerTokens.minimumBytes) characters.")
        }
        self.tokens = tokens
        listeners = []
        let asked = [
            ("wire", configuration.wireListen), ("otlp-http", configuration.otlpHTTPListen),
            ("http", configuration.httpListen),
        ]
        for (name, text) in asked {
            guard let address = ListenAddress(text) else {
                throw CollectorStartError(
                    configuration:
                        "The \(name) listener is given as \(text); write it as HOST:PORT, such as 127.0.0.1:4316.")
            }
            do {
                try ListenerPolicy.check(
                    name, host: address.host, hasMutualTLS: name == "wire" && configuration.tls != nil,
                    hasTokens: name != "wire" && !tokens.isEmpty)
            } catch {
                throw CollectorStartError(configuration: "Not started: \(error.description).")
            }
            listeners.append(Planned(name: name, address: address))
        }
        if let files = configuration.tls {
            guard let domain = configuration.trustDomain else {
                throw CollectorStartError(configuration: "Mutual TLS needs the trust domain that exporters belong to.")
            }
            do {
                tls = Security(context: try TLS.serverContext(files), rule: .anyIn(domain))
            } catch {
                throw CollectorStartError(configuration: "Mutual TLS cannot be set up: \(error).")
            }
        }
    }
}
