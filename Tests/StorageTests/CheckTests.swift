import Files
import Storage
import Telemetry
import Testing

/// Whatever happens to a data directory, a check finds it and names the file.
@Suite struct CheckTests {
    /// A store with segments, index runs, a log that is not sealed, and holds; closed.
    static func disk(seals: UInt64 = 3) throws -> SimulatedFileSystem {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        var number: UInt64 = 1
        for _ in 0..<seals {
            for _ in 0..<3 {
                try store.appendAndWait(StoreSamples.submission(number, spans: 4))
                number += 1
            }
            try store.seal()
        }
        for _ in 0..<3 {
            try store.appendAndWait(StoreSamples.submission(number, spans: 4))
            number += 1
        }
        try store.close()
        let holds = HoldDirectory(path: "/data", files: disk)
        let hold = try holds.place(.transaction(value: "TX-1", kind: nil), reason: "case 1", by: "amy")
        _ = try holds.place(.time(from: 1, to: 2), reason: "case 2", by: "amy")
        _ = try holds.release(hold.id, reason: "over", by: "bob")
        return disk
    }

    static func check(_ disk: SimulatedFileSystem) throws -> StoreCheckReport {
        try StoreCheck.run(directory: "/data", files: disk)
    }

    /// Every file below `directory`, by its path relative to it, but for locks.
    static func allFiles(_ disk: SimulatedFileSystem, _ directory: String = "/data") throws -> [String] {
        var found: [String] = []
        func walk(_ path: String) throws {
            for name in try disk.list(path) {
                let entry = path + "/" + name
                if (try? disk.list(entry)) != nil { try walk(entry) } else { found.append(entry) }
            }
        }
        try walk(directory)
        return found.map { String($0.dropFirst(directory.count + 1)) }.filter { !$0.hasSuffix("lock") }
    }

    static func replace(_ disk: SimulatedFileSystem, _ path: String, _ bytes: [UInt8]) throws {
        try disk.remove(path)
        let file = try disk.create(path)
        try file.append(bytes)
        try file.sync()
        try disk.syncDirectory(String(path[..<path.lastIndex(of: "/")!]))
    }

