import Mesh

/// What an exchange keeps that may become a tunnel, or is one: bytes both ways, in no message's frame.
final class Tunnel {
    enum Kind {
        /// The protocol that both sides switch to, in lower case.
        case upgrade([UInt8])
        case connect(UpgradePolicy.ConnectChoice)
    }

    enum Side: String {
        case client, upstream, proxy
    }

    let kind: Kind
    let policy: UpgradePolicy
    let series: TunnelSeries
    /// Monotonic; zero until the upstream has agreed.
    private(set) var opened: UInt64 = 0
    /// Bytes go both ways.
    var isOpen: Bool { opened != 0 }
    /// The upstream will send no more.
    var upstreamEnded = false
    /// Who began to end it.
    private(set) var endedBy: Side?
    /// What the proxy asks the upstream with, where the client had no key to ask with (RFC 8441 §5).
    var webSocketKey: String?

    init(_ kind: Kind, policy: UpgradePolicy, series: TunnelSeries) {
        self.kind = kind
        self.policy = policy
        self.series = series
    }

    static let webSocket = Array("websocket".utf8)
    private static let connectName = Array("connect".utf8)

    /// As it stands on spans.
    var name: [UInt8] {
        switch kind {
        case .upgrade(let name): name
        case .connect: Self.connectName
        }
    }

    var isWebSocket: Bool {
        if case .upgrade(Self.webSocket) = kind { true } else { false }
    }

    /// Whether the endpoint gets the bytes alone, without a request before them.
    var isRaw: Bool {
        if case .connect(.terminate) = kind { true } else { false }
    }

    func open(_ now: UInt64) {
        opened = now
        series.opened()
    }

    func ends(by side: Side) { if endedBy == nil { endedBy = side } }

    /// The exchange is over, whether or not it ever became a tunnel.
    func close() { series.closed(wasOpen: isOpen) }
}
