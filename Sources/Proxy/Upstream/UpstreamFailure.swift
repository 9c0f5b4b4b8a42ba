/// Why an attempt got no usable response.
struct UpstreamFailure {
    var flag: ResponseFlag
    /// One sentence, for the answer and the span.
    var sentence: String
    /// Whether the upstream may have seen the request.
    var mayHaveArrived: Bool
    /// Whether a kept connection ended before the first byte of a response: the usual race with the upstream's own
    /// idle time-out.
    var isKeepAliveRace = false
    /// The upstream says that it has not looked at the request (RFC 9113 §8.7): it may be sent again, whatever it is.
    var isUnprocessed: Bool { flag == .upstreamRemoteReset && !mayHaveArrived }
}
