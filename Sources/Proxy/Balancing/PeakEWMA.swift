#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A latency that jumps up with each slow answer and sinks back exponentially (Finagle's "peak EWMA").
package struct PeakEWMA: Sendable {
    /// Nanoseconds.
    private var cost = 0.0
    private var stamp: UInt64 = 0

    package init() {}

    /// - Parameters:
    ///   - nanoseconds: How long an answer took.
    ///   - decay: After it, an old latency counts 1/e.
    package mutating func observe(nanoseconds: UInt64, now: UInt64, decay: UInt64) {
        let latency = Double(nanoseconds)
        if latency >= cost {
            cost = latency
        } else {
            let weight = exp(-Double(now &- min(stamp, now)) / Double(decay))
            cost = cost * weight + latency * (1 - weight)
        }
        stamp = now
    }

    /// What the latency counts now: without answers it sinks, so that an endpoint that was slow is tried again.
    package func value(now: UInt64, decay: UInt64) -> Double {
        cost * exp(-Double(now &- min(stamp, now)) / Double(decay))
    }
}
