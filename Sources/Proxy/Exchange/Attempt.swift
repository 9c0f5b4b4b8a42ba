import Telemetry

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
    /// Index of the endpoint in its cluster; `nil` when no connection was tried.
    var endpoint: Int?
    var principal = Principal.none
    /// What the endpoint speaks; `nil` when there was no connection.
    var version: HTTPVersion?
    var flag: ResponseFlag?
    var sentence = ""
}
