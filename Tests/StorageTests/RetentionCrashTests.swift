import Files
import Storage
import Telemetry
import Testing

/// A crash anywhere in expiry leaves what was, or what was to be; what is held is there in both.
@Suite struct RetentionCrashTests {
    private func filled(_ disk: SimulatedFileSystem) throws -> Store {
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        for day in 0..<2 as Range<UInt64> {
            try RetentionTests.seal(
                store,
                [
                    RetentionTests.span(1, day << 8 | 1, [Attribute("payment.id", .string("P1"))]),
                    RetentionTests.span(2, day << 8 | 2), RetentionTests.span(3, day << 8 | 3, RetentionTests.payment),
                    RetentionTests.span(4, day << 8 | 4, name: "GET /healthz"),
                ], day: day)
        }
        _ = try HoldDirectory(path: "/data", files: disk).place(
            .transaction(value: "P1", kind: nil), reason: "dispute", by: "auditor")
        return store
    }

    @Test func everyBoundaryOfExpiry() throws {
        let seed = StoreSamples.seed
        let now = RetentionTests.day(40)
        var total = 0
        do {
            let disk = SimulatedFileSystem(seed: seed)
            let store = try filled(disk)
            let start = disk.operations
            #expect(try store.maintain(now: now).spansKept == 2)
            total = disk.operations - start
        }
        for boundary in 1...total {
            let comment = Comment(rawValue: "boundary \(boundary) of \(total), seed \(seed)")
            let disk = SimulatedFileSystem(seed: seed &+ UInt64(boundary))
            let store = try filled(disk)
            let sealed = try StoreSnapshot.read(directory: "/data", files: disk)
            disk.stop(after: boundary)
            // What it reports is of no interest: the machine is gone.
            _ = Result { try store.maintain(now: now) }
            let next = boundary % 3 == 0 ? disk.kill() : disk.crash(seed: seed &+ UInt64(boundary))
            let reopened = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: next)
            for trace in [1, 3] as [UInt64] {
                #expect(try reopened.trace(StoreSamples.trace(trace)).count == 2, comment)
            }
            for trace in [2, 4] as [UInt64] {
                #expect([0, 1, 2].contains(try reopened.trace(StoreSamples.trace(trace)).count), comment)
            }
            try StoreSnapshot.read(directory: "/data", files: next).expectFiles(next, "/data", comment)
            #expect(try reopened.maintain(now: now).errors == [], comment)
            #expect(try reopened.trace(StoreSamples.trace(1)).count == 2, comment)
            #expect(try reopened.traces(of: "P1").count == 1, comment)
            #expect(try reopened.trace(StoreSamples.trace(3)).count == 2, comment)
            for trace in [2, 4] as [UInt64] {
                #expect(try reopened.trace(StoreSamples.trace(trace)).isEmpty, comment)
            }
            // Everything that was sealed is there, or is written down as gone.
            let snapshot = try StoreSnapshot.read(directory: "/data", files: next)
            var sum = snapshot.contentSum
            sum += snapshot.removedSum(.expired)
            #expect(sum == sealed.contentSum, comment)
            #expect(snapshot.removals.filter { $0.reason == .expired }.reduce(0) { $0 + $1.spans } == 4, comment)
            try snapshot.expectFiles(next, "/data", comment)
            try reopened.close()
        }
    }
}
