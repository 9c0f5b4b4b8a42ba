import Logging
import Mesh
import NIOCore
import NIOPosix
import Proxy
import Synchronization
import Telemetry
import Testing
import Transport
import Wire

extension ProxyTests {
    /// The real exporter against the real receiver.
    @Suite(.serialized)
    struct WireExport {
        final class Collector: WireReceiverDelegate {
            private let spans = Mutex<[Span]>([])
            private let metrics = Mutex(0)
            private let lastSequence = Mutex<UInt64?>(nil)

            func sessionOpened(_ hello: SessionHello, principal: String) -> Result<SessionGrant, WireRefusal> {
                .success(SessionGrant(storeID: [1, 2, 3], epoch: 1, highestDurableSequence: 0))
            }

            func received(
                _ submission: WireSubmission, session: SessionIdentity,
                done: @escaping @Sendable (Result<Void, WireRefusal>) -> Void
            ) {
                switch submission.content {
                case .spans(let batch): spans.withLock { $0 += (0..<batch.count).map { batch.span($0) } }
                case .metrics: metrics.withLock { $0 += 1 }
                case .losses: break
                }
                done(.success(()))
            }

            func sessionClosed(_ session: SessionIdentity, lastSequence last: UInt64?) {
                lastSequence.withLock { $0 = last }
            }

            func refusedFrame(reason: WireErrorCode) { Issue.record("the receiver refused a frame: \(reason)") }

            var received: [Span] { spans.withLock { $0 } }
            var metricBatches: Int { metrics.withLock { $0 } }
            var closedAt: UInt64? { lastSequence.withLock { $0 } }
        }

        @Test func spansReachTheCollectorWhole() async throws {
            let collector = Collector()
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let listener = try await ServerListener.bind("wire", host: "127.0.0.1", port: 0, group: group) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        WireReceiverHandler(limits: WireLimits(), delegate: collector) { _ in "anonymous" })
                }
            }
            let port = try #require(listener.localAddress?.port)
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            let source = TransactionSource(attribute: "payment.uetr", location: .header("x-uetr"))
            var configuration = TestProxy.configuration(
                [upstream.port], route: Route(name: "pay", cluster: "up", transactionSources: [source], payment: true))
            configuration.admin = HostPort(host: "127.0.0.1", port: 0)
            configuration.telemetry = TelemetryDestination(
                collectors: [HostPort(host: "127.0.0.1", port: port)], batchMilliseconds: 5)
            let proxy = try ProxyServer(configuration: configuration, workers: 2, log: Logger(label: "test"))
            let addresses = try await proxy.start()
            let outbound = try #require(addresses.outbound.flatMap { HostPort($0)?.port })
            let count = 300
            for number in 0..<count {
                let client = try RawSocket.connect(outbound)
                try client.write("GET / HTTP/1.1\r\nhost: a\r\nx-uetr: P\(number)\r\nconnection: close\r\n\r\n")
                #expect(try client.readMessage().status == 200)
            }
            let statistics = try #require(try await proxy.drain(deadline: .now() + .seconds(10)))
            #expect(statistics.acknowledgedSpans == UInt64(count))
            #expect(statistics.droppedSpans == 0)
            let spans = collector.received
            #expect(Set(spans.compactMap { $0.text("payment.uetr") }) == Set((0..<count).map { "P\($0)" }))
            #expect(spans.count == count)
            #expect(spans.allSatisfy { $0.resource.serviceName == "test-service" && $0.scope.name == "waybill-proxy" })
            #expect(collector.metricBatches >= 1)
            try await eventually("the session is closed") { collector.closedAt != nil }
            upstream.stop()
            try await listener.close()
            try await group.shutdownGracefully()
        }
    }
}
