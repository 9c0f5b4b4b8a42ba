import Files
import Foundation
import Storage
import Telemetry
import Testing

/// Bad disks get a clear error, and nothing acknowledged suffers.
@Suite struct StoreFaultTests {
    private func error(_ body: () throws -> Void) -> StoreError? {
        do { try body() } catch { return error as? StoreError }
        return nil
    }

    @Test func aFullDiskRefusesAndRecoversByItself() throws {
        let disk = SimulatedFileSystem()
        let failing = FailingFileSystem(disk)
        let store = try Store.open(directory: "/data", files: failing)
        try store.appendAndWait(StoreSamples.submission(1, spans: 4))
        for room in [0, 10, 200] {
            failing.allow(bytes: room)
            let refused = error { try store.appendAndWait(StoreSamples.submission(2, spans: 40)) }
            #expect(refused?.code == .full)
            #expect(refused?.message.contains("the disk is full") == true)
            // What comes after a refused batch waits for it, so that the sequence keeps no hole.
            #expect(error { try store.appendAndWait(StoreSamples.submission(3, spans: 1)) }?.code == .outOfOrder)
            #expect(try store.trace(StoreSamples.trace(2)).isEmpty)
            #expect(try store.trace(StoreSamples.trace(1)).count == 4)
        }
        failing.allow(bytes: nil)
        #expect(try store.appendAndWait(StoreSamples.submission(2, spans: 40)) == .stored)
        #expect(try store.appendAndWait(StoreSamples.submission(3, spans: 1)) == .stored)
        let reopened = try Store.open(directory: "/data", files: disk.crash(seed: 5))
        #expect(reopened.statistics.corruptRecords == 0)
        for (number, count) in [(1, 4), (2, 40), (3, 1)] as [(UInt64, Int)] {
            #expect(try reopened.trace(StoreSamples.trace(number)).count == count)
        }
        #expect(try reopened.gaps().filter { if case .unknownTail = $0.kind { false } else { true } }.isEmpty)
    }

    @Test func aFileThatCannotBeCutBackIsGivenUp() throws {
        let disk = SimulatedFileSystem()
        let failing = FailingFileSystem(disk)
        let store = try Store.open(directory: "/data", files: failing)
        try store.appendAndWait(StoreSamples.submission(1, spans: 4))
        failing.plan([
            Fault(.write, pathContains: "wal", effect: .shortWrite(bytes: 700, errno: EIO)),
            Fault(.truncate, effect: .error(EIO)),
        ])
        #expect(error { try store.appendAndWait(StoreSamples.submission(2, spans: 90)) }?.code == .fileSystem)
        #expect(try store.appendAndWait(StoreSamples.submission(2, spans: 90)) == .stored)
        #expect(try disk.list("/data/wal").count == 2)
        let reopened = try Store.open(directory: "/data", files: disk.kill())
        #expect(reopened.statistics.corruptRecords == 0)
        #expect(try reopened.trace(StoreSamples.trace(1)).count == 4)
        #expect(try reopened.trace(StoreSamples.trace(2)).count == 90)
    }

    @Test func afterAFailedSyncNothingIsAcknowledged() throws {
        let disk = SimulatedFileSystem()
        let failing = FailingFileSystem(disk)
        let store = try Store.open(directory: "/data", files: failing)
        try store.appendAndWait(StoreSamples.submission(1, spans: 4))
        failing.plan([Fault(.sync, pathContains: "wal", effect: .error(EIO))])
        let first = error { try store.appendAndWait(StoreSamples.submission(2, spans: 4)) }
        #expect(first?.code == .failed)
        #expect(first?.message.contains("input/output error") == true)
        #expect(error { try store.appendAndWait(StoreSamples.submission(9, spans: 4, instance: "b")) }?.code == .failed)
        #expect(try store.trace(StoreSamples.trace(1)).count == 4)
        #expect(try store.trace(StoreSamples.trace(2)).isEmpty)
        #expect(store.statistics.hasFailed)
        #expect(error { try store.close() }?.code == .failed)
        let reopened = try Store.open(directory: "/data", files: disk.crash(seed: 1))
        #expect(try reopened.trace(StoreSamples.trace(1)).count == 4)
        #expect(try reopened.appendAndWait(StoreSamples.submission(2, spans: 4)) == .stored)
    }

