import Foundation
import Logging
import Mesh
import NIOCore
import Proxy
import Telemetry
import Testing

extension ProxyTests {
    /// What a reload means for the connections of HTTP listeners, and what must not keep one from happening.
    @Suite(.serialized)
    struct ListenerReload {
        /// The proxy `ledger` with mutual TLS, started from a file, and a caller's proxy before it.
        private static func pair(
            callee change: (inout ProxyConfiguration) -> Void = { _ in },
            _ body: (TestProxy, FiledProxy) async throws -> Void
        ) async throws {
            let certificates = try #require(MutualTLS.certificates)
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "in") }
            defer { upstream.stop() }
            var callee = TestProxy.configuration([upstream.port], inbound: true)
            callee.identity = try certificates.identity("ledger")
            callee.inbound?.security = .mutualTLS
            change(&callee)
            let inbound = try await FiledProxy(callee)
            var caller = TestProxy.configuration([inbound.proxy.inbound], cluster: { $0.tls = PeerExpectation() })
            caller.identity = try certificates.identity("payments")
            let outbound = try await TestProxy(caller)
            do {
                try await body(outbound, inbound)
            } catch {
                try await outbound.stop()
                try await inbound.proxy.stop()
                throw error
            }
            try await outbound.stop()
            try await inbound.proxy.stop()
        }

        private static func get(_ client: RawSocket) throws -> Int {
            try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
            return try client.readMessage().status
        }

        @Test(arguments: [HTTPProtocol.http1, .http2])
        func whoIsNotAcceptedAnyMoreGetsNoFurtherRequestIn(version: HTTPProtocol) async throws {
            try await Self.pair(callee: { $0.inbound?.httpProtocol = version }) { outbound, inbound in
                let client = try outbound.connect()
                #expect(try Self.get(client) == 200)
                #expect(try await inbound.change { $0.inbound?.accept = ["spiffe://bank.test/gateway"] } == .applied)
                #expect([502, 503].contains(try Self.get(client)))
                _ = try await inbound.proxy.sink.spans(1)
                let served = inbound.proxy.sink.all.map(\.span).filter { $0.name != "connection" }
                #expect(served.count == 1)
            }
        }

        private static func soft(_ until: String) -> (inout ProxyConfiguration) -> Void {
            { configuration in
                configuration.inbound?.security = .permissive
                configuration.inbound?.permissiveUntil = Instant(until)
            }
        }

        @Test func plainClientsGoWhenOnlyMutualTLSIsTaken() async throws {
            try await Self.pair(callee: Self.soft("2999-01-01T00:00:00Z")) { _, inbound in
                let client = try inbound.proxy.connect()
                #expect(try Self.get(client) == 200)
                let outcome = try await inbound.change {
                    $0.inbound?.security = .mutualTLS
                    $0.inbound?.permissiveUntil = nil
                }
                #expect(outcome == .applied)
                #expect(try client.isClosedByPeer())
            }
        }

        @Test func aPermissionThatIsMadeShorterEndsForOpenConnectionsToo() async throws {
            try await Self.pair(callee: Self.soft("2999-01-01T00:00:00Z")) { _, inbound in
                let client = try inbound.proxy.connect()
                #expect(try Self.get(client) == 200)
                #expect(try await inbound.change(Self.soft("2020-01-01T00:00:00Z")) == .applied)
                #expect(try client.isClosedByPeer())
                #expect(inbound.proxy.counter(#"waybill_proxy_connections_cut_total{reason="expired"}"#) == 1)
            }
        }

        @Test func aFileThatChangesBeforeTheProxyStartsIsReadAnew() async throws {
            let path = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-\(UUID().uuidString).json").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            var configuration = TestProxy.configuration([1])
            configuration.admin = HostPort(host: "127.0.0.1", port: 0)
            try FiledProxy.write(configuration.json.text, path)
            let source = ConfigurationSource(path: path)
            let first = try source.read()
            configuration.clusters[0].maximumConnections = 77
            try FiledProxy.write(configuration.json.text, path)
            var log = Logger(label: "test")
            log.logLevel = .critical
            let server = try ProxyServer(
                configuration: first, source: source, workers: 1, sink: ListSink(), log: log)
            _ = try await server.start()
            let applied = #"waybill_proxy_reloads_total{result="applied",what="configuration"} 1"#
            try await eventually("it is read anew") { server.registry.render().contains(applied) }
            _ = try await server.drain(deadline: .now())
        }

        @Test func anAccessLogThatCannotBeOpenedAnewEndsNothing() async throws {
            let directory = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "in") }
            defer { upstream.stop() }
            var configuration = TestProxy.configuration([upstream.port])
            let path = directory.appendingPathComponent("access.log").path
            configuration.accessLog = AccessLogDestination(path: path)
            let filed = try await FiledProxy(configuration)
            try FileManager.default.removeItem(at: directory)
            let outcome = try await filed.change { $0.clusters[0].maximumConnections = 7 }
            #expect(outcome == .refused("accessLog.path: cannot open \(path): No such file or directory"))
            #expect(try Self.get(try filed.proxy.connect()) == 200)
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            #expect(try await filed.change { $0.clusters[0].maximumConnections = 8 } == .applied)
            try await filed.proxy.stop()
        }

        /// What the document alone cannot tell of a SPIFFE id is told before the proxy starts, with its place.
        @Test func aNameThatIsNoSPIFFEIDIsRefusedWithItsPath() throws {
            var configuration = TestProxy.configuration([1], inbound: true)
            configuration.inbound?.accept = ["spiffe://bank.test//x"]
            #expect {
                try ProxyServer.check(configuration)
            } throws: { error in
                (error as? ConfigurationError)?.path == "inbound.accept[0]"
            }
        }
    }
}
