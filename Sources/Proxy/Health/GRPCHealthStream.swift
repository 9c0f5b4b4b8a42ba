import Mesh
import NIOCore
import Transport

/// The one call of a health probe.
final class GRPCHealthStream: HTTP2Stream {
    /// A `HealthCheckResponse` has a few bytes.
    private static let maximumMessageBytes = 4_096
    /// Of `HealthCheckResponse.ServingStatus`.
    private static let serving: UInt64 = 1

    private unowned let probe: GRPCHealthProbe
    private var hasHead = false
    private var reader = GRPCMessageReader(limit: maximumMessageBytes)

    init(_ probe: GRPCHealthProbe, id: Int32) {
        self.probe = probe
        super.init(probe, id: id)
    }

    override var takesContent: Bool { true }

    func headers(_ headers: HeaderList, endsStream: Bool) {
        if !hasHead {
            guard headers.first(name: ":status") == "200" else {
                // Interim answers are none.
                if headers.first(name: ":status")?.first == "1", !endsStream { return }
                probe.conclude(passed: false)
                return
            }
            hasHead = true
            guard endsStream else { return }
        }
        guard endsStream, headers.first(name: "grpc-status") == "0", let message = reader.message,
            !message.isCompressed
        else {
            probe.conclude(passed: false)
            return
        }
        probe.conclude(passed: Self.status(message.bytes) == Self.serving)
    }

    override func received(_ content: ByteBuffer) {
        do {
            try reader.receive(content)
        } catch {
            probe.conclude(passed: false)
        }
    }

    /// An answer must end with a status, which trailers carry.
    override func receivedEnd(trailers: FieldSection?) { probe.conclude(passed: false) }
    override func resetByPeer(_ code: UInt32) { probe.conclude(passed: false) }
    override func connectionLost(_ fault: HTTP2Fault?) { probe.conclude(passed: false) }
    override func broken(_ fault: HTTP2Fault) { probe.conclude(passed: false) }

    /// Field 1 of the message, which is 0 (`UNKNOWN`) where it is missing; `nil` when the message is malformed.
    private static func status(_ message: ByteBuffer) -> UInt64? {
        guard let field = ProtobufFieldPath("1") else { return nil }
        var walker = ProtobufWalker(GRPCMessageField(field, type: .uint64), maximumBytes: maximumMessageBytes)
        message.withUnsafeReadableBytes { walker.feed($0) }
        switch walker.finding(at: .whole) {
        // Of a field that is given twice the last one counts.
        case .found(let values): return values.last.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }
        case .absent: return 0
        case .beyondBound, .malformed: return nil
        }
    }
}