    @Test func aSealThatFailsIsTriedAgain() throws {
        let failing = FailingFileSystem(SimulatedFileSystem())
        let store = try Store.open(directory: "/data", files: failing)
        try store.appendAndWait(StoreSamples.submission(1, spans: 4))
        for fault in [
            Fault(.write, pathContains: "segments", effect: .error(ENOSPC)),
            Fault(.sync, pathContains: "segments", effect: .error(EIO)),
            Fault(.write, pathContains: "manifest", effect: .shortWrite(bytes: 9, errno: ENOSPC)),
            Fault(.sync, pathContains: "manifest", effect: .error(EIO)),
        ] {
            failing.plan([fault])
            #expect(error { try store.seal() } != nil, "\(fault)")
            #expect(try store.trace(StoreSamples.trace(1)).count == 4)
            #expect(try store.traces(of: "TX-1").count == 1)
        }
        failing.plan([])
        try store.appendAndWait(StoreSamples.submission(2, spans: 4))
        try store.seal()
        try store.seal()
        #expect(store.statistics.liveSpans == 0)
        #expect(store.statistics.sealFailures >= 4)
        #expect(try store.trace(StoreSamples.trace(1)).count == 4)
        #expect(try store.trace(StoreSamples.trace(2)).count == 4)
        try store.close()
        let reopened = try Store.open(directory: "/data", files: failing)
        #expect(try reopened.trace(StoreSamples.trace(1)).count == 4)
        #expect(try reopened.traces(of: "TX-2").count == 1)
    }

    @Test func openNamesWhatIsWrong() throws {
        let disk = SimulatedFileSystem()
        let failing = FailingFileSystem(disk)
        for (number, code) in [
            (EROFS, StoreError.Code.readOnly), (EACCES, .permissionDenied), (ENOSPC, .full),
        ] {
            failing.plan([Fault(.lock, effect: .error(number))])
            #expect(error { _ = try Store.open(directory: "/data", files: failing) }?.code == code)
            failing.plan([Fault(.create, effect: .error(number))])
            #expect(error { _ = try Store.open(directory: "/data", files: failing) }?.code == code)
        }
        failing.plan([])
        failing.allow(bytes: 40)
        #expect(error { _ = try Store.open(directory: "/data", files: failing) }?.code == .full)
        failing.allow(bytes: nil)
        let store = try Store.open(directory: "/data", files: failing)
        let second = error { _ = try Store.open(directory: "/data", files: failing) }
        #expect(second?.code == .inUse)
        #expect(second?.description.contains("process \(getpid())") == true)
        try store.close()
        _ = try Store.open(directory: "/data", files: failing)
    }

    @Test func anOwnerOnARealDiskIsNamed() throws {
        let directory = try TemporaryDirectory()
        let store = try Store.open(directory: directory.path + "/a/b")
        let second = error { _ = try Store.open(directory: directory.path + "/a/b") }
        #expect(second?.code == .inUse)
        #expect(second?.description.contains("process \(getpid())") == true)
        try store.appendAndWait(StoreSamples.submission(1, spans: 2))
        try store.seal()
        try store.close()
        let reopened = try Store.open(directory: directory.path + "/a/b")
        #expect(try reopened.trace(StoreSamples.trace(1)).count == 2)
        try reopened.close()
    }

