import Foundation
import Mesh
import NIOCore
import Proxy
import Synchronization
import Telemetry
import TestSupport
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Reload {
        private func get(_ client: RawSocket, _ path: String = "/") throws -> RawMessage {
            try client.write("GET \(path) HTTP/1.1\r\nhost: a\r\n\r\n")
            return try client.readMessage()
        }

        /// Tunnels live through reloads, unless the rules do not allow them any more.
        @Test func tunnelsAreAskedAgainWhenRulesChange() async throws {
            let upstream = try TunnelUpstream()
            defer { upstream.stop() }
            let filed = try await FiledProxy(
                TestProxy.configuration([upstream.port], inbound: true, route: TestProxy.tunnelRoute()))
            let client = try filed.proxy.connect()
            _ = try client.openWebSocket()
            let server = try await upstream.next().socket
            let stream = try FrameClient(try filed.proxy.connect())
            try stream.headers(ExtendedConnects.ask("/other"), stream: 1, ends: false)
            let other = try await upstream.next().socket
            #expect(try stream.next().kind == 1)
            for path in ["/none", "/chat"] {
                let pattern = try #require(PathPattern(path))
                _ = try await filed.change {
                    $0.inbound?.authorization = Authorization(
                        revision: path, unmatched: .allow,
                        rules: [AuthorizationRule(name: "no", action: .deny, paths: [pattern])])
                }
                try other.write("x")
                if path == "/none" {
                    try server.write("x")
                    #expect(try client.read(1) == [0x78])
                }
            }
            #expect(try client.endsWithReset())
            #expect(try ExtendedConnects.read(stream, 2) == [0x78, 0x78])
            let span = try #require(try await filed.proxy.sink.spans(1).first)
            #expect(span.text("waybill.response_flags") == "RBAC" && span.text("waybill.policy.revision") == "/chat")
            #expect(span.text("waybill.tunnel.ended_by") == "proxy")
            try await filed.proxy.stop()
        }

        @Test func routesChangeAndConnectionsOfUnchangedClustersStay() async throws {
            let first = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "first") }
            let second = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "second") }
            let filed = try await FiledProxy(TestProxy.configuration([first.port]))
            let client = try filed.proxy.connect()
            #expect(try get(client).text == "first")
            let outcome = try await filed.change { configuration in
                configuration.clusters.insert(
                    Cluster(name: "new", endpoints: [HostPort(host: "127.0.0.1", port: second.port)]), at: 0)
                configuration.outbound?.routes.insert(
                    Route(name: "two", match: RouteMatch(path: .prefix("/two")), cluster: "new"), at: 0)
            }
            #expect(outcome == .applied)
            // The client's connection stays, and so does the one to the first upstream.
            #expect(try get(client, "/two").text == "second")
            #expect(try get(client).text == "first")
            #expect(first.connections == 1)
            let moved = try await filed.change { $0.clusters[1].endpoints = $0.clusters[0].endpoints }
            #expect(moved == .applied)
            #expect(try get(client).text == "second")
            let applied = #"waybill_proxy_reloads_total{result="applied",what="configuration"}"#
            #expect(filed.proxy.counter(applied) == 2)
            first.stop()
            second.stop()
            try await filed.proxy.stop()
        }

        /// Its connections are closed, and what was the matter with it is nobody's concern any more.
        @Test func aClusterThatIsGoneLeavesNothingBehind() async throws {
            let isClosed = Flag()
            let leaving = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write(TestUpstream.response("200 OK", "leaving"))
                if try socket.readToEnd().isEmpty { isClosed.set() }
            }
            let staying = try TestUpstream.named("staying")
            let ill = try FreePort.next()
            var configuration = TestProxy.configuration([leaving.port])
            var other = Cluster(name: "ill", endpoints: [HostPort(host: "127.0.0.1", port: ill)])
            other.healthCheck = HealthCheck(.tcp, intervalMilliseconds: 100, unhealthyThreshold: 1)
            configuration.clusters.append(other)
            let filed = try await FiledProxy(configuration)
            let client = try filed.proxy.connect()
            #expect(try get(client).text == "leaving")
            let unavailable = #"waybill_proxy_endpoints_unavailable{cluster="ill",worker="0"}"#
            try await eventually("its endpoint fails its checks") { filed.proxy.counter(unavailable) == 1 }
            let outcome = try await filed.change {
                $0.clusters.removeLast()
                $0.clusters[0].endpoints[0].address.port = staying.port
            }
            #expect(outcome == .applied)
            try await eventually("the kept connection is closed") { isClosed.isSet }
            #expect(filed.proxy.counter(unavailable) == 0)
            #expect(try get(client).text == "staying")
            for upstream in [leaving, staying] { upstream.stop() }
            try await filed.proxy.stop()
        }

        @Test func aBadConfigurationIsRefusedAndTheOldOneServes() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "old") }
            let filed = try await FiledProxy(TestProxy.configuration([upstream.port]))
            let client = try filed.proxy.connect()
            let outcome = try await filed.change { $0.outbound?.routes[0].cluster = "nowhere" }
            guard case .refused(let reason) = outcome else {
                Issue.record("taken over")
                return
            }
            #expect(reason.hasSuffix("outbound.routes[0].cluster: no cluster is named \"nowhere\""))
            #expect(try get(client).text == "old")
            let fixed = try await filed.change {
                $0.outbound?.routes[0].cluster = "up"
                $0.service.name = "other"
            }
            #expect(fixed == .refused("service: cannot change while the proxy runs; start it anew"))
            let open = try await filed.change {
                $0.service.name = "test-service"
                $0.outbound?.address.host = "0.0.0.0"
            }
            guard case .refused(let danger) = open else {
                Issue.record("anyone may connect")
                return
            }
            #expect(danger.hasPrefix("outbound.address: 0.0.0.0 is not on loopback"), "\(danger)")
            try FiledProxy.write("{", filed.path)
            let admin = try RawSocket.connect(filed.proxy.admin)
            try admin.write("POST /reload HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
            let answer = try admin.readMessage()
            #expect(answer.status == 422)
            #expect(answer.text.contains("not JSON"))
            // The watch may have seen a file as well.
            let refused = #"waybill_proxy_reloads_total{result="refused",what="configuration"}"#
            #expect(filed.proxy.counter(refused) >= 4)
            #expect(try get(client).text == "old")
            upstream.stop()
            try await filed.proxy.stop()
        }

        @Test func aChangedFileIsSeen() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "x") }
            let filed = try await FiledProxy(TestProxy.configuration([upstream.port]))
            var configuration = TestProxy.configuration([upstream.port])
            configuration.admin = HostPort(host: "127.0.0.1", port: 0)
            configuration.outbound?.authorization = Authorization(revision: "closed")
            try FiledProxy.write(configuration.json.text, filed.path)
            let client = try filed.proxy.connect()
            try await eventually("it serves") { try get(client).status == 403 }
            upstream.stop()
            try await filed.proxy.stop()
        }

        @Test func reloadsUnderLoadLoseNoRequest() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "x") }
            let filed = try await FiledProxy(TestProxy.configuration([upstream.port]))
            let stop = Flag()
            let proxy = filed.proxy
            let load = Task.detached {
                let client = try proxy.connect()
                var count = 0
                while !stop.isSet {
                    try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc")
                    let answer = try client.readMessage()
                    if answer.status != 200 || answer.text != "x" { return -1 }
                    count += 1
                }
                return count
            }
            for round in 1...20 {
                let outcome = try await filed.change { configuration in
                    configuration.clusters[0].maximumConnections = 100 + round
                    configuration.outbound?.routes[0].timeoutMilliseconds = 10_000 + round
                }
                #expect(outcome == .applied)
                try await Task.sleep(nanoseconds: 10_000_000)
            }
            stop.set()
            #expect(try await load.value > 0)
            upstream.stop()
            try await proxy.stop()
        }
    }
}
