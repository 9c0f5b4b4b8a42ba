import Files
import Glibc
import NIOCore
import Synchronization
import Telemetry
import Testing
import Wire

/// A spool on a disk that fails.
@Suite struct SpoolFaultTests {
    private func exporter(
        _ ports: [Int], _ directory: String, _ files: any FileSystem,
        _ change: (inout Exporter.Configuration) -> Void = { _ in }
    ) throws -> Exporter {
        var configuration = Exporter.Configuration(
            endpoints: ports.map { Exporter.Endpoint(host: "127.0.0.1", port: $0) }, instance: "faults")
        configuration.spoolDirectory = directory
        configuration.reconnectMinimumMilliseconds = 5
        configuration.reconnectMaximumMilliseconds = 40
        change(&configuration)
        return try Exporter(configuration: configuration, group: testGroup, files: files)
    }

    private func spoolFiles(_ directory: String) throws -> [String] {
        try RealFileSystem().list(directory).filter { $0.hasSuffix(".spool") }
    }

    /// The header goes down, the first record does not.
    @Test(arguments: [
        Fault(.write, pathContains: ".spool", skip: 1, effect: .error(EIO)),
        Fault(.write, pathContains: ".spool", skip: 1, effect: .shortWrite(bytes: 20, errno: ENOSPC)),
        Fault(.write, pathContains: ".spool", effect: .error(ENOSPC)),
        Fault(.sync, pathContains: ".spool", effect: .error(EIO)),
        Fault(.syncDirectory, effect: .error(EIO)),
    ])
    func aFileWithoutARecordDoesNotStay(_ fault: Fault) async throws {
        try await withTemporaryDirectory { directory in
            let files = FailingFileSystem(RealFileSystem())
            let exporter = try exporter([1], directory, files)
            exporter.start()
            files.plan([fault])
            #expect(exporter.export(namedBatch("a"), delivery: .payment) == .accepted)
            #expect(try await eventually { exporter.statistics.spoolErrors == 1 })
            #expect(try await eventually { (try? spoolFiles(directory)) == [] })
            #expect(exporter.statistics.spoolBytes == 0 && exporter.statistics.spooledBatches == 0)
            #expect(exporter.statistics.queuedBatches == 1 && exporter.statistics.droppedBatches == 0)
            // The disk is well again, and takes at the end what waited in memory.
            let statistics = await exporter.shutdown(deadline: .now())
            #expect(statistics.spooledBatches == 1)
            #expect(try spoolFiles(directory).count == 1)
        }
    }

    @Test func whatNeitherSpoolNorMemoryCanHoldIsToldAsSpoolFailure() async throws {
        try await withTemporaryDirectory { directory in
            let collector = TestCollector()
            let server = try await collector.listen()
            let port = try #require(server.localAddress?.port)
            try await server.close()
            let files = FailingFileSystem(RealFileSystem())
            let exporter = try exporter([port], directory, files) { $0.queueLimitBytes = 6_000 }
            exporter.start()
            files.allow(bytes: 0)
            let outcomes = Mutex<[ExportOutcome]>([])
            var told = 0
            for index in 0..<60 {
                let admission = exporter.export(namedBatch("s\(index)"), delivery: .payment) { outcome in
                    outcomes.withLock { $0.append(outcome) }
                }
                if admission == .recordedLoss { told += 1 }
            }
            #expect(try await eventually { exporter.statistics.spoolErrors > 0 })
            #expect(exporter.statistics.queuedBytes <= 12_000)
            let last = exporter.export(namedBatch("r"), delivery: .payment, whenSpoolFull: .refuse)
            #expect(last != .recordedLoss)
            files.allow(bytes: nil)
            let again = try await collector.listen(port: port)
            #expect(try await eventually { exporter.statistics.queuedBatches == 0 })
            _ = await exporter.shutdown(deadline: .now() + .seconds(20))
            let losses = collector.state.withLock { $0.losses }
            let offered = last == .accepted ? 61 : 60
            #expect(told > 0 && losses.contains { $0.reason == .spoolFailed })
            #expect(UInt64(offered - collector.spanNames.count) == losses.reduce(0) { $0 + $1.spans }, "\(losses)")
            #expect(outcomes.withLock { $0.count } == 60 - told)
            try await again.close()
        }
    }

    @Test func twoCollectorsOneAwayAndADiskThatFillsUp() async throws {
        try await withTemporaryDirectory { directory in
            let collectors = [TestCollector(), TestCollector()]
            let first = try await collectors[0].listen()
            let away = try await collectors[1].listen()
            let ports = [try #require(first.localAddress?.port), try #require(away.localAddress?.port)]
            try await away.close()
            let files = FailingFileSystem(RealFileSystem())
            let exporter = try exporter(ports, directory, files)
            exporter.start()
            files.allow(bytes: 2_000)
            for index in 0..<50 {
                #expect(exporter.export(namedBatch("s\(index)"), delivery: .payment) == .accepted)
                if index == 10 { #expect(try await eventually { exporter.statistics.spooledBatches > 0 }) }
            }
            #expect(try await eventually { exporter.statistics.spoolErrors > 0 })
            #expect(try await eventually { collectors[0].spanNames.count == 50 })
            #expect(exporter.statistics.acknowledgedBatches == 0)
            files.allow(bytes: nil)
            let second = try await collectors[1].listen(port: ports[1])
            #expect(try await eventually { collectors[1].spanNames.count == 50 })
            let statistics = await exporter.shutdown(deadline: .now() + .seconds(20))
            #expect(statistics.acknowledgedBatches == 50 && statistics.droppedBatches == 0)
            for collector in collectors {
                #expect(collector.spanNames == (0..<50).map { "s\($0)" }.sorted())
                #expect(collector.state.withLock { $0.closed.last?.1 } == 50)
            }
            #expect(try spoolFiles(directory).isEmpty)
            try await first.close()
            try await second.close()
        }
    }
}
