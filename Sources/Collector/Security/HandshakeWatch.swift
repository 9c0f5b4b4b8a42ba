import Exposition
import Logging
import NIOCore
import NIOTLS
import Synchronization
import Telemetry
import Transport

/// Counts TLS handshakes that fail and tells why in the log: who looks for an exporter that is refused looks here.
final class HandshakeWatch: Sendable {
    private let failures: (wire: Counter, otlpGRPC: Counter)
    private let log: Logger
    private let report = Mutex(HandshakeReport())

    init(registry: MetricRegistry, log: Logger) {
        func failed(_ door: ListenerSecurity.Door) -> Counter {
            registry.counter(
                "waybill_collector_tls_handshakes_failed_total",
                help: "Connections closed because their TLS handshake failed, wrong trust domains included.",
                labels: [MetricLabel("listener", door.rawValue)])
        }
        failures = (failed(.wire), failed(.otlpGRPC))
        self.log = log
    }

    /// For a connection that has just been accepted; its place is behind the TLS handlers.
    func handler(_ door: ListenerSecurity.Door) -> any ChannelHandler { Handler(self, door) }

    private func failed(_ error: any Error, _ door: ListenerSecurity.Door) {
        switch door {
        case .wire: failures.wire.increment()
        case .otlpGRPC: failures.otlpGRPC.increment()
        }
        let reason = HandshakeFailure.clause(error) ?? SystemReason.text(of: error)
        if let news = report.withLock({ $0.news(of: reason, on: door.rawValue, now: .now()) }) {
            log.warning("\(news)")
        }
    }

    /// Leaves when the handshake is complete.
    private final class Handler: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer

        private let watch: HandshakeWatch
        private let door: ListenerSecurity.Door
        private var hasFailed = false

        init(_ watch: HandshakeWatch, _ door: ListenerSecurity.Door) {
            self.watch = watch
            self.door = door
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            context.fireUserInboundEventTriggered(event)
            guard case .handshakeCompleted? = event as? TLSUserEvent else { return }
            _ = context.pipeline.syncOperations.removeHandler(context: context)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if !hasFailed {
                hasFailed = true
                watch.failed(error, door)
            }
            context.fireErrorCaught(error)
        }
    }
}
