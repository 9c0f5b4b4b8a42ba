import Mesh

/// Keeps a fault from touching more than its share of a route's requests. One worker's own.
package struct FaultShare: Sendable {
    private let maximum: Percentage
    private var requests = 0
    private var touched = 0

    /// After so many requests the older ones count half.
    static let memory = 1_000

    package init(_ maximum: Percentage) { self.maximum = maximum }

    /// Every request of the route is counted.
    package mutating func count() {
        if requests >= Self.memory {
            requests /= 2
            touched /= 2
        }
        requests += 1
    }

    /// Whether the counted request may be touched; it then is.
    package mutating func take() -> Bool {
        guard touched < maximum.part(of: requests) else { return false }
        touched += 1
        return true
    }
}
