import Interop
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage
import Telemetry

/// The query API, `/metrics` and the health checks. Reads run on a thread pool: they touch the disk.
final class QueryService: HTTPService {
    let store: Store
    private let access: AccessPolicy
    private let rules: TransactionRules
    private let metrics: CollectorMetrics
    private let render: @Sendable () -> [UInt8]
    private let pool: NIOThreadPool

    init(
        store: Store, access: AccessPolicy, rules: TransactionRules, metrics: CollectorMetrics, pool: NIOThreadPool,
        render: @escaping @Sendable () -> [UInt8]
    ) {
        self.store = store
        self.access = access
        self.rules = rules
        self.metrics = metrics
        self.pool = pool
        self.render = render
    }

    func bodyLimit(_ head: HTTPRequestHead) -> Int { 0 }

    func principal(_ head: HTTPRequestHead) -> String { access.principal(head) ?? "anonymous" }

    func refusal(_ head: HTTPRequestHead) -> HTTPAnswer? {
        // Health checks come from load balancers and supervisors that hold no token, and say nothing worth hiding.
        let path = head.uri.prefix { $0 != "?" }
        if path == "/healthz" || path == "/readyz" { return nil }
        if let refusal = access.refusal(head) { return refusal }
        guard head.method == .GET || head.method == .HEAD else {
            var answer = HTTPAnswer.error(
                .methodNotAllowed, code: "method_not_allowed", "Queries use GET, not \(head.method.rawValue).")
            answer.headers.add(name: "Allow", value: "GET, HEAD")
            return answer
        }
        return nil
    }

    func respond(to request: HTTPRequest, reply: @escaping @Sendable (HTTPAnswer) -> Void) {
        pool.submit { [self] state in
            guard case .active = state else {
                return reply(.error(.serviceUnavailable, code: "stopping", "The collector is stopping."))
            }
            reply(answer(request))
        }
    }

    private func answer(_ request: HTTPRequest) -> HTTPAnswer {
        do {
            switch request.segments.count {
            case 1 where request.segments[0] == "healthz": return .text(.ok, "ok")
            case 1 where request.segments[0] == "readyz": return ready()
            case 1 where request.segments[0] == "metrics":
                return HTTPAnswer(
                    status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8",
                    body: ByteBuffer(bytes: render()))
            case 4 where request.segments[..<3] == ["api", "v1", "journeys"]:
                return try metrics.timeQuery("journey") { try journey(request) }
            case 4 where request.segments[..<3] == ["api", "v1", "traces"]:
                return try metrics.timeQuery("trace") { try trace(request) }
            case 3 where request.segments == ["api", "v1", "search"]:
                return try metrics.timeQuery("search") { try search(request) }
            default:
                if let answer = try metrics.timeQuery("listing", { try listing(request) }) { return answer }
                return .error(
                    .notFound, code: "no_such_path",
                    "There is nothing here; try /api/v1/journeys/{transaction}, /api/v1/traces/{trace id}, "
                        + "/api/v1/search, /api/v1/services or /metrics.")
            }
        } catch let error as StoreError {
            return .error(.internalServerError, code: error.code.rawValue, error.message)
        } catch {
            return .error(.internalServerError, code: "internal", "The answer could not be written: \(error).")
        }
    }

    private func ready() -> HTTPAnswer {
        let statistics = store.statistics
        guard statistics.hasFailed else { return .text(.ok, "ready") }
        return .text(.serviceUnavailable, statistics.lastError ?? "The store has failed; restart the collector.")
    }

    private func journey(_ request: HTTPRequest) throws -> HTTPAnswer {
        let transaction = request.segments[3]
        let kind = request.parameter("kind")
        if let kind, !rules.kinds.contains(kind) {
            return .error(
                .badRequest, code: "unknown_kind",
                "No rule finds transactions of kind \(kind.prefix(100)); the kinds here are "
                    + rules.kinds.joined(separator: ", ") + ".")
        }
        guard transaction.utf8.count <= rules.maximumBytes else {
            return .error(
                .badRequest, code: "transaction_too_long",
                "A transaction id has at most \(rules.maximumBytes) bytes; this one has \(transaction.utf8.count).")
        }
        let hits = try store.traces(of: transaction, kind: kind)
        guard !hits.isEmpty else {
            return .error(
                .notFound, code: "no_such_transaction", "No stored span carries the transaction \(transaction).")
        }
        var spans: [StoredSpan] = []
        var unreadable: [StoreError] = []
        for id in Set(hits.map(\.traceID)).sorted() {
            let answer = try store.traceAnswer(id)
            spans += answer.spans
            unreadable += answer.unreadable
        }
        // Where all of it is damaged there is nothing to show but that.
        if spans.isEmpty, let reason = unreadable.first { throw reason }
        var keys: [TransactionKey] = []
        for hit in hits where !keys.contains(hit.key) { keys.append(hit.key) }
        let start = spans.map(\.span.startNanoseconds).min()
        let slack = JourneyGap.receiptNanoseconds
        let end = spans.map(\.span.endNanoseconds).max().map { min($0, .max - slack) + slack }
        let journey = Journey(
            transaction: transaction, kinds: keys, spans: spans, rules: rules,
            gaps: try store.gaps(from: start, to: end).map(JourneyGap.init(record:))
                + unreadable.map(JourneyGap.init(unreadable:)))
        return .json(.ok, JourneyJSON.bytes(journey))
    }

    private func trace(_ request: HTTPRequest) throws -> HTTPAnswer {
        guard let id = TraceID(hex: request.segments[3]), id.isValid else {
            return .error(
                .badRequest, code: "bad_trace_id", "A trace id is 32 hexadecimal digits, not all of them zero.")
        }
        let stored = try store.trace(id)
        guard !stored.isEmpty else {
            return .error(.notFound, code: "no_such_trace", "No stored span belongs to the trace \(id).")
        }
        let spans = stored.map(\.span)
        let accept = request.headers[canonicalForm: "Accept"]
        if accept.contains(where: { $0.hasPrefix("application/x-protobuf") || $0.hasPrefix("application/protobuf") }) {
            return HTTPAnswer(
                status: .ok, contentType: "application/x-protobuf",
                body: ByteBuffer(bytes: OTLPTraceEncoder.encode(spans: spans)))
        }
        return .json(.ok, OTLPJSON.traces(spans))
    }
}
