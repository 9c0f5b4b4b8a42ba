/// When a request is sent again. A request is repeated only when its method is idempotent (RFC 9110 §9.2.2) or it
/// carries the named header, with which the sender promises that repeating does no harm.
public struct RetryPolicy: Sendable, Hashable {
    public enum Condition: String, Sendable, Hashable, CaseIterable {
        /// No connection: the request never left, so this one holds for every method.
        case connectFailure = "connect-failure"
        /// The connection broke before the first byte of a response.
        case resetBeforeResponse = "reset-before-response"
        /// The upstream refused the request before it did anything with it, and said so (HTTP/2 REFUSED_STREAM): this
        /// one holds for every method.
        case refusedStream = "refused-stream"
        case status502 = "502"
        case status503 = "503"
        case status504 = "504"
        // grpc-status of an answer without messages.
        case grpcCancelled = "grpc-cancelled"
        case grpcDeadlineExceeded = "grpc-deadline-exceeded"
        case grpcInternal = "grpc-internal"
        case grpcResourceExhausted = "grpc-resource-exhausted"
        case grpcUnavailable = "grpc-unavailable"
    }

    /// Without configuration: none of gRPC's statuses.
    public static let standardConditions: Set<Condition> = [
        .connectFailure, .resetBeforeResponse, .refusedStream, .status502, .status503, .status504,
    ]

    /// All tries together, the first included.
    public var maximumAttempts: Int
    public var conditions: Set<Condition>
    /// A request that carries this header may be repeated whatever its method.
    public var idempotencyHeader: String?
    /// Before the second try; doubled before each further one, with jitter.
    public var backoffMilliseconds: Int
    public var maximumBackoffMilliseconds: Int
    /// Requests with longer bodies are not repeated.
    public var maximumBodyBytes: Int

    public init(
        maximumAttempts: Int = 2, conditions: Set<Condition> = Self.standardConditions,
        idempotencyHeader: String? = nil, backoffMilliseconds: Int = 25, maximumBackoffMilliseconds: Int = 250,
        maximumBodyBytes: Int = 65_536
    ) {
        self.maximumAttempts = maximumAttempts
        self.conditions = conditions
        self.idempotencyHeader = idempotencyHeader
        self.backoffMilliseconds = backoffMilliseconds
        self.maximumBackoffMilliseconds = maximumBackoffMilliseconds
        self.maximumBodyBytes = maximumBodyBytes
    }

    /// Whether a request may be sent again after it may have reached the upstream.
    public func mayRepeat(method: String, hasIdempotencyHeader: Bool) -> Bool {
        switch method {
        case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE": true
        default: idempotencyHeader != nil && hasIdempotencyHeader
        }
    }

    /// Whether an upstream's status asks for another try.
    public func covers(status: Int) -> Bool {
        switch status {
        case 502: conditions.contains(.status502)
        case 503: conditions.contains(.status503)
        case 504: conditions.contains(.status504)
        default: false
        }
    }

    /// Whether any of gRPC's statuses asks for another try.
    public var coversGRPC: Bool { !conditions.isSubset(of: Self.standardConditions) }

    /// Whether the status of an answer without messages asks for another try.
    public func coversGRPC(status: Int) -> Bool {
        switch status {
        case 1: conditions.contains(.grpcCancelled)
        case 4: conditions.contains(.grpcDeadlineExceeded)
        case 8: conditions.contains(.grpcResourceExhausted)
        case 13: conditions.contains(.grpcInternal)
        case 14: conditions.contains(.grpcUnavailable)
        default: false
        }
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        maximumAttempts = try reader.integer("maximumAttempts", 1...10) ?? maximumAttempts
        let listed = try reader.list("conditions", maximumCount: Condition.allCases.count) {
            (value, path) throws(ConfigurationError) in
            try ObjectReader.choice(try ObjectReader.text(value, path: path), Condition.self, path: path)
        }
        if let listed { conditions = Set(listed) }
        if let header = reader.value("idempotencyHeader") {
            idempotencyHeader = try HeaderName.read(header, path: reader.path(of: "idempotencyHeader"))
        }
        maximumBackoffMilliseconds =
            try reader.integer("maximumBackoffMilliseconds", 0...60_000) ?? maximumBackoffMilliseconds
        backoffMilliseconds =
            try reader.integer("backoffMilliseconds", 0...maximumBackoffMilliseconds)
            ?? min(backoffMilliseconds, maximumBackoffMilliseconds)
        maximumBodyBytes = try reader.integer("maximumBodyBytes", 0...(16 << 20)) ?? maximumBodyBytes
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("maximumAttempts", maximumAttempts)
        let ordered = Condition.allCases.filter(conditions.contains)
        writer.add("conditions", .array(ordered.map { .string($0.rawValue) }))
        writer.add("idempotencyHeader", idempotencyHeader)
        writer.add("backoffMilliseconds", backoffMilliseconds)
        writer.add("maximumBackoffMilliseconds", maximumBackoffMilliseconds)
        writer.add("maximumBodyBytes", maximumBodyBytes)
        return writer.value
    }
}
