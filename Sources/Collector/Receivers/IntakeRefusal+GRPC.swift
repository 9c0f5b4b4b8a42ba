import Interop
import Transport

extension IntakeRefusal {
    /// As gRPC says it. OTLP senders repeat UNAVAILABLE, and RESOURCE_EXHAUSTED only where RetryInfo says so.
    var grpcStatus: GRPCStatus {
        let (code, rpcCode): (GRPCCode, RPCStatus.Code) =
            switch kind {
            case .malformed: (.invalidArgument, .invalidArgument)
            case .tooLarge, .overShare: (.resourceExhausted, .resourceExhausted)
            case .busy, .unavailable: (.unavailable, .unavailable)
            }
        guard let retryAfterSeconds else { return GRPCStatus(code, message) }
        let details = RPCStatus(code: rpcCode, message: message, retryAfterSeconds: retryAfterSeconds)
        return GRPCStatus(code, message, details: details.protobuf)
    }
}
