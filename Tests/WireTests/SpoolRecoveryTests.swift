import Files
import Glibc
import NIOCore
import Synchronization
import Telemetry
import Testing
import Wire

/// What a killed exporter leaves is delivered from where its collector is, and each batch of it once.
@Suite struct SpoolRecoveryTests {
    private static let directory = "/spool"

    private func exporter(_ ports: [Int], _ files: any FileSystem) throws -> Exporter {
        var configuration = Exporter.Configuration(
            endpoints: ports.map { Exporter.Endpoint(host: "127.0.0.1", port: $0) }, instance: "killed")
        configuration.spoolDirectory = Self.directory
        configuration.reconnectMinimumMilliseconds = 5
        configuration.reconnectMaximumMilliseconds = 40
        configuration.maximumBatchesInFlight = 1
        return try Exporter(configuration: configuration, group: testGroup, files: files)
    }

    /// An exporter whose collectors are away spools so many batches and is killed.
    private func spooled(_ count: Int, on disk: SimulatedFileSystem) async throws -> SessionIdentity {
        let exporter = try exporter([1], disk)
        exporter.start()
        for index in 0..<count {
            #expect(exporter.export(namedBatch("s\(index)"), delivery: .payment) == .accepted)
        }
        #expect(try await eventually { exporter.statistics.spooledBatches == UInt64(count) })
        disk.stop(after: 0)
        _ = await exporter.shutdown(deadline: .now())
        return SessionIdentity(principal: "tester", instance: "killed", incarnation: exporter.incarnation)
    }

    private func files(_ disk: any FileSystem) throws -> [String] {
        try disk.list(Self.directory).filter { $0.hasSuffix(".spool") }
    }

    @Test func howeverOftenItIsKilledEachBatchIsSentOnce() async throws {
        let random = SeededGenerator()
        var generator = random
        for _ in 0..<rounds(4) {
            let comment: Comment = "seed \(random.seed)"
            var disk = SimulatedFileSystem(seed: generator.next())
            let identity = try await spooled(20, on: disk)
            let collector = TestCollector()
            let server = try await collector.listen()
            let port = try #require(server.localAddress?.port)
            let seen = Mutex<[UInt64]>([])
            while seen.withLock({ $0.count }) < 20 {
                disk = disk.crash(seed: generator.next())
                // Of the last one it sees, it tells nobody that it has it.
                let quiet = min(20, seen.withLock { $0.count } + 1 + generator.below(8))
                collector.state.withLock { state in
                    state.answer = { submission in
                        let count = seen.withLock { seen in
                            seen.append(submission.sequence)
                            return seen.count
                        }
                        return count < quiet ? .success(()) : nil
                    }
                }
                let next = try exporter([port], disk)
                next.start()
                #expect(try await eventually { seen.withLock { $0.count } >= quiet }, comment)
                #expect(try files(disk).count == 1, comment)
                disk.stop(after: 0)
                _ = await next.shutdown(deadline: .now())
            }
            // The collector has everything, and the proxy does not know it.
            disk = disk.crash(seed: generator.next())
            let last = try exporter([port], disk)
            last.start()
            #expect(try await eventually { last.statistics.recoveredBatches == 20 }, comment)
            #expect(try await eventually { (try? files(disk)) == [] && last.statistics.spoolBytes == 0 }, comment)
            let statistics = await last.shutdown(deadline: .now() + .seconds(20))
            #expect(statistics.sentBatches == 0 && statistics.droppedBatches == 0, comment)
            #expect(seen.withLock { $0 } == Array(1...20), comment)
            collector.state.withLock { state in
                #expect(state.duplicates == 0, comment)
                #expect(state.spans[identity]?.keys.sorted() == Array(1...20), comment)
            }
            try await server.close()
        }
    }

    /// A record whose file could not be synced was written, perhaps; it is written again, and then there are two.
    @Test func whatIsThereTwiceIsDeliveredOnce() async throws {
        let disk = FailingFileSystem(SimulatedFileSystem())
        let first = try exporter([1], disk)
        first.start()
        #expect(first.export(namedBatch("a"), delivery: .payment) == .accepted)
        #expect(try await eventually { first.statistics.spooledBatches == 1 })
        disk.plan([Fault(.sync, pathContains: ".spool", effect: .error(EIO))])
        #expect(first.export(namedBatch("b"), delivery: .payment) == .accepted)
        #expect(try await eventually { first.statistics.spoolErrors == 1 })
        #expect(first.export(namedBatch("c"), delivery: .payment) == .accepted)
        _ = await first.shutdown(deadline: .now())
        #expect(try files(disk).count == 2)

        let collector = TestCollector()
        let server = try await collector.listen()
        let next = try exporter([try #require(server.localAddress?.port)], disk)
        next.start()
        #expect(try await eventually { (try? files(disk)) == [] })
        let statistics = await next.shutdown(deadline: .now() + .seconds(20))
        #expect(statistics.recoveredBatches == 3 && statistics.sentBatches == 3)
        #expect(statistics.acknowledgedBatches == 3 && statistics.droppedBatches == 0)
        #expect(collector.spanNames == ["a", "b", "c"])
        #expect(collector.state.withLock { $0.duplicates == 0 && $0.losses.isEmpty })
        #expect(try await eventually { collector.state.withLock { $0.closed.contains { $0.1 == 3 } } })
        try await server.close()
    }

    @Test func whatOneOfTwoCollectorsHasWaitsForTheOther() async throws {
        let random = SeededGenerator()
        let killed = SimulatedFileSystem(seed: random.seed)
        let identity = try await spooled(10, on: killed)
        let disk = killed.crash(seed: random.seed)
        let (full, empty) = (TestCollector(), TestCollector())
        full.state.withLock { $0.highest[identity] = 10 }
        empty.state.withLock { $0.answer = { $0.sequence < 4 ? .success(()) : nil } }
        let servers = [try await full.listen(), try await empty.listen()]
        let next = try exporter(try servers.map { try #require($0.localAddress?.port) }, disk)
        next.start()
        #expect(try await eventually { empty.spanNames.count == 4 }, "seed \(random.seed)")
        #expect(try files(disk).count == 1)
        empty.state.withLock { $0.answer = { _ in .success(()) } }
        empty.releaseHeld()
        #expect(try await eventually { (try? files(disk)) == [] }, "seed \(random.seed)")
        let statistics = await next.shutdown(deadline: .now() + .seconds(20))
        #expect(statistics.sentBatches == 10 && statistics.acknowledgedBatches == 10)
        #expect(full.spanNames.isEmpty && full.state.withLock { $0.duplicates } == 0)
        #expect(empty.state.withLock { $0.spans[identity]?.keys.sorted() } == Array(1...10))
        for server in servers { try await server.close() }
    }
}
