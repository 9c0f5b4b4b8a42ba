import Foundation
import Mesh
import Proxy
import Telemetry
import TestSupport
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct StreamReload {
        /// Answers each line with its name before it, and says it first.
        private static func named(_ name: String) throws -> TestUpstream {
            try TestUpstream { socket, _ in
                try socket.write(name + "\n")
                while true { try socket.write("\(name) \(try socket.readLine())\n") }
            }
        }

        private static func listener(
            _ name: String, _ port: Int, cluster: String, change: (inout StreamListener) -> Void = { _ in }
        ) -> DeclaredListener {
            var stream = StreamListener(
                address: HostPort(host: "127.0.0.1", port: port), security: .plain, protocol: .tcp,
                routes: [StreamRoute(name: "all", cluster: cluster)])
            change(&stream)
            return DeclaredListener(name: name, direction: .outbound, traffic: .stream(stream))
        }

        /// Two upstreams that say `a` and `b`, the clusters of the same names, and the stream listener `stream` to `a`.
        private static func with(_ body: (FiledProxy, Int) async throws -> Void) async throws {
            let upstreams = try ["a", "b"].map(named)
            defer { for upstream in upstreams { upstream.stop() } }
            var configuration = TestStream.configuration([])
            configuration.clusters = zip(["a", "b"], upstreams).map {
                Cluster(name: $0, endpoints: [HostPort(host: "127.0.0.1", port: $1.port)])
            }
            let port = try FreePort.next()
            configuration.listeners = [listener("stream", port, cluster: "a")]
            let filed = try await FiledProxy(configuration)
            do {
                try await body(filed, port)
            } catch {
                try await filed.proxy.stop()
                throw error
            }
            try await filed.proxy.stop()
        }

        private static func ask(_ socket: RawSocket) throws -> String {
            try socket.write("x\n")
            return try socket.readLine()
        }

        @Test func routesChangeAndOpenConnectionsKeepTheirs() async throws {
            try await Self.with { filed, port in
                let old = try RawSocket.connect(port)
                #expect(try old.readLine() == "a")
                let outcome = try await filed.change {
                    $0.listeners = [Self.listener("stream", port, cluster: "b")]
                    $0.clusters[0].maximumConnections = 7
                }
                #expect(outcome == .applied)
                let new = try RawSocket.connect(port)
                #expect(try new.readLine() == "b")
                #expect(try Self.ask(old) == "a x")
                #expect(try Self.ask(new) == "b x")
                old.close()
                new.close()
                let spans = try await filed.proxy.sink.spans(2)
                #expect(Set(spans.map { $0.text("waybill.cluster") }) == ["a", "b"])
                #expect(spans.allSatisfy { $0.status.code == 0 })
            }
        }

        @Test func listenersComeAndGo() async throws {
            try await Self.with { filed, port in
                let old = try RawSocket.connect(port)
                #expect(try old.readLine() == "a")
                let second = try FreePort.next()
                let added = try await filed.change {
                    $0.listeners.insert(Self.listener("more", second, cluster: "b"), at: 0)
                }
                #expect(added == .applied)
                let more = try RawSocket.connect(second)
                #expect(try more.readLine() == "b")
                let removed = try await filed.change { $0.listeners.removeLast() }
                #expect(removed == .applied)
                #expect(throws: RawSocket.Closed.self) { try RawSocket.connect(port) }
                #expect(try Self.ask(old) == "a x")
                #expect(try Self.ask(more) == "b x")
                // What was there comes again, at another port, beside the connection from before.
                let third = try FreePort.next()
                let moved = try await filed.change { $0.listeners.append(Self.listener("stream", third, cluster: "a")) }
                #expect(moved == .applied)
                let again = try RawSocket.connect(third)
                #expect(try again.readLine() == "a")
                #expect(try Self.ask(old) == "a x")
                #expect(filed.proxy.server.addresses.listeners.map(\.name) == ["more", "stream"])
            }
        }

        @Test func aRenamedListenerTakesTheSocketOver() async throws {
            try await Self.with { filed, port in
                let old = try RawSocket.connect(port)
                #expect(try old.readLine() == "a")
                let outcome = try await filed.change { $0.listeners = [Self.listener("renamed", port, cluster: "b")] }
                #expect(outcome == .applied)
                let new = try RawSocket.connect(port)
                #expect(try new.readLine() == "b")
                #expect(try Self.ask(old) == "a x")
                new.close()
                let span = try #require(try await filed.proxy.sink.spans(1).first)
                #expect(span.text("waybill.listener") == "renamed")
            }
        }

        @Test func connectionsOfARemovedListenerEndInTime() async throws {
            try await Self.with { filed, port in
                let short = try FreePort.next()
                let added = try await filed.change {
                    $0.listeners.append(
                        Self.listener("short", short, cluster: "a") { $0.limits.drainTimeoutMilliseconds = 100 })
                }
                #expect(added == .applied)
                let client = try RawSocket.connect(short)
                #expect(try client.readLine() == "a")
                #expect(try await filed.change { $0.listeners.removeLast() } == .applied)
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
                let span = try #require(try await filed.proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "DR")
                #expect(span.status.message == "the configuration has the listener short no more")
            }
        }

        @Test func whoMayNotConnectAnyMoreIsCutOff() async throws {
            try await Self.with { filed, port in
                let client = try RawSocket.connect(port)
                #expect(try client.readLine() == "a")
                let rules = { (revision: String, unmatched: Authorization.Default) in
                    try await filed.change {
                        $0.listeners = [
                            Self.listener("stream", port, cluster: "b") {
                                $0.authorization = Authorization(revision: revision, unmatched: unmatched)
                            }
                        ]
                    }
                }
                #expect(try await rules("open", .allow) == .applied)
                #expect(try Self.ask(client) == "a x")
                #expect(try await rules("closed", .deny) == .applied)
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
                let span = try #require(try await filed.proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "RBAC")
                #expect(span.text("waybill.policy.revision") == "closed")
            }
        }

        @Test func whoIsNotAcceptedAnyMoreIsCutOff() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let upstream = try Self.named("a")
            defer { upstream.stop() }
            let port = try FreePort.next()
            func listener(_ accept: String) -> DeclaredListener {
                var listener = Self.listener("stream", port, cluster: "up") {
                    $0.security = .mutualTLS
                    $0.accept = ["spiffe://bank.test/\(accept)"]
                }
                listener.direction = .inbound
                return listener
            }
            var far = TestStream.configuration([upstream.port])
            far.identity = try certificates.identity("ledger")
            far.listeners = [listener("payments")]
            let filed = try await FiledProxy(far)
            var near = TestStream.configuration([port], cluster: { $0.tls = PeerExpectation() })
            near.identity = try certificates.identity("payments")
            try await TestStream.with(near) { outbound in
                let client = try RawSocket.connect(outbound.stream)
                #expect(try client.readLine() == "a")
                #expect(try await filed.change { $0.clusters[0].maximumConnections = 7 } == .applied)
                #expect(try Self.ask(client) == "a x")
                #expect(try await filed.change { $0.listeners = [listener("other")] } == .applied)
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
                let span = try #require(try await filed.proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "RBAC")
                #expect(span.status.message == "the listener does not accept this client any more")
            }
            try await filed.proxy.stop()
        }

        @Test func anAddressThatCannotBeHadRefusesTheWholeConfiguration() async throws {
            let taken = try Self.named("taken")
            try await Self.with { filed, port in
                let client = try RawSocket.connect(port)
                #expect(try client.readLine() == "a")
                let free = try FreePort.next()
                let outcome = try await filed.change {
                    $0.listeners = [
                        Self.listener("free", free, cluster: "b"), Self.listener("more", taken.port, cluster: "b"),
                    ]
                }
                guard case .refused(let reason) = outcome else {
                    Issue.record("taken over")
                    return
                }
                #expect(reason.contains("the more listener cannot have 127.0.0.1:\(taken.port)"), "\(reason)")
                #expect(throws: RawSocket.Closed.self) { try RawSocket.connect(free) }
                let new = try RawSocket.connect(port)
                #expect(try new.readLine() == "a")
                #expect(try Self.ask(client) == "a x")
            }
            taken.stop()
        }

        @Test func listenersOfHTTPComeAndGoToo() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "x") }
            defer { upstream.stop() }
            let filed = try await FiledProxy(TestProxy.configuration([upstream.port]))
            let client = try filed.proxy.connect()
            let get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"
            try client.write(get)
            #expect(try client.readMessage().status == 200)
            let port = try FreePort.next()
            let moved = try await filed.change {
                let routes = $0.outbound?.routes ?? []
                $0.outbound = nil
                $0.listeners = [
                    DeclaredListener(
                        name: "web", direction: .outbound,
                        traffic: .http(
                            Listener(
                                address: HostPort(host: "127.0.0.1", port: port), security: .plain, routes: routes)))
                ]
            }
            #expect(moved == .applied)
            let web = try RawSocket.connect(port)
            try web.write(get)
            #expect(try web.readMessage().status == 200)
            // The connection of the listener that is gone is told to end with its next answer.
            try client.write(get)
            let last = try client.readMessage()
            #expect(last.status == 200 && last.field("connection") == "close")
            try await filed.proxy.stop()
        }

        @Test func connectionsThatComeDuringReloadsAreServed() async throws {
            try await Self.with { filed, port in
                let stop = Flag()
                let load = Task.detached {
                    var count = 0
                    while !stop.isSet {
                        let client = try RawSocket.connect(port)
                        let greeting = try client.readLine()
                        if greeting != "a" && greeting != "b" { return -1 }
                        client.close()
                        count += 1
                    }
                    return count
                }
                for round in 1...20 {
                    let outcome = try await filed.change {
                        $0.listeners = [Self.listener("stream\(round)", port, cluster: round % 2 == 0 ? "a" : "b")]
                    }
                    #expect(outcome == .applied)
                }
                stop.set()
                let count = try await load.value
                #expect(count > 0)
                let spans = try await filed.proxy.sink.spans(count)
                #expect(spans.count == count)
            }
        }
    }
}
