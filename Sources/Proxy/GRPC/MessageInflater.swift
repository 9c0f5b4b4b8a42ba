import CZlib

/// Inflates one compressed message as its bytes come, up to a bound on what comes out.
final class MessageInflater {
    enum Format {
        case gzip
        /// What gRPC calls `deflate` (RFC 1950).
        case zlib
    }

    enum State {
        /// The message goes on.
        case more
        case ended
        /// The bound is reached, or nobody wants more.
        case stopped
        case malformed
    }

    private static let pieceBytes = 4_096

    /// zlib's state points back to it: it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer
    /// How many bytes have come out.
    private(set) var produced = 0
    private let isReady: Bool

    init(_ format: Format) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(byteCount: Self.pieceBytes, alignment: 1)
        // 15 window bits; 16 more ask for gzip's framing.
        let bits: Int32 = format == .gzip ? 15 + 16 : 15
        isReady = inflateInit2_(stream, bits, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
        output.deallocate()
    }

    /// Gives what comes out of `bytes` to `body`, which says whether it wants more.
    func inflate(
        _ bytes: UnsafeRawBufferPointer, limit: Int, _ body: (UnsafeRawBufferPointer) -> Bool
    ) -> State {
        // Without memory for zlib the message is as good as not understood.
        guard isReady else { return .malformed }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: bytes.count)
        while true {
            let room = min(Self.pieceBytes, limit - produced)
            stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(room)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            let count = room - Int(stream.pointee.avail_out)
            produced += count
            let wantsMore = count == 0 || body(UnsafeRawBufferPointer(rebasing: output[..<count]))
            switch status {
            case Z_STREAM_END: return .ended
            case Z_OK, Z_BUF_ERROR:
                if !wantsMore || produced >= limit { return .stopped }
                // zlib has room left, so it wants more to read.
                if stream.pointee.avail_out > 0 { return .more }
            default: return .malformed
            }
        }
    }
}
