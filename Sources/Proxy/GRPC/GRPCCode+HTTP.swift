import Transport

/// What gRPC's statuses are among HTTP's, for spans and for those who judge endpoints.
extension GRPCCode {
    /// What a peer wrote as `grpc-status`; what is no status is `unknown`, as gRPC's own clients take it.
    package init(field text: String) {
        let digits = text.utf8
        guard (1...2).contains(digits.count), digits.allSatisfy({ $0 &- 0x30 < 10 }) else {
            self = .unknown
            return
        }
        self = GRPCCode(rawValue: digits.reduce(0) { $0 * 10 + ($1 - 0x30) }) ?? .unknown
    }

    /// What a client makes of an answer that has no `grpc-status` (grpc `doc/http-grpc-status-mapping.md`).
    package init(httpStatus: Int) {
        self =
            switch httpStatus {
            case 400: .internal
            case 401: .unauthenticated
            case 403: .permissionDenied
            case 404: .unimplemented
            case 429, 502, 503, 504: .unavailable
            default: .unknown
            }
    }

    /// The HTTP status that says the same: Envoy's mapping, after Google's API design guide.
    package var httpStatus: Int {
        switch self {
        case .ok: 200
        case .cancelled: 499
        case .invalidArgument, .failedPrecondition, .outOfRange: 400
        case .deadlineExceeded: 504
        case .notFound: 404
        case .alreadyExists, .aborted: 409
        case .permissionDenied: 403
        case .resourceExhausted: 429
        case .unimplemented: 501
        case .unknown, .internal, .dataLoss: 500
        case .unavailable: 503
        case .unauthenticated: 401
        }
    }

    /// Whether it makes a server's span one of an error; a client's is one unless it is `ok` (OpenTelemetry's semantic
    /// conventions for gRPC).
    var isServerError: Bool {
        switch self {
        case .unknown, .deadlineExceeded, .unimplemented, .internal, .unavailable, .dataLoss: true
        default: false
        }
    }

    /// As gRPC's documents spell it.
    package var name: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}

extension ResponseFlag {
    /// How a gRPC call ends that fails for it.
    var grpcCode: GRPCCode {
        switch self {
        case .upstreamTimeout, .downstreamTimeout: .deadlineExceeded
        case .downstreamConnectionTermination: .cancelled
        case .upstreamProtocolError, .downstreamProtocolError: .internal
        case .requestTooLarge: .resourceExhausted
        case .accessDenied, .upgradeRefused: .permissionDenied
        case .noRoute: .unimplemented
        default: .unavailable
        }
    }
}
