/// How an endpoint dealt with one request, for those who judge endpoints. What the proxy refused itself is no outcome.
package enum RequestOutcome: Sendable {
    case success
    /// A 5xx that the service itself gave.
    case serverError
    /// 502, 503, 504, no connection, a reset, a time-out.
    case gatewayFailure

    package init(status: Int) {
        self =
            switch status {
            case 502, 503, 504: .gatewayFailure
            case 500...: .serverError
            default: .success
            }
    }

    var failed: Bool { self != .success }
}
