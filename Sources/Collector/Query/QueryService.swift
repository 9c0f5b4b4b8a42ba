import Interop
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage
import Telemetry

/// The query APIs, `/metrics` and the health checks. Reads run on a thread pool: they touch the disk.
///
/// An answer is made in memory: of a trace, a few times what its spans take in the store's reader; of a search, no more
/// than its limits on traces and spans allow; or it is streamed, and as much of it is in memory as the client has not read
/// yet, within a bound.
final class QueryService: HTTPService {
    private let access: AccessPolicy
    private let pools: ThreadPools
    private let table: RouteTable

    init(
        store: Store, access: AccessPolicy, rules: TransactionRules, metrics: CollectorMetrics, pools: ThreadPools,
        clock: @escaping @Sendable () -> UInt64 = { Collector.clock() }, scrape: MetricRoutes
    ) {
        self.access = access
        self.pools = pools
        let jaeger = JaegerAPI(store: store, clock: clock)
        let tempo = TempoAPI(store: store, clock: clock, version: Services.version)
        // The one path that two families share: Grafana's Tempo data source asks for protobuf, Jaeger's clients do not.
        let shared = QueryRoute("/api/traces/{id}", .jaeger, .trace) { request in
            guard request.acceptsProtobuf else { return try jaeger.trace(request) }
            do { return try tempo.traceV1(request) } catch let refusal as QueryRefusal {
                return QueryAPI.tempo.failure(refusal)
            }
        }
        table = RouteTable(
            root: StateRoutes(store: store).routes + scrape.routes
                + WaybillAPI(
                    store: store, rules: rules, lookups: pools.lookups, searches: pools.searches, metrics: metrics
                ).routes + [shared],
            families: [
                (JaegerAPI.prefix, .jaeger, jaeger.routes), (TempoAPI.prefix, .tempo, tempo.routes),
                (ZipkinAPI.prefix, .zipkin, ZipkinAPI(store: store, clock: clock).routes),
            ], metrics: metrics)
    }

    var paths: [String] { table.paths }

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
        let destination = table.destination(of: request)
        let pool = destination.kind.map { $0.isSearch ? pools.searches : pools.lookups } ?? pools.state
        pool.submit { [table] state in
            guard case .active = state else {
                return reply(.error(.serviceUnavailable, code: "stopping", "The collector is stopping."))
            }
            // Nobody would read it: those who wait behind come sooner.
            guard !request.isAbandoned() else {
                return reply(.error(.serviceUnavailable, code: "abandoned", "The connection was closed."))
            }
            reply(table.answer(destination))
        }
    }
}
