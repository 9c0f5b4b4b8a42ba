/// What a balancer knows of one endpoint.
package struct EndpointLoad: Sendable {
    package let weight: Int
    package let isLocal: Bool
    /// Neither ejected nor failing its health checks.
    package var isAvailable = true
    /// Requests under way.
    package var active = 0
    package var latency = PeakEWMA()
    /// Monotonic nanoseconds at which it came back; zero for one that was never away.
    package var returned: UInt64 = 0

    package init(weight: Int = 1, isLocal: Bool = true) {
        self.weight = weight
        self.isLocal = isLocal
    }

    /// The weight while the endpoint starts slowly: a tenth at least, all of it after `window` nanoseconds.
    package func weight(now: UInt64, slowStart window: UInt64) -> Double {
        guard returned > 0, window > 0, now < returned &+ window else { return Double(weight) }
        return Double(weight) * max(0.1, Double(now &- min(returned, now)) / Double(window))
    }
}
