import Mesh
import Testing

/// A proxy under test on one `Way`, with the services behind it.
final class Passage {
    let way: Way
    let proxy: TestProxy
    let services: [TestUpstream]
    private let far: [TestProxy]
    private var client: FrameClient?
    private var stream: Int32 = 1

    /// - Parameters:
    ///   - handlers: The services of the cluster `up`.
    ///   - shadow: The service of the cluster `shadow`, if there is to be one.
    private init(
        _ way: Way, _ handlers: [Way.Handler], shadow: Way.Handler?, route: Route,
        cluster change: (inout Cluster) -> Void
    ) async throws {
        self.way = way
        services = try (handlers + (shadow.map { [$0] } ?? [])).map { try way.service($0) }
        var ports = services.map(\.port)
        var configuration: ProxyConfiguration
        if way == .mutualTLS {
            let certificates = try #require(ProxyTests.MutualTLS.certificates)
            var far: [TestProxy] = []
            for port in ports {
                var callee = TestProxy.configuration([port], inbound: true)
                callee.identity = try certificates.identity("ledger")
                callee.inbound?.security = .mutualTLS
                far.append(try await TestProxy(callee))
            }
            self.far = far
            ports = far.map(\.inbound)
        } else {
            far = []
        }
        func adapt(_ cluster: inout Cluster) {
            if way == .http2 { cluster.httpProtocol = .http2 }
            if way == .mutualTLS { cluster.tls = PeerExpectation(spiffeID: "spiffe://bank.test/ledger") }
        }
        configuration = TestProxy.configuration(Array(ports.prefix(handlers.count)), route: route) {
            change(&$0)
            adapt(&$0)
        }
        if shadow != nil {
            var cluster = Cluster(name: "shadow", endpoints: [HostPort(host: "127.0.0.1", port: ports[handlers.count])])
            adapt(&cluster)
            configuration.clusters.append(cluster)
        }
        if way == .mutualTLS { configuration.identity = try ProxyTests.MutualTLS.certificates?.identity("payments") }
        proxy = try await TestProxy(configuration)
    }

    static func with(
        _ way: Way, _ handlers: [Way.Handler], shadow: Way.Handler? = nil,
        route: Route = Route(name: "all", cluster: "up"),
        cluster: (inout Cluster) -> Void = { _ in }, _ body: (Passage) async throws -> Void
    ) async throws {
        let passage = try await Passage(way, handlers, shadow: shadow, route: route, cluster: cluster)
        do {
            try await body(passage)
        } catch {
            try await passage.stop()
            throw error
        }
        try await passage.stop()
    }

    private func stop() async throws {
        client?.socket.close()
        for service in services { service.stop() }
        try await proxy.stop()
        for proxy in far { try await proxy.stop() }
    }

    // MARK: Asking

    struct Answer {
        var status: Int
        var fields: [(name: String, value: String)]
        var text: String
        /// It has no end, or never began.
        var isBroken = false

        func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    /// A request that is under way.
    enum Pending {
        case connection(RawSocket)
        case stream(FrameClient, Int32)

        func answer() throws -> Answer {
            switch self {
            case .connection(let socket):
                do {
                    let head = try socket.readHead()
                    var answer = Answer(status: head.status, fields: head.fields, text: "")
                    let length = Int(head.field("content-length") ?? "") ?? 0
                    do { answer.text = String(decoding: try socket.read(length), as: UTF8.self) } catch {
                        answer.isBroken = true
                    }
                    return answer
                } catch is RawSocket.Closed { return Answer(status: 0, fields: [], text: "", isBroken: true) }
            case .stream(let client, let stream):
                let answer = try client.answer(stream: stream)
                return Answer(
                    status: answer.status, fields: answer.fields.map { (name: $0.0, value: $0.1) }, text: answer.text,
                    isBroken: answer.resetBy != nil)
            }
        }
    }

    /// Sends a request: on a connection of its own in HTTP/1, on a stream of the one connection in HTTP/2.
    func begin(
        _ method: String = "GET", _ path: String = "/", fields: [(String, String)] = [], body: String = ""
    ) throws -> Pending {
        if way == .http1 {
            let socket = try proxy.connect()
            let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
            let length = method == "GET" ? "" : "content-length: \(body.utf8.count)\r\n"
            try socket.write("\(method) \(path) HTTP/1.1\r\nhost: a\r\n\(length)\(lines)\r\n\(body)")
            return .connection(socket)
        }
        let client = try self.client ?? FrameClient(try proxy.connect())
        self.client = client
        defer { stream += 2 }
        try client.headers(FrameClient.request(method, path) + fields, stream: stream, ends: body.isEmpty)
        if !body.isEmpty { try client.data(Array(body.utf8), stream: stream, ends: true) }
        return .stream(client, stream)
    }

    func ask(
        _ method: String = "GET", _ path: String = "/", fields: [(String, String)] = [], body: String = ""
    ) throws -> Answer { try begin(method, path, fields: fields, body: body).answer() }

    func statuses(_ count: Int) throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(try ask().status) }
        return statuses
    }

    /// How many connections the proxy under test has made, to wherever it sends.
    func connections() -> Int {
        far.isEmpty
            ? services.reduce(0) { $0 + $1.connections }
            : far.reduce(0) { $0 + Int($1.counter("waybill_proxy_downstream_connections_total")) }
    }

    /// The proxy's answer says why by a field; a broken one only on its span.
    func flags(_ count: Int) async throws -> [String?] {
        try await proxy.sink.spans(count).map { $0.text("waybill.response_flags") }
    }
}
