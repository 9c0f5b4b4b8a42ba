/// What time it is, as far as expiry believes it. A clock that was set years ahead by mistake must not take a bank's
/// history with it, so believed time never passes faster than `catchUp` times real time: after a month in which the
/// collector stood still it is right again within a day, and after a jump of seven years there are weeks to notice.
package struct RetentionClock {
    package static let catchUp: UInt64 = 60

    private var believed: UInt64
    private var monotonic: UInt64

    /// - Parameter newestDay: the last day on which the store received something; a new store believes any clock.
    package init(newestDay: UInt32?, wall: UInt64, monotonic: UInt64) {
        self.monotonic = monotonic
        let (known, overflow) = (UInt64(newestDay ?? .max) + 2).multipliedReportingOverflow(
            by: CivilDate.nanosecondsPerDay)
        believed = newestDay == nil || overflow ? wall : min(wall, known)
    }

    /// Unix nanoseconds, never after `wall`.
    package mutating func now(wall: UInt64, monotonic: UInt64) -> UInt64 {
        let elapsed = monotonic - min(monotonic, self.monotonic)
        self.monotonic = max(monotonic, self.monotonic)
        let (step, tooLong) = elapsed.multipliedReportingOverflow(by: Self.catchUp)
        let (next, tooLate) = believed.addingReportingOverflow(step)
        believed = tooLong || tooLate ? wall : min(wall, next)
        return believed
    }
}
