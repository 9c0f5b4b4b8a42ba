import Files
import Storage
import Synchronization
import Telemetry
import Testing

/// A store of any number of segments needs a bounded number of open files.
@Suite struct StoreOpenFilesTests {
    private static let segments = 150 as UInt64
    /// Segments, runs, and what the log, the manifest and a query in flight may have open besides.
    private static let bound = SegmentCache.maximumOpenFiles + OpenRun.maximumOpen + 12

    private func fill(_ files: any FileSystem) throws -> Store {
        let store = try Store.open(directory: "/data", files: files)
        for sequence in 1...Self.segments {
            try store.appendAndWait(StoreSamples.submission(sequence, spans: 1))
            try store.seal()
        }
        return store
    }

    @Test func openFilesStayBoundedWhileSegmentsGrow() throws {
        let files = CountingFileSystem(SimulatedFileSystem())
        #expect(try fill(files).statistics.segments == Int(Self.segments))
        #expect(files.mostOpen <= Self.bound)
        for _ in 0..<2 {
            // The store before is gone, with all that it had open.
            let store = try Store.open(directory: "/data", files: files)
            for number in 1...Self.segments where number % 10 == 1 {
                #expect(try store.trace(StoreSamples.trace(number)).count == 1)
                #expect(try store.traces(of: "TX-\(number)").map(\.traceID) == [StoreSamples.trace(number)])
            }
            try store.close()
            #expect(files.mostOpen <= Self.bound)
        }
    }

    @Test func aStoreThatIsGoneHasNothingOpen() throws {
        let files = CountingFileSystem(SimulatedFileSystem())
        do {
            let store = try fill(files)
            #expect(try store.trace(StoreSamples.trace(1)).count == 1)
            try store.close()
        }
        #expect(files.openNow == 0)
    }

    /// Files that were let go while others read them stay readable for those.
    @Test func manyReadersOfManySegmentsAgree() async throws {
        let files = CountingFileSystem(SimulatedFileSystem())
        let store = try fill(files)
        let found = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<4 as Range<UInt64> {
                group.addTask {
                    try (1...Self.segments).filter { $0 % 8 == worker }
                        .reduce(0) { try $0 + store.trace(StoreSamples.trace($1)).count }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(found == (1...Self.segments).count { $0 % 8 < 4 })
    }

    @Test func aSegmentThatChangedWhileItWasClosedIsRefused() throws {
        let disk = SimulatedFileSystem()
        let files = CountingFileSystem(disk)
        let store = try fill(files)
        let folder = "/data/segments/default/standard/2026-11-23"
        let path = folder + "/" + (try #require(try disk.list(folder).first))
        try disk.openForAppending(path).truncate(to: 50)
        do {
            _ = try store.trace(StoreSamples.trace(1))
            Issue.record("a cut segment was read")
        } catch { #expect(error.code == .corrupt && error.path == path, "\(error)") }
        #expect(try store.trace(StoreSamples.trace(2)).count == 1)
    }
}
