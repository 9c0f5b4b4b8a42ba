import NIOCore
import Synchronization
import Transport

/// What the listeners that speak mutual TLS share: who the collector is at this moment, and who may come.
final class ListenerSecurity: Sendable {
    /// Its raw value is the listener's name.
    enum Door: String, Sendable {
        case wire
        case otlpGRPC = "otlp-grpc"
    }

    let rule: PeerRule
    private let current: Mutex<Credentials>

    init(_ credentials: Credentials, rule: PeerRule) {
        self.rule = rule
        current = Mutex(credentials)
    }

    /// Of new connections.
    var credentials: Credentials {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// The first handlers of an accepted connection.
    ///
    /// - Parameter taken: Told of a peer whose handshake is complete, and of the roots that it was held against.
    func handlers(
        _ door: Door, taken: ((PeerStanding, TrustAnchors) -> Void)? = nil
    ) throws -> [any ChannelHandler] {
        let credentials = credentials
        let context = door == .wire ? credentials.wire : credentials.grpc
        return try TLS.serverHandlers(
            context: context, verifying: rule, taken: taken.map { taken in { taken($0, credentials.anchors) } })
    }
}
