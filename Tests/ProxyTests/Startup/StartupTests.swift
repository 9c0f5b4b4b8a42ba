import Glibc
import Logging
import Mesh
import NIOCore
import Proxy
import Telemetry
import TestSupport
import Testing
import Wire

extension ProxyTests {
    /// Nobody has to start first.
    @Suite(.serialized)
    struct Startup {
        private func get(_ path: String, _ port: Int) throws -> RawMessage {
            let client = try RawSocket.connect(port)
            defer { client.close() }
            try client.write("GET \(path) HTTP/1.1\r\nhost: a\r\n\r\n")
            return try client.readMessage()
        }

        @Test func beforeItsService() async throws {
            let port = try FreePort.next()
            let proxy = try await TestProxy(TestProxy.configuration([port], inbound: true))
            let early = try proxy.get()
            #expect(early.status == 503 && early.field("x-waybill-response-flags") == "UF")
            let service = try TestUpstream(port: port) { socket, _ in
                while true {
                    _ = try socket.readMessage()
                    try socket.write(TestUpstream.response("200 OK", "here"))
                }
            }
            #expect(try proxy.get().text == "here")
            service.stop()
            try await proxy.stop()
        }

        @Test func beforeItsCollector() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            var configuration = TestProxy.configuration([upstream.port])
            configuration.admin = HostPort(host: "127.0.0.1", port: 0)
            configuration.telemetry?.collectors = [HostPort(host: "127.0.0.1", port: try FreePort.next())]
            var log = Logger(label: "test")
            log.logLevel = .critical
            let proxy = try ProxyServer(configuration: configuration, workers: 1, log: log)
            let addresses = try await proxy.start()
            let port = try #require(addresses.outbound.flatMap { HostPort($0)?.port })
            #expect(try get("/", port).status == 200)
            #expect(try get("/readyz", try #require(HostPort(addresses.admin)?.port)).status == 200)
            let statistics = try #require(try await proxy.drain(deadline: .now()))
            #expect(statistics.queuedSpans + statistics.droppedSpans == 1)
            upstream.stop()
        }

        @Test func beforeItsCertificates() async throws {
            let certificates = try TestCertificates()
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            var configuration = TestProxy.configuration([upstream.port], inbound: true)
            configuration.admin = HostPort(host: "127.0.0.1", port: 0)
            configuration.inbound?.security = .mutualTLS
            let base = "\(certificates.directory)/ledger"
            configuration.identity = MeshIdentity(
                spiffeID: "spiffe://bank.test/ledger", certificateChain: "\(base).pem", privateKey: "\(base).key",
                roots: "\(certificates.directory)/ca.pem")
            let waiting = try #require(try WaitingProxy(configuration))
            let admin = try #require(HostPort(try await waiting.start())?.port)
            #expect(try get("/healthz", admin).status == 200)
            let answer = try get("/readyz", admin)
            #expect(answer.status == 503)
            #expect(answer.text == "waiting: cannot read \(base).pem: No such file or directory\n")
            #expect(waiting.look() == .unchanged)
            #expect(
                try await ReadinessWait.wait(admin: "127.0.0.1:\(admin)", timeoutSeconds: 0)
                    == .notReady("waiting: cannot read \(base).pem: No such file or directory"))
            // The chain is there, its key is not yet.
            _ = try certificates.identity("ledger")
            let key = "\(base).key"
            #expect(rename(key, key + ".later") == 0)
            #expect(waiting.look() == .changed)
            #expect(try get("/readyz", admin).text.contains(key))
            #expect(rename(key + ".later", key) == 0)
            #expect(waiting.look() == .complete)
            try await waiting.stop()
            #expect(try WaitingProxy(configuration) == nil)
            let proxy = try await TestProxy(configuration)
            #expect(
                try await ReadinessWait.wait(admin: "127.0.0.1:\(proxy.admin)", timeoutSeconds: 5) == .ready)
            upstream.stop()
            try await proxy.stop()
        }

        @Test func whoWaitsForNobodyIsTold() async throws {
            let outcome = try await ReadinessWait.wait(admin: "127.0.0.1:\(try FreePort.next())", timeoutSeconds: 0)
            guard case .unreachable(let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(!reason.isEmpty)
        }

        /// Those who send requests learn late that the proxy is ending, and its service may still send some of its own.
        @Test func whileItEndsBothWaysStayOpenForAWhile() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            var configuration = TestProxy.configuration([upstream.port], inbound: true)
            configuration.outbound = Listener(
                address: HostPort(host: "127.0.0.1", port: 0), security: .plain,
                routes: [Route(name: "out", cluster: "up")])
            let proxy = try await TestProxy(configuration)
            // Once it is answered it has been accepted, and is idle.
            let kept = try RawSocket.connect(proxy.inbound)
            try kept.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try kept.readMessage().status == 200)
            let ending = Task {
                let now = NIODeadline.now()
                return try await proxy.server.drain(minimum: now + .seconds(3), deadline: now + .seconds(20))
            }
            #expect(try kept.isClosedByPeer(), "idle connections are told to come again")
            #expect(try get("/readyz", proxy.admin).text == "draining\n")
            let late = try get("/", proxy.inbound)
            #expect(late.status == 200 && late.field("connection") == "close")
            #expect(try get("/", proxy.outbound).status == 200)
            _ = try await ending.value
            #expect(throws: (any Error).self) { try get("/", proxy.inbound) }
            #expect(throws: (any Error).self) { try get("/", proxy.outbound) }
            upstream.stop()
        }
    }
}
