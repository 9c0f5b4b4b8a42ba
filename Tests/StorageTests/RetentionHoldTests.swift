import Files
import Storage
import Synchronization
import Telemetry
import Testing

/// What is held stays, whatever says that it should go.
@Suite struct RetentionHoldTests {
    private static func hold(_ disk: any FileSystem, _ subject: Hold.Subject) throws -> Hold {
        try HoldDirectory(path: "/data", files: disk).place(subject, reason: "court order 7", by: "auditor")
    }

    private static func release(_ disk: any FileSystem, _ hold: Hold) throws {
        _ = try HoldDirectory(path: "/data", files: disk).release(hold.id, reason: "closed", by: "auditor")
    }

    private static let subjects: [Hold.Subject] = [
        .transaction(value: "P1", kind: nil), .attribute(key: "customer", value: "C-1"),
        .attribute(key: "customer.number", value: "17"),
        .time(from: StoreSamples.received + 1, to: StoreSamples.received + 1),
    ]

    /// Trace 1 is what is held, through its second span; traces 2 and 3 are not.
    private static func fill(_ store: Store, day: UInt64 = 0) throws {
        let attributes = [
            Attribute("payment.id", .string("P1")), Attribute("customer", .string("C-1")),
            Attribute("customer.number", .int(17)),
        ]
        let later = StoreSamples.received + 1_000_000
        try RetentionTests.seal(
            store,
            [
                RetentionTests.span(1, 21, start: later),
                RetentionTests.span(1, 0x22, attributes, start: StoreSamples.received - 0x22),
                RetentionTests.span(2, 23, [Attribute("customer", .string("C-2"))], start: later),
                RetentionTests.span(3, 24, [Attribute("payment.id", .string("P3"))], start: later),
            ], day: day)
    }

