import Interop
import Storage
import Telemetry
import Transport

/// Everything that can be set about a collector. The defaults run with nothing but a data directory.
public struct CollectorConfiguration: Sendable {
    /// Where the store lives; made when missing.
    public var dataDirectory: String
    /// `HOST:PORT`; port 0 picks a free one, which is printed.
    public var wireListen = "127.0.0.1:4316"
    public var otlpGRPCListen = "127.0.0.1:4317"
    public var otlpHTTPListen = "127.0.0.1:4318"
    public var httpListen = "127.0.0.1:4319"
    /// With certificate files the wire listener speaks mutual TLS and nothing else.
    public var tls: TLSFiles?
    /// Whether the OTLP/gRPC listener speaks mutual TLS too, with the same files.
    public var otlpGRPCTLS = false
    /// Exporters must hold an SVID of this trust domain.
    public var trustDomain: String?
    /// Bearer tokens for the HTTP and gRPC listeners; with none, they are open and must stay on loopback.
    public var tokens: [AccessToken] = []
    public var transactionRules = TransactionRules.standard
    /// How long spans are kept; for ever until said otherwise.
    public var retention = RetentionRules()
    /// Bytes of segments and index beyond which the oldest days go before their time; `nil` for any number.
    public var maximumStoreBytes: Int?
    public var limits = Limits()
    public var eventLoops = 2

    public init(dataDirectory: String) { self.dataDirectory = dataDirectory }

    /// The store's share. Live memory is sealed while the largest batch still fits beside it, so that no batch that may
    /// come waits for room that cannot appear.
    var store: Store.Configuration {
        var store = Store.Configuration(
            transactionRules: transactionRules, maximumLiveBytes: limits.liveBytes,
            sealAfterSpans: limits.sealAfterSpans, sealAfterSeconds: limits.sealAfterSeconds, retention: retention,
            maximumBytes: maximumStoreBytes, backgroundUpkeep: true)
        store.sealAfterBytes = min(store.sealAfterBytes, limits.liveBytes / 3)
        store.maximumSubmissionBytes = min(store.maximumSubmissionBytes, limits.liveBytes - store.sealAfterBytes)
        return store
    }
}

/// A bearer token and the principal that it stands for.
public struct AccessToken: Sendable {
    public var name: String
    public var secret: String

    public init(name: String, secret: String) {
        self.name = name
        self.secret = secret
    }
}
