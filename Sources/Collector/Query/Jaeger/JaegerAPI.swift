import Interop
import Storage
import Telemetry

/// Jaeger's HTTP query API: the first generation, which Grafana's data source and older user interfaces ask, and the
/// third (`JaegerAPI+V3`), which newer ones ask.
struct JaegerAPI: Sendable {
    static let prefix = "jaeger"

    let store: Store
    let clock: @Sendable () -> UInt64

    var finder: TraceFinder { TraceFinder(store: store) }

    var routes: [QueryRoute] {
        [
            QueryRoute("/api/services", .jaeger, .listing) { _ in
                .json(.ok, JaegerJSON.names(try store.services().entries))
            },
            QueryRoute("/api/services/{service...}/operations", .jaeger, .listing) { request in
                let operations = try store.operations(service: request.path["service"] ?? "").entries
                return .json(.ok, JaegerJSON.names(Self.distinct(operations.map(\.name))))
            },
            QueryRoute("/api/operations", .jaeger, .listing) { request in
                .json(.ok, JaegerJSON.operations(try operations(request, kindNames: ["spanKind", "span_kind"])))
            },
            QueryRoute("/api/traces", .jaeger, .search) { try search($0) },
            QueryRoute("/api/traces/{id}", .jaeger, .trace) { try trace($0) },
            QueryRoute("/api/dependencies", .jaeger, .dependencies) { try dependencies($0) },
        ] + v3Routes
    }

    /// Names and kinds of a service's spans, all kinds unless one is named.
    func operations(
        _ request: QueryRequest, kindNames: [String]
    ) throws -> [(name: String, kind: SpanKind)] {
        guard let service = request.parameter("service") else {
            throw QueryRefusal.badRequest("parameter 'service' is required")
        }
        var kind: SpanKind?
        if let (name, text) = request.parameter(kindNames) {
            guard let number = SpanWords.kinds.firstIndex(of: text.lowercased()) else {
                throw QueryRefusal.badParameter(
                    name, text, expected: "one of \(SpanWords.kinds.joined(separator: ", "))")
            }
            kind = SpanKind(rawValue: Int32(number))
        }
        return try store.operations(service: service).entries
            .filter { kind == nil || $0.kind == kind }.map { ($0.name, $0.kind) }
    }

    /// `/api/traces/{id}`. Times may come with it; a look-up by id needs none.
    func trace(_ request: QueryRequest) throws -> HTTPAnswer {
        let found = try finder.read(try request.traceID("id"))
        guard !found.spans.isEmpty else { throw QueryRefusal.notFound("no_such_trace", "trace not found") }
        return .json(.ok, JaegerJSON.traces([found.spans], incomplete: [found.id: found.missing]))
    }

    private func search(_ request: QueryRequest) throws -> HTTPAnswer {
        let ids = request.values("traceID")
        if !ids.isEmpty { return try traces(ids) }
        let search = try JaegerSearch(
            request, JaegerSearch.v1, from: try request.time("start", .microseconds),
            to: try request.time("end", .microseconds), now: clock())
        var traces: [[StoredSpan]] = []
        var incomplete: [TraceID: [String]] = [:]
        let gaps = try finder.forEach(
            matching: search.filter, from: search.from, to: search.to, limit: search.limit,
            isCancelled: request.http.isAbandoned
        ) { found in
            traces.append(found.spans)
            incomplete[found.id] = found.missing
        }
        return .json(
            .ok,
            JaegerJSON.traces(
                traces, problems: gaps.map { JaegerJSON.Problem(message: $0) }, incomplete: incomplete)
        ).partial(gaps)
    }

    /// The traces of these ids; of those that are not there the answer says so.
    private func traces(_ texts: [String]) throws -> HTTPAnswer {
        guard texts.count <= TraceFinder.maximumTraces else {
            throw QueryRefusal.badRequest("traceID: at most \(TraceFinder.maximumTraces) of them.")
        }
        var traces: [[StoredSpan]] = []
        var incomplete: [TraceID: [String]] = [:]
        var problems: [JaegerJSON.Problem] = []
        var budget = TraceFinder.maximumSpans
        for text in texts {
            guard let id = QueryRequest.traceID(text) else {
                throw QueryRefusal.badParameter("traceID", text, expected: "1 to 32 hexadecimal digits")
            }
            let found = try finder.read(id)
            if found.spans.isEmpty {
                problems.append(JaegerJSON.Problem(message: "trace not found", traceID: id))
            } else if found.spans.count > budget, !traces.isEmpty {
                problems.append(
                    JaegerJSON.Problem(message: "left out: the traces before have many spans", traceID: id))
            } else {
                budget -= found.spans.count
                traces.append(found.spans)
                incomplete[id] = found.missing
            }
        }
        return .json(.ok, JaegerJSON.traces(traces, problems: problems, incomplete: incomplete))
    }

    private func dependencies(_ request: QueryRequest) throws -> HTTPAnswer {
        let end = try request.time("endTs", .milliseconds) ?? clock()
        let lookback = try request.span("lookback", .milliseconds) ?? 86_400_000_000_000
        let (links, gaps) = try ServiceGraph(store: store).links(
            from: end > lookback ? end - lookback : 0, to: end, isCancelled: request.http.isAbandoned)
        let service = request.parameter("service")
        let asked = links.filter { service == nil || $0.parent == service || $0.child == service }
        return .json(.ok, JaegerJSON.dependencies(asked)).partial(gaps)
    }

    static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
