import Synchronization

/// A token bucket that several event loops share without a lock: its only state is the time at which it will be full
/// again (the generic cell rate algorithm, ITU-T I.371, which ATM calls the virtual scheduling algorithm).
package final class TokenBucket: Sendable {
    /// Between tokens.
    private let interval: UInt64
    /// How far ahead of now the time may lie.
    private let tolerance: UInt64
    private let fullAt = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - requests: Tokens that come in `perMilliseconds`.
    ///   - burst: Tokens that it holds at most.
    package init(requests: Int, perMilliseconds: Int, burst: Int) {
        precondition(requests > 0 && perMilliseconds > 0 && burst > 0)
        interval = max(1, UInt64(perMilliseconds) * 1_000_000 / UInt64(requests))
        tolerance = interval &* UInt64(burst)
    }

    /// Takes a token, or says in how many nanoseconds there will be one.
    package func take(now: UInt64) -> UInt64? {
        var seen = fullAt.load(ordering: .relaxed)
        while true {
            let next = max(seen, now) &+ interval
            if next > now &+ tolerance { return next &- now &- tolerance }
            let (exchanged, original) = fullAt.weakCompareExchange(
                expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return nil }
            seen = original
        }
    }

    /// Puts a token back that was not used.
    package func giveBack() { fullAt.subtract(interval, ordering: .relaxed) }
}
