import NIOCore

/// What a gRPC listener serves: unary calls. Called on the connection's event loop; must not block it.
public protocol GRPCService: Sendable {
    /// Encodings of messages that it takes beside `identity`, as `grpc-encoding` names them.
    var encodings: [String] { get }
    /// Lets a call in, or refuses it before its message is read, so that a flood costs nothing.
    func admit(_ head: GRPCCallHead) throws(GRPCStatus) -> GRPCCaller
    /// Sets aside memory for bytes of a message that have arrived; the status that refuses the call when there is none.
    func reserve(_ bytes: Int, for caller: GRPCCaller) -> GRPCStatus?
    /// Gives back what `reserve` granted. Called from any thread.
    func release(_ bytes: Int, for caller: GRPCCaller)
    /// Answers once, from any thread.
    func respond(to request: GRPCRequest, reply: @escaping @Sendable (GRPCReply) -> Void)
    /// Told of every call that was refused by the server, not by the service.
    func refused(_ status: GRPCStatus)
}