    @Test func newerVersionsAndOtherStoresAreRefused() throws {
        for file in ["identity", "wal", "manifest"] {
            let disk = SimulatedFileSystem()
            let store = try Store.open(directory: "/data", files: disk)
            try store.appendAndWait(StoreSamples.submission(1, spans: 2))
            try store.close()
            let folder = file == "identity" ? "/data" : "/data/" + file
            let path = folder + "/" + (file == "identity" ? file : try #require(try disk.list(folder).first))
            // The next version, with its checksum: the first sixteen bytes mean the same in every version.
            var start = [UInt8](repeating: 0, count: 16)
            let handle = try disk.openForAppending(path)
            _ = try handle.read(into: &start, at: 0)
            start[8] += 1
            let crc = StoreSamples.crc32(start[..<12])
            for index in 0..<4 { start[12 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index)) }
            try handle.write(start, at: 0)
            let refused = error { _ = try Store.open(directory: "/data", files: disk) }
            #expect(refused?.code == .newerVersion, "\(file)")
            #expect(
                refused?.description
                    == "\(path): it has format version \(start[8]), and this program reads up to version \(start[8] - 1)"
            )
        }
    }

    @Test func aLogOfAnotherStoreIsRefused() throws {
        let disk = SimulatedFileSystem()
        let other = SimulatedFileSystem()
        for files in [disk, other] {
            let store = try Store.open(directory: "/data", files: files)
            try store.appendAndWait(StoreSamples.submission(1, spans: 2))
            try store.close()
        }
        let path = "/data/wal/" + (try #require(try disk.list("/data/wal").first))
        let bytes = try other.readAll(path, limit: 1 << 20)
        try disk.remove(path)
        try disk.create(path).append(bytes)
        #expect(error { _ = try Store.open(directory: "/data", files: disk) }?.code == .notThisStore)
    }

    @Test func aBadSegmentCostsItsOwnTracesOnly() throws {
        for damage in ["removed", "cut"] {
            let disk = SimulatedFileSystem()
            var store = try Store.open(directory: "/data", files: disk)
            for sequence in 1...2 as ClosedRange<UInt64> {
                try store.appendAndWait(StoreSamples.submission(sequence, spans: 3))
                try store.seal()
            }
            try store.close()
            let folder = "/data/segments/default/standard/2026-11-23"
            let path = folder + "/" + (try #require(try disk.list(folder).first))
            if damage == "removed" { try disk.remove(path) } else { try disk.openForAppending(path).truncate(to: 50) }
            store = try Store.open(directory: "/data", files: disk)
            #expect(store.statistics.unreadableSegments == 1, "\(damage)")
            #expect(error { _ = try store.trace(StoreSamples.trace(1)) }?.description.contains(path) == true)
            #expect(try store.trace(StoreSamples.trace(2)).count == 3, "\(damage)")
            #expect(try store.appendAndWait(StoreSamples.submission(3, spans: 3)) == .stored)
            #expect(try store.trace(StoreSamples.trace(3)).count == 3, "\(damage)")
        }
    }

    @Test func aBadIndexRunIsMadeAgain() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        for sequence in 1...3 as ClosedRange<UInt64> {
            try store.appendAndWait(StoreSamples.submission(sequence, spans: 3))
            try store.seal()
        }
        try store.close()
        let folder = "/data/index/default"
        let names = try disk.list(folder)
        try disk.remove(folder + "/" + names[0])
        try disk.openForAppending(folder + "/" + names[1]).truncate(to: 10)
        for _ in 0..<2 {
            store = try Store.open(directory: "/data", files: disk)
            for number in 1...3 as ClosedRange<UInt64> {
                #expect(try store.trace(StoreSamples.trace(number)).count == 3)
                #expect(try store.traces(of: "TX-\(number)").map(\.traceID) == [StoreSamples.trace(number)])
            }
            try store.seal()
            try store.close()
        }
    }

    @Test func aLostManifestIsNotAnEmptyStore() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        try store.appendAndWait(StoreSamples.submission(1, spans: 2))
        try store.seal()
        try store.close()
        for name in try disk.list("/data/manifest") { try disk.remove("/data/manifest/" + name) }
        #expect(error { _ = try Store.open(directory: "/data", files: disk) }?.code == .corrupt)
    }
}

extension StoreSamples {
    /// CRC-32 bit by bit (ISO 3309): independent of the one in use.
    static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc: UInt32 = .max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
