import NIOHPACK

/// What a call's request headers say.
public struct GRPCCallHead: Sendable {
    /// `/package.Service/Method`.
    public var method: String
    public var authorization: String?
    /// How compressed messages are compressed; `nil` for `identity`.
    public var encoding: String?
    /// From the arrival of the headers.
    public var timeoutNanoseconds: Int64?
    public var peer: GRPCPeer

    /// Reads the headers, or says how the call is refused for them.
    public static func read(
        _ headers: HPACKHeaders, peer: GRPCPeer, encodings: [String]
    ) throws(GRPCRefusal) -> GRPCCallHead {
        var head = GRPCCallHead(method: "", peer: peer)
        var httpMethod = ""
        var contentType = ""
        var timeout: String?
        for (name, value, _) in headers {
            switch name {
            case ":path": head.method = value
            case ":method": httpMethod = value
            case "content-type": contentType = value
            case "grpc-timeout": timeout = value
            case "grpc-encoding": head.encoding = value == "identity" ? nil : value
            case "authorization": head.authorization = value
            default: break
            }
        }
        guard httpMethod == "POST" else {
            throw GRPCRefusal(httpStatus: 405, .unknown, "gRPC calls are POST requests, not \(httpMethod.prefix(20)).")
        }
        guard isGRPC(contentType) else {
            throw GRPCRefusal(
                httpStatus: 415, .unknown,
                "This listener takes gRPC (content-type application/grpc or application/grpc+proto), not "
                    + "\(contentType.isEmpty ? "a request without content-type" : String(contentType.prefix(100))).")
        }
        if let timeout {
            guard let nanoseconds = GRPCTimeout.nanoseconds(timeout) else {
                throw GRPCRefusal(
                    .internal, "grpc-timeout is \(timeout.prefix(20)): expected up to 8 digits and one of H M S m u n.")
            }
            head.timeoutNanoseconds = nanoseconds
        }
        if let encoding = head.encoding, !encodings.contains(encoding) {
            throw GRPCRefusal(
                .unimplemented,
                "Messages compressed with \(encoding.prefix(40)) are not taken; "
                    + "use \((encodings + ["identity"]).joined(separator: ", ")).")
        }
        return head
    }

    init(method: String, peer: GRPCPeer) {
        self.method = method
        self.peer = peer
    }

    /// `application/grpc`, that with `+proto`, or either with parameters.
    private static func isGRPC(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" && $0 != " " }
        return type == "application/grpc" || type == "application/grpc+proto"
            || type.lowercased() == "application/grpc" || type.lowercased() == "application/grpc+proto"
    }
}
