import Interop
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage
import Telemetry

/// The query APIs, `/metrics` and the health checks. Reads run on a thread pool: they touch the disk.
///
/// An answer is made in memory: of a trace, a few times what its spans take in the store's reader; of a search, no more
/// than its limits on traces and spans allow.
final class QueryService: HTTPService {
    private let access: AccessPolicy
    private let pool: NIOThreadPool
    private let table: RouteTable

    init(
        store: Store, access: AccessPolicy, rules: TransactionRules, metrics: CollectorMetrics, pool: NIOThreadPool,
        render: @escaping @Sendable () -> [UInt8]
    ) {
        self.access = access
        self.pool = pool
        table = RouteTable(
            root: StateRoutes(store: store, render: render).routes + WaybillAPI(store: store, rules: rules).routes,
            families: [], metrics: metrics)
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
        pool.submit { [table] state in
            guard case .active = state else {
                return reply(.error(.serviceUnavailable, code: "stopping", "The collector is stopping."))
            }
            reply(table.answer(request))
        }
    }
}
