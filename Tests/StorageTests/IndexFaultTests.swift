import Files
import Glibc
import Storage
import Telemetry
import Testing

@Suite struct IndexFaultTests {
    private let storeID: StoreID
    private let inputs: [IndexInput]

    init() throws {
        storeID = try #require(StoreID([UInt8](repeating: 3, count: 16)))
        var samples = IndexSamples(seed: SegmentFixture.seed)
        inputs = (1...3).map { samples.input(UInt64($0 * 10), traces: 1500, transactions: 2500) }
    }

    private func write(_ input: IndexInput, _ path: String, _ files: any FileSystem) throws {
        try IndexRun.write([input], storeID: storeID, epoch: 1, path: path, files: files)
    }

    private func open(_ path: String, _ files: any FileSystem) throws -> IndexReader {
        try IndexReader(
            path: path, files: files, expecting: storeID, cache: RunPageCache(limitBytes: 100_000))
    }

    private func merge(_ runs: [IndexReader], _ path: String, _ files: any FileSystem) throws {
        _ = try IndexRun.merge(
            runs, keeping: { $0 != 20 }, storeID: storeID, epoch: 1, path: path, files: files, pace: {})
    }

    /// The bytes of a run written where nothing fails.
    private func whole(_ write: (SimulatedFileSystem) throws -> Void) throws -> [UInt8] {
        let disk = SimulatedFileSystem()
        try write(disk)
        return try disk.readAll("run", limit: 1 << 30)
    }

    private func prepare(_ disk: SimulatedFileSystem) throws -> [IndexReader] {
        try inputs.enumerated().map { index, input in
            try write(input, "source-\(index)", disk)
            return try open("source-\(index)", disk)
        }
    }

    /// Whatever a crash leaves: a run that answers as it should, or errors, and never another answer.
    private func checkSurvivor(_ disk: SimulatedFileSystem, _ bytes: [UInt8], _ note: String) throws {
        guard try disk.exists("run") else { return }
        do {
            let run = try open("run", disk)
            try run.verify()
            #expect(try disk.readAll("run", limit: 1 << 30) == bytes, "\(note)")
        } catch let error as StoreError {
            #expect(error.code == .corrupt && error.path == "run", "\(error) \(note)")
        }
    }

    @Test func aCrashAtAnyPointOfWritingLeavesAWholeRunOrNothingThatCounts() throws {
        let bytes = try whole { try write(inputs[0], "run", $0) }
        for stop in 1..<100 {
            let disk = SimulatedFileSystem(seed: SegmentFixture.seed)
            disk.stop(after: stop)
            let done = Result { try write(inputs[0], "run", disk) }
            for seed in 0..<6 as Range<UInt64> {
                let after = seed == 0 ? disk.kill() : disk.crash(seed: SegmentFixture.seed &+ seed)
                let note = "stop \(stop), crash \(seed), WAYBILL_SEED=\(SegmentFixture.seed)"
                if case .success = done { #expect(try after.readAll("run", limit: 1 << 30) == bytes, "\(note)") }
                try checkSurvivor(after, bytes, note)
            }
            if case .success = done { return }
        }
        Issue.record("writing a run never ends")
    }

    @Test func aCrashAtAnyPointOfMergingLeavesAWholeRunOrNothingThatCounts() throws {
        let bytes = try whole { try merge(try prepare($0), "run", $0) }
        for stop in 1..<100 {
            let disk = SimulatedFileSystem(seed: SegmentFixture.seed)
            let runs = try prepare(disk)
            disk.stop(after: stop)
            let done = Result { try merge(runs, "run", disk) }
            for seed in 0..<4 as Range<UInt64> {
                let after = seed == 0 ? disk.kill() : disk.crash(seed: SegmentFixture.seed &+ seed)
                let note = "stop \(stop), crash \(seed), WAYBILL_SEED=\(SegmentFixture.seed)"
                if case .success = done { #expect(try after.readAll("run", limit: 1 << 30) == bytes, "\(note)") }
                try checkSurvivor(after, bytes, note)
                // What was durable before is whole.
                for index in inputs.indices { try open("source-\(index)", after).verify() }
            }
            if case .success = done { return }
        }
        Issue.record("merging never ends")
    }

    @Test(arguments: [
        FileError.Operation.create, .write, .sync, .close, .syncDirectory, .open, .size, .read,
    ])
    func anyFailingOperationIsOneClearError(operation: FileError.Operation) throws {
        let disk = SimulatedFileSystem()
        _ = try prepare(disk)
        let files = FailingFileSystem(disk)
        for (number, code) in [(EIO, StoreError.Code.fileSystem), (ENOSPC, .full)] {
            var failures = 0
            var isDone = false
            var skip = 0
            while !isDone {
                defer { skip += 1 + max(0, skip - 40) / 4 }
                files.plan([Fault(operation, skip: skip, effect: .error(number))])
                let path = "run-\(operation)-\(number)-\(skip)"
                do {
                    try merge(try inputs.indices.map { try open("source-\($0)", files) }, path, files)
                    files.plan([])
                    try open(path, files).verify()
                    isDone = true
                } catch let error as StoreError {
                    #expect(error.code == code, "\(error)")
                    #expect(!error.message.isEmpty)
                    failures += 1
                }
            }
            #expect(failures > 0)
        }
        files.plan([])
        try merge(try inputs.indices.map { try open("source-\($0)", files) }, "again", files)
    }

    @Test func aFullDiskIsSaidToBeFull() throws {
        let disk = SimulatedFileSystem()
        let runs = try prepare(disk)
        let files = FailingFileSystem(disk)
        for capacity in stride(from: 0, to: 200_000, by: 37_001) {
            files.allow(bytes: capacity)
            do {
                try merge(runs, "full-\(capacity)", files)
                Issue.record("\(capacity) bytes are enough")
            } catch let error as StoreError { #expect(error.code == .full, "\(error)") }
            #expect(throws: StoreError.self) { try open("full-\(capacity)", disk) }
        }
    }

    /// Bits that turn on the way from the disk are found in every read.
    @Test func turnedBitsAreNeverAnAnswer() throws {
        let disk = SimulatedFileSystem()
        _ = try prepare(disk)
        let files = FailingFileSystem(disk)
        var model = IndexMergeTests.Model()
        model.add(inputs[0])
        var refused = 0
        for skip in 0..<40 {
            files.plan([Fault(.read, skip: skip, effect: .flippedBit(skip &* 7919))])
            do {
                let run = try open("source-0", files)
                for (trace, hits) in model.hits.prefix(300) { #expect(Set(try run.locations(of: trace)) == hits) }
                try run.verify()
            } catch let error as StoreError {
                refused += 1
                #expect(error.code == .corrupt && error.message.contains("offset"), "\(error)")
            }
        }
        #expect(refused == 40)
    }
}
