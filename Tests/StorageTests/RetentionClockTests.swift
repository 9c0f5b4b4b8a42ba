import Storage
import Testing

/// A clock that jumps takes nothing with it at once; one that runs is believed.
@Suite struct RetentionClockTests {
    private static let day: UInt64 = 86_400_000_000_000
    private static let minute: UInt64 = 60_000_000_000
    private static let today: UInt32 = 20_780

    private static var now: UInt64 { UInt64(today) * day + day / 2 }

    @Test func aClockThatRunsIsBelieved() {
        for newest in [nil, Self.today, Self.today - 1] as [UInt32?] {
            var clock = RetentionClock(newestDay: newest, wall: Self.now, monotonic: 5)
            #expect(clock.now(wall: Self.now, monotonic: 5) == Self.now)
            // A minute allows for an hour; what is set back is believed at once.
            let later = Self.now + 31 * Self.minute
            #expect(clock.now(wall: later, monotonic: 5 + Self.minute) == later)
            #expect(clock.now(wall: Self.now, monotonic: 5 + 2 * Self.minute) == Self.now)
        }
    }

    @Test func aJumpIsFollowedSlowly() {
        var clock = RetentionClock(newestDay: Self.today, wall: Self.now, monotonic: 0)
        let jumped = Self.now + 2_555 * Self.day
        #expect(clock.now(wall: jumped, monotonic: Self.minute) == Self.now + 60 * Self.minute)
        // Noticed and set right: nothing is left of it.
        let right = Self.now + 90 * Self.minute
        #expect(clock.now(wall: right, monotonic: 90 * Self.minute) == right)
        // Not noticed for six weeks.
        #expect(clock.now(wall: jumped, monotonic: 43 * Self.day) == jumped)
    }

    @Test func aStoreThatStoodStillCatchesUp() {
        let newest = Self.today - 30
        var clock = RetentionClock(newestDay: newest, wall: Self.now, monotonic: 7)
        let first = clock.now(wall: Self.now, monotonic: 7)
        #expect(first == UInt64(newest + 2) * Self.day)
        #expect(clock.now(wall: Self.now + Self.day / 2, monotonic: 7 + Self.day / 2) == Self.now + Self.day / 2)
    }

    @Test func extremesDoNotTrap() {
        for newest in [0, .max, .max - 2] as [UInt32] {
            var clock = RetentionClock(newestDay: newest, wall: .max, monotonic: 0)
            for (wall, monotonic) in [(0, .max), (.max, 0), (.max, .max)] as [(UInt64, UInt64)] {
                #expect(clock.now(wall: wall, monotonic: monotonic) <= wall)
            }
        }
    }
}
