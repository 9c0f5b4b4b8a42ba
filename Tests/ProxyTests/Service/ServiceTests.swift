import Glibc
import Logging
import Mesh
import NIOCore
import Proxy
import Synchronization
import Telemetry
import Testing
import Transport

extension ProxyTests {
    @Suite(.serialized)
    struct Service {
        @Test func drainingLetsRequestsEnd() async throws {
            let gate = Mutex(false)
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                while !gate.withLock({ $0 }) { usleep(5_000) }
                try socket.write(TestUpstream.response("200 OK", "late"))
                _ = try socket.readToEnd()
            }
            let proxy = try await TestProxy(TestProxy.configuration([upstream.port]))
            let idle = try proxy.connect()
            let busy = try proxy.connect()
            try busy.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            while upstream.connections == 0 { try await Task.sleep(nanoseconds: 5_000_000) }
            let draining = Task { try await proxy.server.drain(deadline: .now() + .seconds(10)) }
            #expect(try idle.isClosedByPeer())
            #expect(throws: RawSocket.Closed.self) { try RawSocket.connect(proxy.outbound).readMessage() }
            gate.withLock { $0 = true }
            let answer = try busy.readMessage()
            #expect(answer.text == "late")
            #expect(answer.field("connection") == "close")
            _ = try await draining.value
            #expect(proxy.sink.all.count == 1)
            #expect(proxy.sink.metrics.count == 1)
            upstream.stop()
        }

        /// A service that is draining may still need others for the requests that it has.
        @Test func requestsOfTheServiceGoOutUntilItsOwnAreAnswered() async throws {
            let other = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "help") }
            let arrived = Mutex(false)
            let gate = Mutex(false)
            let outboundPort = Mutex(0)
            let service = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                arrived.withLock { $0 = true }
                while !gate.withLock({ $0 }) { usleep(5_000) }
                let call = try RawSocket.connect(outboundPort.withLock { $0 })
                try call.write("GET / HTTP/1.1\r\nhost: other\r\n\r\n")
                try socket.write(TestUpstream.response("200 OK", try call.readMessage().text))
            }
            var configuration = TestProxy.configuration([service.port], inbound: true)
            configuration.clusters.append(
                Cluster(name: "other", endpoints: [HostPort(host: "127.0.0.1", port: other.port)]))
            configuration.outbound = Listener(
                address: HostPort(host: "127.0.0.1", port: 0), security: .plain,
                routes: [Route(name: "out", cluster: "other")])
            let proxy = try await TestProxy(configuration)
            outboundPort.withLock { $0 = proxy.outbound }
            let client = try RawSocket.connect(proxy.inbound)
            try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            while !arrived.withLock({ $0 }) { try await Task.sleep(nanoseconds: 5_000_000) }
            let draining = Task { try await proxy.server.drain(deadline: .now() + .seconds(10)) }
            while (try? RawSocket.connect(proxy.inbound)) != nil { try await Task.sleep(nanoseconds: 5_000_000) }
            gate.withLock { $0 = true }
            #expect(try client.readMessage().text == "help")
            _ = try await draining.value
            #expect(throws: RawSocket.Closed.self) { try RawSocket.connect(proxy.outbound) }
            other.stop()
            service.stop()
        }

        @Test func anAnswerThatHasBegunIsFinishedWhileDraining() async throws {
            let gate = Mutex(false)
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf")
                while !gate.withLock({ $0 }) { usleep(5_000) }
                try socket.write("rest")
                _ = try socket.readToEnd()
            }
            let proxy = try await TestProxy(TestProxy.configuration([upstream.port]))
            let client = try proxy.connect()
            try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try client.readHead().status == 200)
            let draining = Task { try await proxy.server.drain(deadline: .now() + .seconds(10)) }
            while !proxy.server.isDraining { try await Task.sleep(nanoseconds: 1_000_000) }
            gate.withLock { $0 = true }
            #expect(try client.readToEnd() == Array("halfrest".utf8))
            _ = try await draining.value
            #expect(proxy.sink.all.map { $0.span.text("waybill.response_flags") } == [nil])
            upstream.stop()
        }

        @Test func drainingEndsAtItsDeadline() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            let proxy = try await TestProxy(TestProxy.configuration([upstream.port]))
            let client = try proxy.connect()
            try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            while upstream.connections == 0 { try await Task.sleep(nanoseconds: 5_000_000) }
            _ = try await proxy.server.drain(deadline: .now() + .milliseconds(50))
            #expect(try client.readToEnd().isEmpty)
            #expect(proxy.sink.all.map { $0.span.text("waybill.response_flags") } == ["DR"])
            upstream.stop()
        }

        @Test func theAdminListener() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream) { proxy in
                func get(_ path: String, _ method: String = "GET") throws -> RawMessage {
                    let client = try RawSocket.connect(proxy.admin)
                    try client.write("\(method) \(path) HTTP/1.1\r\nhost: a\r\n\r\n")
                    return try client.readMessage()
                }
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                _ = try client.readMessage()
                #expect(try get("/healthz").status == 200)
                #expect(try get("/readyz").text == "ready\n")
                let metrics = try get("/metrics")
                #expect(metrics.field("content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
                #expect(metrics.text.contains("waybill_proxy_requests_total{"))
                #expect(metrics.text.contains("waybill_exporter_queued_spans"))
                #expect(try get("/config").text.contains("\"test-service\""))
                #expect(try get("/nothing").status == 404)
                #expect(try get("/drain").status == 405)
            }
        }

        @Test func aListenerOffLoopbackNeedsMutualTLS() throws {
            var configuration = TestProxy.configuration([1])
            configuration.outbound?.address = HostPort(host: "0.0.0.0", port: 0)
            let listener = #expect(throws: ConfigurationError.self) { try ProxyServer.check(configuration) }
            #expect(listener?.path == "outbound.address")
            #expect(listener?.message.hasPrefix("0.0.0.0 is not on loopback") == true)
            configuration = TestProxy.configuration([1])
            configuration.admin = HostPort(host: "0.0.0.0", port: 0)
            let admin = #expect(throws: ConfigurationError.self) { try ProxyServer.check(configuration) }
            #expect(admin?.path == "admin")
        }

        @Test func spanIDsOfManyWorkersAreDistinct() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            let proxy = try await TestProxy(TestProxy.configuration([upstream.port]), workers: 2)
            for _ in 0..<20 {
                let client = try proxy.connect()
                for _ in 0..<5 {
                    try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                    _ = try client.readMessage()
                }
            }
            let spans = try await proxy.sink.spans(100)
            #expect(spans.count == 100)
            #expect(Set(spans.map(\.spanID)).count == 100)
            #expect(Set(spans.map(\.traceID)).count == 100)
            upstream.stop()
            try await proxy.stop()
        }
    }
}
