import Interop
import Telemetry

/// Jaeger's API of the third generation: parameters with the names of `jaeger.api_v3.TraceQueryParameters`, in either
/// case convention.
extension JaegerAPI {
    var v3Routes: [QueryRoute] {
        [
            QueryRoute("/api/v3/services", .jaegerV3, .listing) { _ in
                .json(.ok, JaegerV3JSON.services(try store.services().entries))
            },
            QueryRoute("/api/v3/operations", .jaegerV3, .listing) { request in
                .json(.ok, JaegerV3JSON.operations(try operations(request, kindNames: ["spanKind", "span_kind"])))
            },
            QueryRoute("/api/v3/traces", .jaegerV3, .search) { try searchV3($0) },
            QueryRoute("/api/v3/trace-summaries", .jaegerV3, .search) { try summaries($0) },
            QueryRoute("/api/v3/traces/{id}", .jaegerV3, .trace) { try traceV3($0) },
            QueryRoute("/api/v3/dependencies", .jaegerV3, .dependencies) { try dependenciesV3($0) },
        ]
    }

    private func traceV3(_ request: QueryRequest) throws -> HTTPAnswer {
        let found = try finder.read(try request.traceID("id"))
        guard !found.spans.isEmpty else { throw QueryRefusal.notFound("no_such_trace", "No traces found") }
        return .json(.ok, JaegerV3JSON.result(found.spans.lazy.map(\.span))).partial(found.missing)
    }

    private func searchV3(_ request: QueryRequest) throws -> HTTPAnswer {
        let search = try search(request)
        var spans: [Span] = []
        var gaps: [String] = []
        gaps += try finder.forEach(
            matching: search.filter, from: search.from, to: search.to, limit: search.limit,
            isCancelled: request.http.isAbandoned
        ) { found in
            spans += found.spans.map(\.span)
            gaps += found.missing
        }
        // As Jaeger has it: nothing found is an error here, not an empty answer.
        guard !spans.isEmpty else { throw QueryRefusal.notFound("no_traces", "No traces found") }
        return .json(.ok, JaegerV3JSON.result(spans)).partial(gaps)
    }

    private func summaries(_ request: QueryRequest) throws -> HTTPAnswer {
        let search = try search(request)
        var summaries: [TraceSummary] = []
        var gaps: [String] = []
        gaps += try finder.forEach(
            matching: search.filter, from: search.from, to: search.to, limit: search.limit,
            isCancelled: request.http.isAbandoned
        ) { found in
            if let summary = TraceSummary(found.spans) { summaries.append(summary) }
            gaps += found.missing
        }
        return .json(.ok, JaegerV3JSON.summaries(summaries)).partial(gaps)
    }

    private func search(_ request: QueryRequest) throws(QueryRefusal) -> JaegerSearch {
        guard
            let from = try request.rfc3339(["query.startTimeMin", "query.start_time_min"]),
            let to = try request.rfc3339(["query.startTimeMax", "query.start_time_max"])
        else { throw .badRequest("query.startTimeMin and query.startTimeMax are required") }
        guard from < to else { throw .badRequest("query.startTimeMin must be before query.startTimeMax") }
        return try JaegerSearch(request, JaegerSearch.v3, from: from, to: to, now: to)
    }

    private func dependenciesV3(_ request: QueryRequest) throws -> HTTPAnswer {
        guard
            let from = try request.rfc3339(["startTime", "start_time"]),
            let to = try request.rfc3339(["endTime", "end_time"])
        else { throw QueryRefusal.badRequest("startTime and endTime are required") }
        guard from < to else { throw QueryRefusal.badRequest("startTime must be before endTime") }
        let (links, gaps) = try ServiceGraph(store: store).links(
            from: from, to: to, isCancelled: request.http.isAbandoned)
        return .json(.ok, JaegerV3JSON.dependencies(links)).partial(gaps)
    }
}
