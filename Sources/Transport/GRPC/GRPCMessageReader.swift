import NIOCore

/// Reads the one length-prefixed message of a unary call from pieces of any size: a flag, four bytes of length, the
/// message.
///
/// Source: grpc `doc/PROTOCOL-HTTP2.md`, Length-Prefixed-Message.
public struct GRPCMessageReader: ~Copyable {
    public static let prefixBytes = 5
    /// No more than this is set aside on the mere word of a length.
    static let expectedBytes = 1 << 20

    public struct Message: Sendable, Equatable {
        public var isCompressed: Bool
        public var bytes: ByteBuffer

        public init(isCompressed: Bool, bytes: ByteBuffer) {
            self.isCompressed = isCompressed
            self.bytes = bytes
        }
    }

    public enum Fault: Error, Sendable, Equatable {
        /// The first byte is neither 0 nor 1.
        case flag(UInt8)
        /// The length is beyond the limit; nothing after it was read.
        case tooLarge(length: Int)
        /// Bytes follow the message: a call takes one.
        case moreThanOne
    }

    private let limit: Int
    private var prefixed = 0
    private var isCompressed = false
    private var length = 0
    private var partial = ByteBuffer()
    /// The message, once it is whole.
    public private(set) var message: Message?

    /// - Parameter limit: Bytes of a message as it arrives.
    public init(limit: Int) { self.limit = limit }

    /// Whether the stream may end here without a message being cut.
    public var isBetweenMessages: Bool { prefixed == 0 || message != nil }

    /// Takes the next piece of the stream.
    public mutating func receive(_ piece: ByteBuffer) throws(Fault) {
        var piece = piece
        if message != nil {
            if piece.readableBytes > 0 { throw .moreThanOne }
            return
        }
        guard try readPrefix(&piece) else { return }
        if partial.readableBytes == 0, piece.readableBytes >= length {
            take(from: &piece)
        } else {
            if partial.capacity == 0 { partial.reserveCapacity(min(length, Self.expectedBytes)) }
            let missing = min(length - partial.readableBytes, piece.readableBytes)
            if let bytes = piece.readSlice(length: missing) { partial.writeImmutableBuffer(bytes) }
            if partial.readableBytes == length {
                message = Message(isCompressed: isCompressed, bytes: partial)
                partial = ByteBuffer()
            }
        }
        if piece.readableBytes > 0 { throw .moreThanOne }
    }

    /// Whether the prefix is whole.
    private mutating func readPrefix(_ piece: inout ByteBuffer) throws(Fault) -> Bool {
        while prefixed < Self.prefixBytes {
            guard let byte = piece.readInteger(as: UInt8.self) else { return false }
            if prefixed == 0 {
                guard byte <= 1 else { throw .flag(byte) }
                isCompressed = byte == 1
            } else {
                length = length << 8 | Int(byte)
            }
            prefixed += 1
            if prefixed == Self.prefixBytes, length > limit { throw .tooLarge(length: length) }
        }
        return true
    }

    /// The whole message lies in `piece`. A small one is copied, lest it hold a far larger read buffer in memory.
    private mutating func take(from piece: inout ByteBuffer) {
        guard var bytes = piece.readSlice(length: length) else { return }
        if length * 2 < bytes.storageCapacity {
            var copy = ByteBuffer()
            if length > 0 { copy.writeBuffer(&bytes) }
            bytes = copy
        }
        message = Message(isCompressed: isCompressed, bytes: bytes)
    }
}
