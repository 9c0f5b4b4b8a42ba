import Transport

/// What an exchange keeps of the gRPC call that it carries.
final class CallState {
    /// How the call ended for the client; `nil` while it has not.
    var code: GRPCCode?
    /// The look into the request's messages; `nil` when no source wants one, or it is over.
    var look: GRPCMessageLook?
}
