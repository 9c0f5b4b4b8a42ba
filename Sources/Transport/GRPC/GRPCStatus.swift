import NIOHPACK

/// How a call ends when it does not end well: a code, a sentence, and what else the client should know.
public struct GRPCStatus: Error, Sendable, Hashable {
    public var code: GRPCCode
    public var message: String
    /// `google.rpc.Status` in protobuf, for `grpc-status-details-bin`: how long to wait before trying again. Empty for
    /// none.
    public var details: [UInt8]

    public init(_ code: GRPCCode, _ message: String, details: [UInt8] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    /// The fields that say so, to be sent as trailers.
    public func add(to headers: inout HPACKHeaders) {
        headers.add(name: "grpc-status", value: code.text)
        if !message.isEmpty { headers.add(name: "grpc-message", value: GRPCStatusText.encode(message)) }
        if !details.isEmpty { headers.add(name: "grpc-status-details-bin", value: Base64.encode(details)) }
    }
}
