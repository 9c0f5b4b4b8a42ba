import NIOCore

/// A whole unary request.
public struct GRPCRequest: Sendable {
    public var head: GRPCCallHead
    public var caller: GRPCCaller
    public var message: ByteBuffer
    /// How `message` is compressed; `nil` when it is not.
    public var encoding: String?
    /// Whether anyone still waits for the answer.
    public var cancellation: GRPCCancellation
}

/// What a call is answered with.
public enum GRPCReply: Sendable {
    /// The response message, without prefix.
    case message([UInt8])
    case status(GRPCStatus)
}
