import Telemetry

/// What a Zipkin span says that becomes something else, until all of it is read: members stand in any order.
struct ZipkinSpanDraft {
    /// Attributes beside the tags: shared, debug, no start time; an address, another, a port and a name by endpoint.
    static let maximumAddedAttributes = 11

    var row = SpanRow()
    var kindIsKnown = false
    var duration: UInt64 = 0
    var startIsAbsent = true
    var isShared = false
    var isDebug = false
    var local = ZipkinEndpointDraft()
    var remote = ZipkinEndpointDraft()
    var hasError = false
    var scopeName = StringRef.empty
    var scopeVersion = StringRef.empty
    var serviceNameSource = StringRef.empty
}

/// `localEndpoint` or `remoteEndpoint`.
struct ZipkinEndpointDraft {
    var serviceName = StringRef.empty
    var ipv4 = StringRef.empty
    var ipv6 = StringRef.empty
    var port: UInt64 = 0
}

/// Remembers the endpoint read last: a service's own is the same in all its spans.
struct ZipkinRecentEndpoint {
    var endpoint = ZipkinEndpointDraft()
    var raw = 0..<0
}
