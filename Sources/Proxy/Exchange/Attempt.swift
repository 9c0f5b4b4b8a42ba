import Telemetry
import Transport

/// One try to get a request answered by an upstream.
struct Attempt {
    /// From 1.
    var number: Int
    var spanID: SpanID
    /// Monotonic nanoseconds.
    var started: UInt64
    var ended: UInt64 = 0
    /// The upstream's status; zero when there was none.
    var status = 0
    /// Of a gRPC call, as far as the upstream told it.
    var code: GRPCCode?
    /// Index of the endpoint in its cluster; `nil` when no connection was tried.
    var endpoint: Int?
    /// The endpoint among whose requests this attempt counts.
    var countedEndpoint: Int?
    /// Lets the cluster's failure-rate breaker find out whether the cluster works again.
    var isProbe = false
    /// Its outcome has been told.
    var isJudged = false
    var principal = Principal.none
    /// What the endpoint speaks; `nil` when there was no connection.
    var version: HTTPVersion?
    var flag: ResponseFlag?
    var sentence = ""
    /// The endpoint has said that it did not look at the request.
    var isUnprocessed = false

    /// What the end says of the endpoint; `nil` when it says nothing.
    var outcome: RequestOutcome? {
        if isJudged { return nil }
        return switch flag {
        case nil: status == 0 ? nil : RequestOutcome(status: status == 200 ? code?.httpStatus ?? 200 : status)
        case .upstreamConnectionFailure, .upstreamConnectionTermination, .upstreamRemoteReset, .upstreamTimeout,
            .upstreamProtocolError:
            .gatewayFailure
        default: nil
        }
    }
}
