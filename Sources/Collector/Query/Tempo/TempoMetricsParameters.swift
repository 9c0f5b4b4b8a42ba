import TraceQL

/// The parameters of `/api/metrics/query_range` and `/api/metrics/query`.
///
/// Times are read as Tempo reads them: Unix time in seconds, with a fraction or without, or in nanoseconds, told apart by
/// the number of digits, or RFC 3339. Source: grafana.com/docs/tempo, "TraceQL metrics API".
struct TempoMetricsParameters {
    private static let secondDigits = 10
    private static let defaultSince: UInt64 = 3600 * 1_000_000_000
    private static let defaultExemplars = 100
    private static let maximumExemplars = 1000

    var query: TraceQuery
    var start: UInt64
    var end: UInt64
    var step: UInt64
    var exemplars: Int

    /// - Parameter now: where a range ends that does not say.
    init(_ request: QueryRequest, now: UInt64) throws(QueryRefusal) {
        guard let (_, text) = request.parameter(["q", "query"]) else {
            throw .badRequest("q: expected a TraceQL metrics query such as { status = error } | rate().")
        }
        query = try TempoAPI.parse(text)
        guard query.metrics != nil else {
            throw .badRequest(
                "q: this query finds traces and counts nothing; end it in a function such as | rate(), or ask "
                    + "/api/search for its answer.")
        }
        end = try Self.time("end", request) ?? now
        let since = try request.duration(["since"]) ?? Self.defaultSince
        let latest = min(end, now)
        start = try Self.time("start", request) ?? (latest > since ? latest - since : 0)
        guard start < end else {
            throw .badRequest(
                "http parameter start must be before end. received start=\(start / 1_000_000_000) "
                    + "end=\(end / 1_000_000_000)")
        }
        step = try Self.step(request) ?? TraceMetrics.defaultStep(start: start, end: end)
        exemplars = min(
            try request.number("exemplars", 0...Int(Int32.max), default: Self.defaultExemplars), Self.maximumExemplars)
    }

    private static func time(_ name: String, _ request: QueryRequest) throws(QueryRefusal) -> UInt64? {
        guard let text = request.parameter(name) else { return nil }
        if let time = UInt64(text), text.utf8.count > secondDigits { return time }
        if let time = seconds(text) ?? TimeParameter.rfc3339(text) { return time }
        throw .badParameter(name, text, expected: "Unix time in seconds or nanoseconds, or 2026-11-03T09:14:22Z")
    }

    /// Seconds as a number, or a duration with its unit.
    private static func step(_ request: QueryRequest) throws(QueryRefusal) -> UInt64? {
        guard let text = request.parameter("step") else { return nil }
        guard let step = seconds(text) ?? DurationParameter.nanoseconds(text), step > 0 else {
            throw .badParameter("step", text, expected: "seconds, or \(DurationParameter.form)")
        }
        return step
    }

    private static func seconds(_ text: String) -> UInt64? {
        guard text.utf8.count <= 32, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }) else {
            return nil
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = UInt64(parts[0]) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return product }
        let digits = parts[1].prefix(9)
        guard let fraction = UInt64(digits + String(repeating: "0", count: 9 - digits.count)) else { return nil }
        return product.addingReportingOverflow(fraction).overflow ? nil : product + fraction
    }
}
