import Mesh
import Synchronization

/// A rate limit at work, one for all workers.
package final class RateLimiter: Sendable {
    let limit: RateLimit
    /// Of the route, of callers without a name, and of principals beyond the bound.
    private let shared: TokenBucket
    private let byPrincipal = Mutex<[String: TokenBucket]>([:])

    package init(_ limit: RateLimit) {
        self.limit = limit
        shared = Self.bucket(limit)
    }

    private static func bucket(_ limit: RateLimit) -> TokenBucket {
        TokenBucket(requests: limit.requests, perMilliseconds: limit.perMilliseconds, burst: limit.burst)
    }

    var scope: RateLimit.Scope { limit.scope }

    /// The bucket of a caller; empty text for one without a name.
    package func bucket(for principal: String) -> TokenBucket {
        guard limit.scope == .principal, !principal.isEmpty else { return shared }
        return byPrincipal.withLock { buckets in
            if let bucket = buckets[principal] { return bucket }
            guard buckets.count < RateLimit.maximumPrincipals else { return shared }
            let bucket = Self.bucket(limit)
            buckets[principal] = bucket
            return bucket
        }
    }
}