    /// A disk that fails while a log file is begun leaves one without a header, which later files pass over.
    @Test(arguments: [false, true]) func aLogFileThatWasNeverBegunIsNoDamage(opensInBetween: Bool) throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        try store.appendAndWait(StoreSamples.submission(1, spans: 4))
        if opensInBetween {
            try store.close()
            let file = try disk.create("/data/wal/00000002.wal")
            try file.append([UInt8](repeating: 0x57, count: 64))
            try file.close()
            store = try Store.open(directory: "/data", files: disk)
        } else {
            try store.seal()
            var profile = FaultProfile()
            profile.write = 1
            profile.remove = 1
            disk.fail(profile)
            #expect(throws: StoreError.self) { try store.appendAndWait(StoreSamples.submission(2, spans: 4)) }
            disk.fail(.none)
        }
        try store.appendAndWait(StoreSamples.submission(2, spans: 4))
        try store.close()
        let names = try disk.list("/data/wal").sorted()
        #expect(names.suffix(2) == ["00000002.wal", "00000003.wal"])
        let findings = try Self.check(disk).findings
        #expect(findings.map(\.path) == ["wal/00000002.wal"])
        #expect(findings.allSatisfy { !$0.kind.isDamage }, "\(findings)")
        // The header of a file that has records is another matter.
        disk.corrupt("/data/wal/00000003.wal", at: 9, exclusiveOr: 4)
        #expect(try Self.check(disk).findings.contains { $0.path == "wal/00000003.wal" && $0.kind.isDamage })
    }

    @Test func aSoundStoreIsSound() throws {
        let disk = try Self.disk()
        let before = disk.operations
        var last: StoreProgress?
        let report = try StoreCheck.run(directory: "/data", files: disk) { last = $0 }
        #expect(report.findings == [])
        #expect(report.isSound)
        #expect(report.segments == 3)
        #expect(report.sealedSpans == 36)
        #expect(report.logSpans == 12)
        #expect(report.holds == 2)
        #expect(report.activeHolds == 1)
        #expect(last?.doneBytes == last?.totalBytes)
        #expect(disk.operations == before, "a check changes nothing")
    }

    @Test func aFlippedBitInAnyFileIsFoundAndNamed() throws {
        let disk = try Self.disk()
        var generator = SeededGenerator(seed: StoreSamples.seed)
        let paths = try Self.allFiles(disk)
        for suffix in ["identity", ".manifest", ".wal", ".seg", ".idx", ".hold"] {
            #expect(paths.contains { $0.hasSuffix(suffix) }, "\(paths)")
        }
        for path in paths {
            let size = try disk.size(of: "/data/" + path)
            let offsets = [0, 9, 79, size - 1] + (0..<24).map { _ in Int.random(in: 0..<size, using: &generator) }
            for offset in offsets where offset < size {
                let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
                let comment = Comment(rawValue: "\(path) at \(offset), mask \(mask), seed \(StoreSamples.seed)")
                disk.corrupt("/data/" + path, at: offset, exclusiveOr: mask)
                do {
                    let report = try Self.check(disk)
                    #expect(report.findings.contains { $0.path == path }, comment)
                    // What looks like a write that was cut short is told, and is no damage.
                    #expect(!report.isSound || report.findings.contains { $0.kind == .cutShort }, comment)
                    if path.hasSuffix(".idx") {
                        #expect(report.findings.allSatisfy { $0.path == path && $0.canBeRebuilt }, comment)
                    }
                } catch let error as StoreError {
                    #expect(error.path == "/data/" + path, comment)
                    #expect(path == "identity", comment)
                }
                disk.corrupt("/data/" + path, at: offset, exclusiveOr: mask)
            }
        }
        #expect(try Self.check(disk).isSound)
    }

    @Test func aFileThatIsGoneIsFoundAndNamed() throws {
        let disk = try Self.disk()
        for path in try Self.allFiles(disk) where !path.hasPrefix("wal/") {
            // The newest of the numbered holds leaves no trace of itself.
            if path == "holds/00000003.hold" { continue }
            let bytes = try disk.readAll("/data/" + path, limit: 1 << 24)
            try disk.remove("/data/" + path)
            do {
                let report = try Self.check(disk)
                if path.hasPrefix("manifest/") {
                    #expect(!report.isSound || report.findings.contains { $0.kind == .unknown })
                } else {
                    #expect(report.findings.contains { $0.path == path && $0.kind.isDamage }, "\(path)")
                }
            } catch let error as StoreError {
                #expect(path == "identity" && error.code == .notThisStore)
            }
            let file = try disk.create("/data/" + path)
            try file.append(bytes)
        }
        #expect(try Self.check(disk).isSound)
    }

    @Test func aLogFileThatIsGoneIsFoundAndNamed() throws {
        let disk = SimulatedFileSystem()
        // Each life of the store begins a file.
        for number in 1...4 {
            let store = try Store.open(directory: "/data", files: disk)
            try store.appendAndWait(StoreSamples.submission(UInt64(number), spans: 2))
            try store.close()
        }
        let names = try disk.list("/data/wal")
        #expect(names.count == 4)
        for name in names.dropLast() {
            let bytes = try disk.readAll("/data/wal/" + name, limit: 1 << 24)
            try disk.remove("/data/wal/" + name)
            #expect(try Self.check(disk).findings.map(\.path) == ["wal/" + name])
            let file = try disk.create("/data/wal/" + name)
            try file.append(bytes)
        }
        #expect(try Self.check(disk).findings == [])
    }

    @Test func aFileThatIsCutShortIsFoundAndNamed() throws {
        let disk = try Self.disk()
        for path in try Self.allFiles(disk) {
            let bytes = try disk.readAll("/data/" + path, limit: 1 << 24)
            for size in [0, 7, bytes.count / 2, bytes.count - 1] {
                try Self.replace(disk, "/data/" + path, Array(bytes[..<size]))
                do {
                    let report = try Self.check(disk)
                    #expect(report.findings.contains { $0.path == path }, "\(path) cut to \(size)")
                } catch let error as StoreError {
                    #expect(path == "identity" && error.code == .corrupt)
                }
            }
            try Self.replace(disk, "/data/" + path, bytes)
        }
        #expect(try Self.check(disk).isSound)
    }

    @Test func swappedAndForeignSegmentsAreFoundAndNamed() throws {
        let disk = try Self.disk()
        let segments = try Self.allFiles(disk).filter { $0.hasSuffix(".seg") }
        let contents = try segments.map { try disk.readAll("/data/" + $0, limit: 1 << 24) }
        try Self.replace(disk, "/data/" + segments[0], contents[1])
        try Self.replace(disk, "/data/" + segments[1], contents[0])
        var report = try Self.check(disk)
        #expect(Set(report.findings.filter { $0.kind == .foreign }.map(\.path)) == Set(segments[0...1]))
        #expect(report.findings.allSatisfy { $0.loss?.spans == 12 })

        let other = try Self.disk()
        let foreign = try other.readAll("/data/" + segments[0], limit: 1 << 24)
        try Self.replace(disk, "/data/" + segments[0], foreign)
        try Self.replace(disk, "/data/" + segments[1], contents[1])
        report = try Self.check(disk)
        #expect(report.findings.map(\.path) == [segments[0]])
        #expect(report.findings[0].kind == .foreign)
        #expect(report.sealedSpans == 24)
    }

    @Test func anIndexThatSaysOtherThingsIsFound() throws {
        let disk = try Self.disk(seals: 1)
        let store = try Store.open(directory: "/data", files: disk)
        let id = store.storeID
        try store.close()
        let segment = try #require(try Self.allFiles(disk).first { $0.hasSuffix(".seg") })
        let run = try #require(try Self.allFiles(disk).first { $0.hasSuffix(".idx") })
        let reader = try SegmentReader(path: "/data/" + segment, files: disk, expecting: id)
        let whole = try IndexReader(path: "/data/" + run, files: disk, expecting: id)
        let bytes = try disk.readAll("/data/" + run, limit: 1 << 24)
        var traces = try reader.traces()
        var transactions = try reader.transactions()
        #expect(traces.count == 3 && transactions.count == 3)
        func expectFinding(_ comment: Comment) throws {
            try disk.remove("/data/" + run)
            try IndexRun.write(
                [
                    IndexInput(
                        segmentNumber: reader.info.segmentNumber, traces: traces, transactions: transactions)
                ],
                storeID: id, epoch: 1, path: "/data/" + run, files: disk)
            #expect(try disk.size(of: "/data/" + run) == whole.fileBytes, comment)
            let findings = try Self.check(disk).findings
            #expect(findings.map(\.path) == [segment] && findings.allSatisfy { $0.kind == .disagrees }, comment)
        }
        let lastTrace = traces.removeLast()
        try expectFinding("a trace is missing")
        traces.append(TraceLocation(traceID: lastTrace.traceID, block: 0, firstRow: 1, rowCount: 1))
        try expectFinding("a trace is elsewhere")
        traces[2] = lastTrace
        let lastTransaction = transactions.removeLast()
        try expectFinding("a transaction is missing")
        transactions.append(
            TransactionEntry(
                key: TransactionKey(kind: lastTransaction.key.kind, value: "TX-ANOTHER"),
                traceID: lastTransaction.traceID, rulesRevision: 1))
        try expectFinding("a transaction has another id")
        try Self.replace(disk, "/data/" + run, bytes)
        #expect(try Self.check(disk).isSound)
    }

    @Test func whatIsLostIsTold() throws {
        let disk = try Self.disk(seals: 1)
        let path = try #require(try Self.allFiles(disk).first { $0.hasSuffix(".seg") })
        let store = try Store.open(directory: "/data", files: disk)
        let reader = try SegmentReader(path: "/data/" + path, files: disk, expecting: store.storeID)
        try store.close()
        for block in reader.blocks {
            disk.corrupt("/data/" + path, at: block.offset + block.length - 1, exclusiveOr: 0x10)
            let finding = try #require(try Self.check(disk).findings.first)
            #expect(finding.offset == block.offset)
            #expect(finding.problem.contains("\(block.kind)"))
            if [.rows, .strings, .shapes, .provenance].contains(block.kind) {
                #expect(finding.loss?.spans == 12)
                #expect(finding.loss.map { $0.traceIDs.sorted() } == (1...3).map(StoreSamples.trace).sorted())
                #expect(finding.loss?.fromNanoseconds == reader.minimumStartNanoseconds)
                #expect(finding.loss?.toNanoseconds == reader.maximumEndNanoseconds)
            } else {
                #expect(finding.loss == nil)
            }
            disk.corrupt("/data/" + path, at: block.offset + block.length - 1, exclusiveOr: 0x10)
        }
    }

    @Test func unknownFilesAreToldAndAreNoDamage() throws {
        let disk = try Self.disk()
        let strays = [
            "notes.txt", "wal/notes.txt", "wal/00000000.wal", "holds/notes.txt", "manifest/notes.txt",
            "segments/default/standard/99999999.seg", "segments/default/notes.txt", "index/default/99999999.idx",
        ]
        for path in strays {
            let file = try disk.create("/data/" + path)
            try file.append([1, 2, 3])
        }
        let report = try Self.check(disk)
        #expect(Set(report.findings.map(\.path)) == Set(strays))
        #expect(report.findings.allSatisfy { $0.kind == .unknown })
        #expect(report.isSound)
    }

    @Test func aDirectoryWithoutAStoreIsRefused() throws {
        let disk = SimulatedFileSystem()
        try disk.makeDirectories("/data")
        #expect { try Self.check(disk) } throws: { ($0 as? StoreError)?.code == .notThisStore }
        #expect(try disk.list("/data").isEmpty)
    }

    /// The owner appends, seals and replaces files while the check reads.
    @Test func aStoreInUseIsSound() async throws {
        let directory = try TemporaryDirectory()
        let store = try Store.open(directory: directory.path)
        let path = directory.path
        let writer = Task.detached {
            var number: UInt64 = 1
            while !Task.isCancelled {
                try store.appendAndWait(StoreSamples.submission(number, spans: 5))
                if number % 3 == 0 { try store.seal() }
                if number % 15 == 0 { try store.maintain(now: StoreSamples.received, everything: true) }
                number += 1
            }
            return number
        }
        for _ in 0..<6 {
            let report = try StoreCheck.run(directory: path)
            #expect(report.findings.filter { $0.kind != .unknown } == [])
        }
        writer.cancel()
        let last = try await writer.value
        try store.close()
        let report = try StoreCheck.run(directory: path)
        #expect(report.findings == [])
        #expect(report.sealedSpans + report.logSpans == (last - 1) * 5)
    }
}

@Suite struct StoreSummaryTests {
    @Test func countsWhatIsThere() throws {
        let disk = try CheckTests.disk()
        let before = disk.operations
        let summary = try StoreSummary.read(directory: "/data", files: disk)
        #expect(disk.operations == before)
        #expect(summary.segments == 3 && summary.spans == 36)
        #expect(summary.partitions.map(\.day) == ["2026-11-23"])
        #expect(summary.partitions.map(\.retentionClass) == ["standard"])
        #expect(summary.indexLevels.map(\.runs) == [3])
        #expect(summary.holds.count == 2 && summary.holds.count(where: \.isActive) == 1)
        let paths = try CheckTests.allFiles(disk).filter { $0 != "identity" }
        #expect(try summary.bytes == paths.reduce(0) { $0 + UInt64(try disk.size(of: "/data/" + $1)) })
        #expect(summary.partitions[0].earliestStart >= StoreSamples.received)
        #expect(summary.logFiles == 1 && summary.logBytes > 0)
    }
}
