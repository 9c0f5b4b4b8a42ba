import Interop
import Storage
import Telemetry

/// Zipkin's query API, `/api/v2`.
struct ZipkinAPI: Sendable {
    static let prefix = "zipkin"
    private static let maximumValues = 1000
    private static let defaultLookback: UInt64 = 86_400_000_000_000

    let store: Store
    let clock: @Sendable () -> UInt64

    private var finder: TraceFinder { TraceFinder(store: store) }

    var routes: [QueryRoute] {
        [
            QueryRoute("/api/v2/services", .zipkin, .listing) { _ in names(try store.services().entries) },
            QueryRoute("/api/v2/spans", .zipkin, .listing) { request in
                let operations = try store.operations(service: try service(request)).entries
                return names(JaegerAPI.distinct(operations.map(\.name)))
            },
            QueryRoute("/api/v2/remoteServices", .zipkin, .listing) { try remoteServices($0) },
            QueryRoute("/api/v2/traces", .zipkin, .search) { try search($0) },
            QueryRoute("/api/v2/trace/{id}", .zipkin, .trace) { try trace($0) },
            QueryRoute("/api/v2/traceMany", .zipkin, .trace) { try traceMany($0) },
            QueryRoute("/api/v2/dependencies", .zipkin, .dependencies) { try dependencies($0) },
            QueryRoute("/api/v2/autocompleteKeys", .zipkin, .listing) { _ in
                names(JaegerAPI.distinct(try store.attributeKeys(scope: .span).entries.map(\.key)))
            },
            QueryRoute("/api/v2/autocompleteValues", .zipkin, .listing) { try autocompleteValues($0) },
        ]
    }

    private func names(_ names: [String]) -> HTTPAnswer { .json(.ok, ZipkinJSON.names(names)) }

    private func service(_ request: QueryRequest) throws(QueryRefusal) -> String {
        guard let name = request.parameter("serviceName") else { throw .badRequest("serviceName is required.") }
        return name
    }

    /// The services that one called, by the spans of the last day.
    private func remoteServices(_ request: QueryRequest) throws -> HTTPAnswer {
        let service = try service(request)
        let now = clock()
        let from = now > Self.defaultLookback ? now - Self.defaultLookback : 0
        let (links, gaps) = try ServiceGraph(store: store).links(
            from: from, to: now, isCancelled: request.http.isAbandoned)
        return names(links.filter { $0.parent == service }.map(\.child)).partial(gaps)
    }

    private func autocompleteValues(_ request: QueryRequest) throws -> HTTPAnswer {
        guard let key = request.parameter("key") else { throw QueryRefusal.badRequest("key is required.") }
        let values = try store.attributeValues(scope: .span, key: key, limit: Self.maximumValues).entries
        return names(JaegerAPI.distinct(values.map(\.text)))
    }

    private func trace(_ request: QueryRequest) throws -> HTTPAnswer {
        let id = try request.traceID("id")
        let found = try finder.read(id)
        guard !found.spans.isEmpty else { throw QueryRefusal.notFound("no_such_trace", "\(id) not found") }
        return .json(.ok, ZipkinJSON.trace(found.spans.map(\.span))).partial(found.missing)
    }

    private func traceMany(_ request: QueryRequest) throws -> HTTPAnswer {
        let texts = request.parameter("traceIds")?.split(separator: ",").map(String.init) ?? []
        guard texts.count <= TraceFinder.maximumTraces else {
            throw QueryRefusal.badRequest("traceIds: at most \(TraceFinder.maximumTraces) of them.")
        }
        var ids: [TraceID] = []
        for text in texts {
            guard let id = QueryRequest.traceID(text.filter { $0 != " " }) else {
                throw QueryRefusal.badParameter("traceIds", text, expected: "1 to 32 hexadecimal digits each")
            }
            guard !ids.contains(id) else { throw QueryRefusal.badRequest("redundant traceId: \(text)") }
            ids.append(id)
        }
        guard !ids.isEmpty else { throw QueryRefusal.badRequest("traceIds parameter is empty") }
        guard ids.count > 1 else {
            throw QueryRefusal.badRequest("Use /api/v2/trace/{traceId} endpoint to retrieve a single trace")
        }
        var traces: [[Span]] = []
        var gaps: [String] = []
        var budget = TraceFinder.maximumSpans
        for id in ids {
            let found = try finder.read(id)
            gaps += found.missing
            if found.spans.isEmpty { continue }
            guard found.spans.count <= budget || traces.isEmpty else {
                gaps.append("The trace \(id) and those after it are left out: those before have many spans.")
                break
            }
            budget -= found.spans.count
            traces.append(found.spans.map(\.span))
        }
        return .json(.ok, ZipkinJSON.traces(traces)).partial(gaps)
    }

    private func search(_ request: QueryRequest) throws -> HTTPAnswer {
        let search = try ZipkinSearch(request, now: clock(), defaultLookback: Self.defaultLookback)
        var traces: [[Span]] = []
        var gaps: [String] = []
        gaps += try finder.forEach(
            matching: search.filter, from: search.from, to: search.to, limit: search.limit,
            isCancelled: request.http.isAbandoned
        ) { found in
            traces.append(found.spans.map(\.span))
            gaps += found.missing
        }
        return .json(.ok, ZipkinJSON.traces(traces)).partial(gaps)
    }

    private func dependencies(_ request: QueryRequest) throws -> HTTPAnswer {
        guard let end = try request.time("endTs", .milliseconds) else {
            throw QueryRefusal.badRequest("endTs is required: Unix time in milliseconds.")
        }
        let lookback = try request.span("lookback", .milliseconds) ?? Self.defaultLookback
        let (links, gaps) = try ServiceGraph(store: store).links(
            from: end > lookback ? end - lookback : 0, to: end, isCancelled: request.http.isAbandoned)
        return .json(.ok, ZipkinJSON.dependencies(links)).partial(gaps)
    }
}
