import Mesh
import NIOCore
import Transport

/// Asks one endpoint by `grpc.health.v1.Health/Check` whether it, or one of its services, is `SERVING`.
///
/// Source: grpc `doc/health-checking.md`.
final class GRPCHealthProbe: HTTP2Connection, EndpointProbe {
    private let check: HealthCheck
    private let isSecure: Bool
    private let address: String
    private let deadline: UInt64
    /// Told once whether the endpoint passed.
    private var report: ((Bool) -> Void)?

    init(worker: Worker, settings: HealthCheck, address: String, isSecure: Bool, report: @escaping (Bool) -> Void) {
        check = settings
        self.address = address
        self.isSecure = isSecure
        self.report = report
        deadline = Clock.monotonic().after(milliseconds: settings.timeoutMilliseconds)
        super.init(worker: worker, isServer: false, maximumHeaderBytes: worker.upstreamLimits.maximumHeadBytes)
    }

    override var settings: [(UInt16, UInt32)] {
        [
            (PeerSettings.enablePush, 0),
            (PeerSettings.initialWindowSize, UInt32(HTTP2Stream.window)),
            (PeerSettings.maximumHeaderListSize, UInt32(maximumHeaderBytes)),
        ]
    }

    func conclude(passed: Bool) {
        guard let report else { return }
        self.report = nil
        if isOver { close() } else { leave() }
        report(passed)
    }

    private func leave() {
        writeGoAway(.noError, lastStream: 0)
        closeAfterFlush()
    }

    // MARK: The connection

    override func active() { if !isSecure { ask() } }
    override func secured() { if negotiatedProtocol == "h2" { ask() } else { conclude(passed: false) } }
    override func failed(_ error: any Error) { conclude(passed: false) }

    override func closed() {
        super.closed()
        conclude(passed: false)
    }

    override func check(now: UInt64) { if now >= deadline { conclude(passed: false) } }

    override func goneAway(lastStream: Int32, code: UInt32) {
        if lastStream < lastStreamID { conclude(passed: false) }
    }

    // MARK: The call

    private func ask() {
        super.active()
        let stream = GRPCHealthStream(self, id: 1)
        lastStreamID = 1
        streams[1] = stream
        outgoing.add(name: ":method", value: "POST")
        outgoing.add(name: ":scheme", value: isSecure ? "https" : "http")
        outgoing.add(name: ":authority", value: check.host ?? address)
        outgoing.add(name: ":path", value: "/grpc.health.v1.Health/Check")
        outgoing.add(name: "content-type", value: "application/grpc")
        outgoing.add(name: "te", value: "trailers")
        outgoing.add(name: "user-agent", value: "waybill-proxy")
        outgoing.add(name: "grpc-timeout", value: "\(check.timeoutMilliseconds)m", indexing: .nonIndexable)
        writeHeaders(stream: 1, endsStream: false)
        stream.send(question)
        stream.sendLast(trailers: nil)
    }

    /// A length-prefixed `HealthCheckRequest`: field 1 is the service's name.
    private var question: ByteBuffer {
        let service = Array((check.service ?? "").utf8)
        var message = ByteBuffer()
        if !service.isEmpty {
            message.writeInteger(UInt8(0x0A))
            // Names of more than 127 bytes have a length of two.
            if service.count > 0x7F { message.writeInteger(UInt8(service.count & 0x7F | 0x80)) }
            message.writeInteger(UInt8(service.count > 0x7F ? service.count >> 7 : service.count))
            message.writeBytes(service)
        }
        var output = ByteBuffer()
        output.writeMultipleIntegers(UInt8(0), UInt32(message.readableBytes))
        output.writeImmutableBuffer(message)
        return output
    }

    override func headers(_ headers: HeaderList, stream streamID: Int32, endsStream: Bool) -> HTTP2Fault? {
        guard let stream = streams[streamID] as? GRPCHealthStream else { return closedStream(streamID) }
        stream.headers(headers, endsStream: endsStream)
        return nil
    }
}
