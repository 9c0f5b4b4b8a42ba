import Files
import Foundation
import Storage
import Telemetry
import Testing

/// What is committed is committed once.
@Suite struct StoreManifestTests {
    private let loss = LossRecord(
        reason: .spoolFull, batches: 2, spans: 10, firstNanoseconds: 1_000, lastNanoseconds: 2_000)

    private func expectOnce(_ store: Store, segments: Int) throws {
        #expect(store.statistics.segments == segments)
        #expect(store.statistics.indexRuns == segments)
        #expect(try store.gaps().map(\.kind).count { $0 == .loss(loss) } == 1)
        for number in 1...UInt64(segments) { #expect(try store.trace(StoreSamples.trace(number)).count == 2) }
    }

    @Test func anOldManifestThatCannotBeRemovedIsNoFailure() throws {
        let disk = SimulatedFileSystem()
        let failing = FailingFileSystem(disk)
        var store = try Store.open(directory: "/data", files: failing)
        var submission = StoreSamples.submission(1, spans: 2)
        submission.losses = [loss]
        try store.appendAndWait(submission)
        failing.plan([
            Fault(.sync, pathContains: "manifest", effect: .error(EIO)),
            Fault(.remove, pathContains: "manifest", times: .max, effect: .error(EBUSY)),
        ])
        #expect(throws: StoreError.self) { try store.seal() }
        // The next attempt writes a snapshot, and cannot remove what it replaces.
        try store.seal()
        #expect(store.statistics.lastError?.contains("manifest") == true)
        #expect(try disk.list("/data/manifest").count > 1)
        try expectOnce(store, segments: 1)
        try store.close()
        store = try Store.open(directory: "/data", files: failing)
        try expectOnce(store, segments: 1)
        try store.appendAndWait(StoreSamples.submission(2, spans: 2))
        try store.seal()
        try store.close()
        failing.plan([])
        store = try Store.open(directory: "/data", files: failing)
        try expectOnce(store, segments: 2)
        #expect(try disk.list("/data/manifest").count == 1)
    }

    @Test func aCommitReadTwiceCountsOnce() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        let path = "/data/manifest/" + (try #require(try disk.list("/data/manifest").last))
        let before = try disk.size(of: path)
        var submission = StoreSamples.submission(1, spans: 2)
        submission.losses = [loss]
        try store.appendAndWait(submission)
        try store.seal()
        try store.close()
        let bytes = try disk.readAll(path, limit: 1 << 20)
        #expect(bytes.count > before)
        try disk.openForAppending(path).append(Array(bytes[before...]))
        store = try Store.open(directory: "/data", files: disk)
        try expectOnce(store, segments: 1)
    }
}
