import Transport

/// The listeners that a configuration asks for, checked before anything is opened.
struct ListenerPlan: Sendable {
    struct Planned: Sendable {
        var name: String
        var address: ListenAddress
    }

    var listeners: [Planned]
    /// Of the wire listener; the OTLP/gRPC listener's too where it speaks mutual TLS.
    var security: ListenerSecurity?
    var tokens: BearerTokens

    init(_ configuration: CollectorConfiguration) throws(CollectorStartError) {
        guard let tokens = BearerTokens(configuration.tokens.map { ($0.name, $0.secret) }) else {
            throw CollectorStartError(
                configuration: "A bearer token needs at least \(BearerTokens.minimumBytes) characters.")
        }
        self.tokens = tokens
        listeners = []
        let asked = [
            ("wire", configuration.wireListen), ("otlp-grpc", configuration.otlpGRPCListen),
            ("otlp-http", configuration.otlpHTTPListen), ("http", configuration.httpListen),
        ]
        var secured: Set<String> = []
        if configuration.tls != nil { secured.insert("wire") }
        if configuration.otlpGRPCTLS { secured.insert("otlp-grpc") }
        for (name, text) in asked {
            guard let address = ListenAddress(text) else {
                throw CollectorStartError(
                    configuration:
                        "The \(name) listener is given as \(text); write it as HOST:PORT, such as 127.0.0.1:4316.")
            }
            do {
                try ListenerPolicy.check(
                    name, host: address.host, hasMutualTLS: secured.contains(name),
                    hasTokens: name != "wire" && !tokens.isEmpty)
            } catch {
                throw CollectorStartError(configuration: "Not started: \(error.description).")
            }
            listeners.append(Planned(name: name, address: address))
        }
        guard !configuration.otlpGRPCTLS || configuration.tls != nil else {
            throw CollectorStartError(
                configuration: "Mutual TLS of the otlp-grpc listener needs certificate, key, roots and trust domain.")
        }
        if let files = configuration.tls {
            guard let domain = configuration.trustDomain else {
                throw CollectorStartError(configuration: "Mutual TLS needs the trust domain that exporters belong to.")
            }
            do {
                security = ListenerSecurity(try Credentials(files), rule: .anyIn(domain))
            } catch {
                throw CollectorStartError(configuration: "Mutual TLS cannot be set up: \(error).")
            }
        }
    }
}
