import NIOCore

/// Writes length-prefixed messages.
public enum GRPCMessageWriter {
    /// `message` with its prefix.
    public static func buffer(_ message: [UInt8], isCompressed: Bool = false) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(GRPCMessageReader.prefixBytes + message.count)
        buffer.writeInteger(UInt8(isCompressed ? 1 : 0))
        buffer.writeInteger(UInt32(truncatingIfNeeded: message.count))
        buffer.writeBytes(message)
        return buffer
    }
}
