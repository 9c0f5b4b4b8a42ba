#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The two clocks of the data path, in nanoseconds.
package enum Clock {
    /// Never goes back; for deadlines and durations.
    package static func monotonic() -> UInt64 { read(CLOCK_MONOTONIC) }
    /// Unix time, for the start of spans.
    package static func wall() -> UInt64 { read(CLOCK_REALTIME) }
    /// The same in whole seconds, as certificates count.
    package static func wallSeconds() -> Int64 { Int64(wall() / 1_000_000_000) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        let result = clock_gettime(clock, &time)
        precondition(result == 0, "the system has no such clock")
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

extension UInt64 {
    /// `milliseconds` in nanoseconds after this time.
    package func after(milliseconds: Int) -> UInt64 { self &+ UInt64(milliseconds) &* 1_000_000 }
}
