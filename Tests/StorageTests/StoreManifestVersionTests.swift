import Files
import Storage
import Telemetry
import Testing

/// Manifests that an earlier version wrote are read, and brought up to date.
@Suite struct StoreManifestVersionTests {
    /// Little-endian bytes in the making.
    private struct Bytes {
        var bytes: [UInt8] = []

        mutating func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
        }

        mutating func put(text: String) {
            put(UInt32(text.utf8.count))
            bytes += text.utf8
        }
    }

    /// A commit as version 1 wrote it.
    private func commit(
        logFrom: UInt64, nextNumber: UInt64, _ segments: [SegmentEntry], _ runs: [(entry: RunEntry, path: String)]
    ) -> [UInt8] {
        var body = Bytes()
        body.put(logFrom)
        body.put(nextNumber)
        body.put(UInt32(segments.count))
        for segment in segments {
            body.put(segment.number)
            body.put(text: segment.path)
            body.put(segment.fileBytes)
            body.put(segment.spanCount)
        }
        body.put(UInt32(runs.count))
        for (run, path) in runs {
            body.put(run.number)
            body.put(text: path)
            body.put(run.fileBytes)
        }
        // Removed runs, kept log files, exporter lives, notes: none.
        for _ in 0..<4 { body.put(UInt32(0)) }
        return frame(body)
    }

    private func frame(_ body: Bytes) -> [UInt8] {
        var rest = Bytes()
        rest.put(UInt32(body.bytes.count))
        rest.put(UInt32(body.bytes.count))
        rest.put(UInt8(1))
        rest.bytes += [0, 0, 0]
        rest.put(UInt32(0))
        rest.bytes += body.bytes
        var frame = Bytes()
        frame.put(0x3152_4257 as UInt32)
        frame.put(StoreSamples.crc32(rest.bytes[...]))
        return frame.bytes + rest.bytes
    }

    private func header(
        _ storeID: StoreID, epoch: UInt64, number: UInt64, version: UInt32 = 1
    ) -> [UInt8] {
        var header = Bytes()
        header.bytes += "WBMANIF\n".utf8
        header.put(version)
        header.put(StoreSamples.crc32(header.bytes[...]))
        header.bytes += storeID.bytes
        for word in [epoch, number, 0, 0, 0] { header.put(word) }
        header.put(0 as UInt32)
        header.put(StoreSamples.crc32(header.bytes[...]))
        return header.bytes
    }

    @Test func theFirstVersionIsRead() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        for sequence in 1...3 as ClosedRange<UInt64> {
            try store.appendAndWait(StoreSamples.submission(sequence, spans: 3))
            try store.seal()
        }
        try store.close()
        let new = try StoreSnapshot.read(directory: "/data", files: disk)
        for name in try disk.list("/data/manifest") { try disk.remove("/data/manifest/" + name) }
        // Index runs were in a directory for their class.
        try disk.makeDirectories("/data/index/default/standard")
        var runs: [(entry: RunEntry, path: String)] = []
        for run in new.runs {
            let path = "index/default/standard/" + (run.path.split(separator: "/").last ?? "")
            let moved = try disk.create("/data/" + path)
            try moved.append(try disk.readAll("/data/" + run.path, limit: 1 << 24))
            try disk.remove("/data/" + run.path)
            runs.append((run, path))
        }
        let last = commit(
            logFrom: new.logFrom, nextNumber: 100, Array(new.segments[1...]), Array(runs[1...]))
        let file = try disk.create("/data/manifest/00000007.manifest")
        // The last commit twice, as a write that was tried again left it.
        try file.append(
            header(new.storeID, epoch: new.epoch, number: 7)
                + commit(logFrom: 1, nextNumber: 3, [new.segments[0]], [runs[0]]) + last + last)
        for _ in 0..<2 {
            store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
            #expect(store.statistics.segments == 3 && store.statistics.indexRuns == 3)
            for sequence in 1...3 as ClosedRange<UInt64> {
                #expect(try store.trace(StoreSamples.trace(sequence)).count == 3)
                #expect(try store.traces(of: "TX-\(sequence)").count == 1)
            }
            try store.close()
            let upgraded = try StoreSnapshot.read(directory: "/data", files: disk)
            #expect(upgraded.segments.map(\.contentSum) == new.segments.map(\.contentSum))
            #expect(upgraded.segments.map(\.traceCount) == new.segments.map(\.traceCount))
            #expect(upgraded.segments.map(\.earliestStart) == new.segments.map(\.earliestStart))
            #expect(upgraded.runs.map(\.segments) == new.runs.map(\.segments))
            #expect(upgraded.runs.map(\.rows) == new.runs.map(\.rows))
        }
        store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        let report = try store.maintain(now: StoreSamples.received + 2 * StoreSamples.day, everything: true)
        #expect(report.compactions == 1 && report.errors == [])
        for sequence in 1...3 as ClosedRange<UInt64> {
            #expect(try store.trace(StoreSamples.trace(sequence)).count == 3)
        }
        try store.close()
        try StoreSnapshot.read(directory: "/data", files: disk).expectFiles(disk, "/data", "")
    }

    /// Version 3 knew of an exporter life only when it last showed itself.
    @Test func theThirdVersionsLivesAreRead() throws {
        let disk = SimulatedFileSystem()
        try Store.open(directory: "/data", files: disk).close()
        let new = try StoreSnapshot.read(directory: "/data", files: disk)
        for name in try disk.list("/data/manifest") { try disk.remove("/data/manifest/" + name) }
        let key = StoreSamples.session().key
        var body = Bytes()
        for word in [1, new.logFrom, 100] { body.put(word) }
        // Segments and runs, added, removed or finished, releases, kept log files, removals, quarantine: none.
        for _ in 0..<9 { body.put(UInt32(0)) }
        body.put(UInt32(1))
        body.put(text: key.principal)
        body.put(text: key.instance)
        body.put(key.incarnation)
        let first = StoreSamples.received
        for word in [5, first, first + 1_000] { body.put(word) }
        // Disconnected, and followed by another life.
        body.put(UInt8(6))
        for word in [first + 2_000, first + 3_000] { body.put(word) }
        for _ in 0..<2 { body.put(UInt32(0)) }
        body.put(UInt8(0))
        let file = try disk.create("/data/manifest/00000007.manifest")
        try file.append(header(new.storeID, epoch: new.epoch, number: 7, version: 3) + frame(body) + frame(body))
        for _ in 0..<2 {
            let store = try Store.open(directory: "/data", files: disk)
            let gap = GapRecord(
                kind: .unknownTail(afterSequence: 5), session: key, fromNanoseconds: first + 1_000,
                toNanoseconds: first + 3_000)
            #expect(try store.gaps() == [gap])
            try store.close()
        }
    }

    @Test func aCommitThatIsMissingIsNoticed() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        let path = "/data/manifest/" + (try #require(try disk.list("/data/manifest").last))
        var sizes = [try disk.size(of: path)]
        for sequence in 1...3 as ClosedRange<UInt64> {
            try store.appendAndWait(StoreSamples.submission(sequence, spans: 3))
            try store.seal()
            sizes.append(try disk.size(of: path))
        }
        try store.close()
        let bytes = try disk.readAll(path, limit: 1 << 20)
        let file = try disk.openForAppending(path)
        try file.truncate(to: sizes[1])
        try file.append(Array(bytes[sizes[2]...]))
        #expect(throws: StoreError.self) {
            try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        }
    }
}
