import NIOCore

/// The bank's gRPC: one message each way, and statuses in HTTP's terms, so that one verdict does for both.
enum BankRPC {
    /// Length-prefixed, not compressed (gRPC over HTTP/2, "Length-Prefixed-Message").
    static func framed(_ message: ByteBuffer) -> ByteBuffer {
        var frame = ByteBufferAllocator().buffer(capacity: message.readableBytes + 5)
        frame.writeInteger(UInt8(0))
        frame.writeInteger(UInt32(message.readableBytes))
        frame.writeImmutableBuffer(message)
        return frame
    }

    /// The one message of an answer; `nil` when it is not exactly that.
    static func message(_ body: ByteBuffer) -> String? {
        var body = body
        guard body.readInteger(as: UInt8.self) == 0, let length = body.readInteger(as: UInt32.self),
            Int(length) == body.readableBytes
        else { return nil }
        return String(buffer: body)
    }

    /// What a service of the bank answers with instead of an HTTP status.
    static func code(of status: Int) -> Int {
        switch status {
        case 200: 0
        case 502, 503: 14
        default: 13
        }
    }

    /// A fault's own status is none of those that HTTP and gRPC share: it arrives as UNKNOWN.
    static func status(of code: Int) -> Int {
        switch code {
        case 0: 200
        case 2: Mischief.abortStatus
        case 4: 504
        case 14: 503
        default: 500
        }
    }
}
