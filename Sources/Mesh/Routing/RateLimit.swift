/// How many requests a route takes at most, as a token bucket that all workers of this proxy share. Requests beyond are
/// answered 429 with `retry-after`.
public struct RateLimit: Sendable, Hashable {
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        /// One bucket for all requests of the route.
        case route
        /// One for each peer that mutual TLS names; all callers without a name share one.
        case principal
    }

    public var requests: Int
    public var perMilliseconds: Int
    /// So many at once after a quiet time.
    public var burst: Int
    public var scope: Scope

    public init(requests: Int, perMilliseconds: Int = 1_000, burst: Int? = nil, scope: Scope = .route) {
        self.requests = requests
        self.perMilliseconds = perMilliseconds
        self.burst = burst ?? requests
        self.scope = scope
    }

    static let maximumRequests = 10_000_000
    /// Buckets of one route; further principals share one more.
    public static let maximumPrincipals = 4_096

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        guard let requests = try reader.integer("requests", 1...Self.maximumRequests) else {
            throw reader.error("requests", "missing")
        }
        self.init(requests: requests)
        perMilliseconds = try reader.integer("perMilliseconds", 10...86_400_000) ?? perMilliseconds
        burst = try reader.integer("burst", 1...Self.maximumRequests) ?? burst
        scope = try reader.choice("scope", Scope.self) ?? scope
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("requests", requests)
        writer.add("perMilliseconds", perMilliseconds)
        writer.add("burst", burst)
        writer.add("scope", scope.rawValue)
        return writer.value
    }
}
