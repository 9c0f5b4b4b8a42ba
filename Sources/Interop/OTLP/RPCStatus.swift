/// `google.rpc.Status`, the body of every OTLP answer that is not a success.
public struct RPCStatus: Sendable, Hashable {
    /// `google.rpc.Code`, those a receiver of telemetry answers with.
    public enum Code: Int32, Sendable, Hashable {
        case invalidArgument = 3
        case permissionDenied = 7
        case resourceExhausted = 8
        case unimplemented = 12
        case `internal` = 13
        case unavailable = 14
        case unauthenticated = 16
    }

    public var code: Code
    public var message: String
    /// How long to wait before trying again, as a `google.rpc.RetryInfo`; `nil` for none.
    public var retryAfterSeconds: Int?

    public init(code: Code, message: String, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The answer to a request that was refused: bad data, which is not retried.
    public init(_ error: OTLPError) {
        self.init(code: .invalidArgument, message: error.message)
    }

    public var protobuf: [UInt8] {
        var writer = ProtobufWriter()
        writer.int32Field(1, code.rawValue)
        writer.stringField(2, message)
        if let retryAfterSeconds {
            // details: Any { type_url, value: RetryInfo { retry_delay: Duration { seconds } } }
            let any = writer.beginMessage(3)
            writer.stringField(1, "type.googleapis.com/google.rpc.RetryInfo")
            let info = writer.beginMessage(2)
            let duration = writer.beginMessage(1)
            writer.varintField(1, UInt64(max(0, retryAfterSeconds)))
            writer.endMessage(duration)
            writer.endMessage(info)
            writer.endMessage(any)
        }
        return writer.finish()
    }

    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("code")
        writer.number(Int64(code.rawValue))
        writer.key("message")
        writer.string(message)
        writer.endObject()
        return writer.finish()
    }
}
