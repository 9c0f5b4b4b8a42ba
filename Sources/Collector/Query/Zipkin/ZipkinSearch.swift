import Storage

/// The parameters of `/api/v2/traces`: durations in microseconds, times in milliseconds.
struct ZipkinSearch {
    private static let defaultLimit = 10

    var filter: SpanFilter
    var from: UInt64
    var to: UInt64
    var limit: Int

    init(_ request: QueryRequest, now: UInt64, defaultLookback: UInt64) throws(QueryRefusal) {
        let end = try request.time("endTs", .milliseconds) ?? now
        let lookback = try request.span("lookback", .milliseconds) ?? defaultLookback
        guard end > 0 else { throw .badRequest("endTs <= 0") }
        guard lookback > 0 else { throw .badRequest("lookback <= 0") }
        // To the end of the millisecond, of which spans are nanoseconds.
        to = end.addingReportingOverflow(999_999).overflow ? .max : end + 999_999
        from = end > lookback ? end - lookback : 0
        limit = min(
            try request.number("limit", 1...Int(Int32.max), default: Self.defaultLimit), TraceFinder.maximumTraces)
        var conditions: [SpanFilter] = []
        if let name = request.parameter("serviceName") {
            conditions.append(.compare(.service, .equal, .string(name)))
        }
        // Zipkin's user interface writes "all" for any.
        if let name = request.parameter("spanName"), name != "all" {
            conditions.append(.compare(.name, .equal, .string(name)))
        }
        if let name = request.parameter("remoteServiceName") {
            conditions.append(.compare(.attribute(.span, key: "peer.service"), .equal, .string(name)))
        }
        let shortest = try request.span("minDuration", .microseconds)
        let longest = try request.span("maxDuration", .microseconds)
        if let longest {
            guard let shortest else { throw .badRequest("maxDuration is only valid with minDuration") }
            guard shortest <= longest else { throw .badRequest("maxDuration < minDuration") }
            conditions.append(.compare(.duration, .lessOrEqual, .int(Int64(clamping: longest))))
        }
        if let shortest { conditions.append(.compare(.duration, .greaterOrEqual, .int(Int64(clamping: shortest)))) }
        if let text = request.parameter("annotationQuery") { conditions += try AnnotationQuery.filters(text) }
        filter = .and(conditions)
    }
}