    /// A removal whose commit failed may be on the disk: a hold that was placed before that is settled might find what it
    /// holds gone after a crash.
    @Test(arguments: [false, true]) func nobodyIsToldOfAHoldThatADoubtfulRemovalMayPass(_ crashes: Bool) throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        try Self.fill(store)
        var faults = FaultProfile()
        faults.sync = 1
        disk.fail(faults)
        #expect(try store.maintain(now: RetentionTests.day(40)).errors.isEmpty == false)
        disk.fail(.none)
        #expect(try store.trace(StoreSamples.trace(1)).count == 2)
        let holds = HoldDirectory(path: "/data", files: disk, patience: 1_000_000)
        let refused = #expect(throws: StoreError.self) {
            try holds.place(Self.subjects[0], reason: "dispute", by: "auditor")
        }
        #expect(refused?.code == .inUse)
        #expect(try holds.active().isEmpty)
        if crashes {
            // The next start settles it, whichever way; from then on holds hold.
            let disk = disk.crash(seed: 3)
            let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
            let there = try store.trace(StoreSamples.trace(1)).count
            _ = try Self.hold(disk, Self.subjects[0])
            #expect(try store.maintain(now: RetentionTests.day(40)).errors == [])
            #expect(try store.trace(StoreSamples.trace(1)).count == there)
            try store.close()
        } else {
            // The next pass settles it.
            #expect(try store.maintain(now: RetentionTests.day(40)).errors == [])
            #expect(try store.trace(StoreSamples.trace(1)).isEmpty)
            _ = try Self.hold(disk, Self.subjects[0])
            try store.close()
        }
    }

    @Test(arguments: [0, 1, 2, 3]) func whatIsHeldOutlivesItsRule(_ number: Int) throws {
        let subject = Self.subjects[number]
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        try Self.fill(store)
        let hold = try Self.hold(disk, subject)
        var report = try store.maintain(now: RetentionTests.day(40))
        #expect(report.errors == [] && report.spansExpired == ["standard": 2] && report.spansKept == 2)
        for _ in 0..<3 {
            #expect(try store.trace(StoreSamples.trace(1)).count == 2)
            #expect(try store.traces(of: "P1").count == 1)
            #expect(try store.trace(StoreSamples.trace(2)).isEmpty)
            #expect(try store.traces(of: "P3").isEmpty)
            #expect(store.statistics.upkeep.heldSegments == 1 && store.statistics.upkeep.heldBytes > 0)
            // The remainder is not written again and again.
            report = try store.maintain(now: RetentionTests.day(50))
            #expect(report.segmentsExpired == 0 && report.bytesWritten == 0)
        }
        try Self.release(disk, hold)
        report = try store.maintain(now: RetentionTests.day(50))
        #expect(report.spansExpired == ["standard": 2])
        #expect(try store.trace(StoreSamples.trace(1)).isEmpty)
        #expect(store.statistics.upkeep.heldSegments == 0)
        try store.close()
    }

    @Test(arguments: [0, 1, 2, 3]) func whatIsHeldOutlivesTheBoundOnBytes(_ number: Int) throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(
            directory: "/data", configuration: StoreLife.configuration(RetentionRules(), maximumBytes: 1),
            files: disk)
        try Self.fill(store)
        _ = try Self.hold(disk, Self.subjects[number])
        try store.maintain(now: RetentionTests.day(1))
        #expect(try store.trace(StoreSamples.trace(1)).count == 2)
        #expect(try store.trace(StoreSamples.trace(2)).isEmpty)
        #expect(store.statistics.upkeep.bytesOverBound > 0)
        try store.close()
    }

    /// The span that a hold is about may lie in another segment than the one that is over, or in none yet.
    @Test(arguments: [0, 1, 2, 3]) func aHoldReachesEveryPieceOfATrace(_ number: Int) throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        try RetentionTests.seal(
            store,
            [
                RetentionTests.span(1, 51, start: RetentionTests.day(0) + 5_000_000_000),
                RetentionTests.span(2, 52, start: RetentionTests.day(0) + 5_000_000_000),
            ], day: 0)
        try RetentionTests.seal(store, [RetentionTests.span(3, 53)], day: 1)
        try Self.fill(store, day: 20)
        _ = try Self.hold(disk, Self.subjects[number])
        try store.maintain(now: RetentionTests.day(35))
        #expect(try store.trace(StoreSamples.trace(1)).count == 3)
        #expect(try store.trace(StoreSamples.trace(2)).map(\.span.spanID.rawValue) == [23])
        try store.close()
    }

    /// A hold that is placed while the removal is being prepared is heeded.
    private final class Placer: Ledger {
        let disk: SimulatedFileSystem
        let isArmed = Mutex(false)

        init(_ disk: SimulatedFileSystem) { self.disk = disk }

        func willCommit(_ segment: LedgerSegment, replacing: [String]) throws(StoreError) {
            let mustPlace = isArmed.withLock { armed in
                defer { armed = false }
                return armed
            }
            if mustPlace {
                _ = try HoldDirectory(path: "/data", files: disk).place(
                    .attribute(key: "customer", value: "C-2"), reason: "just in time", by: "auditor")
            }
        }

        func mayUnlink(segmentFile: String) throws(StoreError) {}
    }

    @Test func aHoldPlacedAtTheLastMomentWins() throws {
        let disk = SimulatedFileSystem()
        let placer = Placer(disk)
        let store = try Store.open(
            directory: "/data", configuration: StoreLife.configuration(ledger: placer), files: disk)
        try Self.fill(store)
        _ = try Self.hold(disk, .transaction(value: "P1", kind: nil))
        placer.isArmed.withLock { $0 = true }
        let report = try store.maintain(now: RetentionTests.day(40))
        #expect(report.errors == [])
        #expect(try store.trace(StoreSamples.trace(1)).count == 2)
        #expect(try store.trace(StoreSamples.trace(2)).count == 1)
        #expect(try store.trace(StoreSamples.trace(3)).isEmpty)
        try StoreSnapshot.read(directory: "/data", files: disk).expectFiles(disk, "/data", "")
        try store.close()
    }

    /// A hold that cannot be read may be any hold.
    @Test func nothingGoesWhenHoldsCannotBeRead() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        try Self.fill(store)
        _ = try Self.hold(disk, .transaction(value: "P1", kind: nil))
        let path = "/data/holds/00000001.hold"
        disk.corrupt(path, at: try disk.size(of: path) - 3, exclusiveOr: 0x10)
        let report = try store.maintain(now: RetentionTests.day(40))
        #expect(report.errors.count == 1 && report.segmentsExpired == 0)
        for number in 1...3 as ClosedRange<UInt64> {
            #expect(try !store.trace(StoreSamples.trace(number)).isEmpty)
        }
        try store.close()
    }

    @Test func compactionPassesNoHold() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        _ = try Self.hold(disk, .transaction(value: "P1", kind: nil))
        try Self.fill(store)
        try RetentionTests.seal(store, [RetentionTests.span(1, 99)], day: 0)
        #expect(try store.maintain(now: RetentionTests.day(2)).compactions == 1)
        #expect(try store.trace(StoreSamples.trace(1)).count == 3)
        try store.maintain(now: RetentionTests.day(80))
        #expect(try store.trace(StoreSamples.trace(1)).count == 3)
        try store.close()
    }
}
