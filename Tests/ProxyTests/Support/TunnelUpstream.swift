import Glibc
import Mesh
import Proxy
import Synchronization
import Testing

/// An upstream that agrees to every tunnel and hands its end of each to the test.
final class TunnelUpstream: Sendable {
    struct Missing: Error {}

    /// The request's head, empty where none came, and the connection behind it.
    typealias End = (head: RawMessage, socket: RawSocket)

    let server: TestUpstream
    private let ends: Ends
    private let over: Flag

    private final class Ends: Sendable {
        let list = Mutex<[End]>([])
    }

    /// - Parameter answer: To a head; other heads follow until it is a 101. `nil` for bytes without a head before them.
    init(_ answer: (@Sendable (RawMessage) -> String)? = TunnelUpstream.agree) throws {
        let (ends, over) = (Ends(), Flag())
        self.ends = ends
        self.over = over
        server = try TestUpstream { socket, _ in
            var head = RawMessage(startLine: "")
            if let answer {
                var text = ""
                repeat {
                    head = try socket.readHead()
                    text = answer(head)
                    try socket.write(text)
                } while !text.hasPrefix("HTTP/1.1 101")
            }
            ends.list.withLock { $0.append((head, socket)) }
            while !over.isSet { usleep(2_000) }
        }
    }

    var port: Int { server.port }

    @Sendable static func agree(_ head: RawMessage) -> String {
        let accept = head.field("sec-websocket-key").map {
            "sec-websocket-accept: \(WebSocketHandshake.accept($0))\r\n"
        }
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: \(head.field("upgrade") ?? "")\r\nConnection: Upgrade\r\n"
            + (accept ?? "") + "\r\n"
    }

    /// The next tunnel's end.
    func next() async throws -> End {
        for _ in 0..<3_000 {
            if let end = ends.list.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return end }
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        throw Missing()
    }

    func stop() {
        over.set()
        server.stop()
    }
}

extension TestProxy {
    /// Of routes that take WebSocket, and CONNECT as it is said.
    static func tunnelRoute(
        _ protocols: [String] = ["websocket"], connect: UpgradePolicy.ConnectChoice = .refuse,
        _ change: (inout Route) -> Void = { _ in }
    ) -> Route {
        var route = Route(name: "all", cluster: "up")
        if !protocols.isEmpty || connect != .refuse { route.upgrades = UpgradePolicy(protocols, connect: connect) }
        change(&route)
        return route
    }

    /// One proxy before an upstream that agrees.
    static func withTunnels(
        _ upstream: TunnelUpstream, _ route: Route = tunnelRoute(), inbound: Bool = false,
        cluster: (inout Cluster) -> Void = { _ in }, _ body: (TestProxy) async throws -> Void
    ) async throws {
        defer { upstream.stop() }
        try await with(upstream.server, inbound: inbound, route: route, cluster: cluster, body)
    }

    /// Two proxies that speak `version` to each other, over mutual TLS where that is asked for; the near one is the first.
    static func withTunnelPair(
        _ upstream: TunnelUpstream, _ version: HTTPProtocol, isSecure: Bool = false, near: Route = tunnelRoute(),
        far: Route = tunnelRoute(),
        _ body: (TestProxy, TestProxy) async throws -> Void
    ) async throws {
        defer { upstream.stop() }
        var farSide = configuration([upstream.port], inbound: true, route: far)
        if isSecure {
            farSide.identity = try ProxyTests.MutualTLS.certificates?.identity("ledger")
            farSide.inbound?.security = .mutualTLS
        }
        let farProxy = try await TestProxy(farSide)
        var nearSide = configuration([farProxy.inbound], route: near, cluster: { $0.httpProtocol = version })
        if isSecure {
            nearSide.identity = try ProxyTests.MutualTLS.certificates?.identity("payments")
            nearSide.clusters[0].tls = PeerExpectation()
        }
        let nearProxy = try await TestProxy(nearSide)
        do {
            try await body(nearProxy, farProxy)
        } catch {
            try await nearProxy.stop()
            try await farProxy.stop()
            throw error
        }
        try await nearProxy.stop()
        try await farProxy.stop()
    }

    /// The last of a tunnel is seen by its two ends before the proxy has put it away.
    func tunnelsEnd() async throws {
        try await eventually("no tunnel is open") { openTunnels == 0 }
    }

    /// Tunnels open now.
    var openTunnels: Double {
        counter("waybill_proxy_tunnels_open{direction=\"\(outbound != 0 ? "outbound" : "inbound")\",route=\"all\"}")
    }
}

extension RawSocket {
    static let handshake =
        "GET /chat?room=1 HTTP/1.1\r\nhost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"

    /// Asks for a WebSocket; `behind` goes in the same packet.
    func openWebSocket(_ behind: String = "") throws -> RawMessage {
        try write(Self.handshake + behind)
        return try readHead()
    }
}
