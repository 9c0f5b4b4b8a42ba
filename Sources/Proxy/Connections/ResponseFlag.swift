/// Why a request did not simply pass, in Envoy's letters where it has them; on spans as `waybill.response_flags`.
package enum ResponseFlag: String, Sendable, CaseIterable {
    /// No connection to the upstream.
    case upstreamConnectionFailure = "UF"
    /// The upstream closed the connection.
    case upstreamConnectionTermination = "UC"
    /// The upstream gave up this request alone (HTTP/2 RST_STREAM).
    case upstreamRemoteReset = "UR"
    /// The upstream did not answer in time.
    case upstreamTimeout = "UT"
    /// The upstream's answer breaks HTTP.
    case upstreamProtocolError = "UPE"
    /// Too many requests wait for a connection.
    case upstreamOverflow = "UO"
    /// All attempts were used up.
    case upstreamRetryLimitExceeded = "URX"
    /// No endpoint of the cluster is available.
    case noHealthyUpstream = "UH"
    /// The cluster's failure-rate breaker is open. Envoy has none.
    case breakerOpen = "BO"
    /// Shed, so that what is under way is answered in time.
    case overloaded = "OM"
    case rateLimited = "RL"
    /// Neither side sent a byte for too long.
    case streamIdleTimeout = "SI"
    /// A tunnel was open as long as its route lets one be. Envoy's letters for a stream that lives too long.
    case maximumDuration = "UMSDR"
    /// Answered or broken off by a fault rule.
    case faultInjected = "FI"
    /// Delayed by a fault rule.
    case delayInjected = "DI"
    case noRoute = "NR"
    /// The client's request breaks HTTP.
    case downstreamProtocolError = "DPE"
    /// The client went away.
    case downstreamConnectionTermination = "DC"
    /// The client did not send its request in time.
    case downstreamTimeout = "DT"
    /// The request is larger than the listener takes.
    case requestTooLarge = "RTL"
    /// The record of the request could not be kept, and the route forwards nothing unrecorded.
    case recordingRefused = "RR"
    /// The listener's access rules refuse the request; Envoy says `rbac_access_denied` in its response code details.
    case accessDenied = "RBAC"
    /// An intercepted connection that wanted to go to the proxy itself, or came from it. Envoy has no letters for it.
    case loopDetected = "LD"
    /// The route takes no such tunnel; Envoy says `upgrade_failed` in its response code details.
    case upgradeRefused = "UPR"
    /// The proxy is shutting down.
    case draining = "DR"

    /// Whether the request failed for it; a delay alone is no failure.
    var isFailure: Bool { self != .delayInjected }

    /// For `error.type`.
    var errorType: String {
        switch self {
        case .upstreamConnectionFailure: "upstream_connection_failure"
        case .upstreamConnectionTermination: "upstream_connection_termination"
        case .upstreamRemoteReset: "upstream_remote_reset"
        case .upstreamTimeout: "upstream_timeout"
        case .upstreamProtocolError: "upstream_protocol_error"
        case .upstreamOverflow: "upstream_overflow"
        case .upstreamRetryLimitExceeded: "upstream_retry_limit_exceeded"
        case .noHealthyUpstream: "no_healthy_upstream"
        case .breakerOpen: "breaker_open"
        case .overloaded: "overloaded"
        case .rateLimited: "rate_limited"
        case .streamIdleTimeout: "stream_idle_timeout"
        case .maximumDuration: "maximum_duration"
        case .faultInjected: "fault_injected"
        case .delayInjected: "delay_injected"
        case .noRoute: "no_route"
        case .downstreamProtocolError: "downstream_protocol_error"
        case .downstreamConnectionTermination: "downstream_connection_termination"
        case .downstreamTimeout: "downstream_timeout"
        case .requestTooLarge: "request_too_large"
        case .recordingRefused: "recording_refused"
        case .accessDenied: "rbac_access_denied"
        case .loopDetected: "loop_detected"
        case .upgradeRefused: "upgrade_failed"
        case .draining: "draining"
        }
    }
}
