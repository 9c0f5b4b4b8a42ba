import Files
import Glibc
import NIOCore
import Telemetry
import Testing
import Wire

@Suite struct SpoolTests {
    private func exporter(
        _ port: Int, _ directory: String, _ change: (inout Exporter.Configuration) -> Void = { _ in }
    ) throws -> Exporter {
        var configuration = Exporter.Configuration(
            endpoints: [Exporter.Endpoint(host: "127.0.0.1", port: port)], instance: "spooling")
        configuration.spoolDirectory = directory
        configuration.reconnectMinimumMilliseconds = 5
        configuration.reconnectMaximumMilliseconds = 40
        change(&configuration)
        return try Exporter(configuration: configuration, group: testGroup, files: RealFileSystem())
    }

    private func spooled(_ count: Int, in directory: String) async throws -> UInt64 {
        let exporter = try exporter(1, directory)
        exporter.start()
        for index in 0..<count {
            #expect(exporter.export(namedBatch("s\(index)"), delivery: .payment) == .accepted)
        }
        #expect(try await eventually { exporter.statistics.spooledBatches == UInt64(count) })
        _ = await exporter.shutdown(deadline: .now())
        return exporter.incarnation
    }

    private func files(_ directory: String) throws -> [String] {
        try RealFileSystem().list(directory).filter { $0.hasSuffix(".spool") }
    }

    @Test func paymentsOfAnEarlierIncarnationArriveUnderItsOwnSequences() async throws {
        try await withTemporaryDirectory { directory in
            let incarnation = try await spooled(20, in: directory)
            let collector = TestCollector()
            let server = try await collector.listen()
            let next = try exporter(try #require(server.localAddress?.port), directory)
            next.start()
            _ = next.export(namedBatch("new"), delivery: .payment)
            #expect(try await eventually { collector.spanNames.count == 21 })
            let old = SessionIdentity(principal: "tester", instance: "spooling", incarnation: incarnation)
            #expect(collector.state.withLock { $0.spans[old]?.keys.sorted() } == Array(1...20))
            #expect(
                try await eventually { collector.state.withLock { $0.closed.contains { $0.0 == old && $0.1 == 20 } } })
            let statistics = await next.shutdown(deadline: .now() + .seconds(20))
            #expect(statistics.recoveredBatches == 20)
            #expect(try files(directory).isEmpty)
            try await server.close()
        }
    }

    @Test func aTornTailLosesOnlyTheTornRecord() async throws {
        let random = SeededGenerator()
        var generator = random
        for _ in 0..<rounds(4) {
            let cut = 1 + generator.below(60)
            try await withTemporaryDirectory { directory in
                _ = try await spooled(10, in: directory)
                let path = directory + "/" + (try #require(try files(directory).first))
                let size = try RealFileSystem().size(of: path)
                #expect(truncate(path, off_t(size - 37 - cut)) == 0)
                let collector = TestCollector()
                let server = try await collector.listen()
                let next = try exporter(try #require(server.localAddress?.port), directory)
                next.start()
                #expect(try await eventually { collector.spanNames.count == 9 }, "seed \(random.seed)")
                #expect(try await eventually { (try? files(directory).isEmpty) == true })
                #expect(collector.spanNames == (0..<9).map { "s\($0)" })
                let statistics = await next.shutdown(deadline: .now() + .seconds(20))
                #expect(statistics.spoolErrors == 1 && statistics.lastError.contains("cannot be read from byte"))
                let losses = collector.state.withLock { $0.losses }
                #expect(losses.count == 1 && losses.first?.reason == .spoolDamaged, "seed \(random.seed): \(losses)")
                #expect(losses.first?.batches == 1 && statistics.droppedBatches == 1)
                try await server.close()
            }
        }
    }

    @Test func aDamagedRecordIsToldAndThoseBehindItArrive() async throws {
        try await withTemporaryDirectory { directory in
            _ = try await spooled(10, in: directory)
            let path = directory + "/" + (try #require(try files(directory).first))
            let file = try RealFileSystem().openForAppending(path)
            var bytes = [UInt8](repeating: 0, count: try file.size())
            _ = try file.read(into: &bytes, at: 0)
            // The header ends behind the instance's name and its checksum; the first record's payload starts 37 later.
            let place = 18 + "spooling".utf8.count + 4 + 37 + 3
            try file.write([bytes[place] ^ 1], at: place)
            try file.close()
            let collector = TestCollector()
            let server = try await collector.listen()
            let next = try exporter(try #require(server.localAddress?.port), directory)
            next.start()
            #expect(try await eventually { collector.spanNames.count == 9 && next.statistics.spoolBytes == 0 })
            #expect(collector.spanNames == (1..<10).map { "s\($0)" })
            _ = await next.shutdown(deadline: .now() + .seconds(20))
            let loss = try #require(collector.state.withLock { $0.losses.first })
            #expect(loss.reason == .spoolDamaged && loss.batches == 1 && loss.spans == 1)
            #expect(loss.firstNanoseconds == 1_000 && loss.lastNanoseconds == 2_000)
            try await server.close()
        }
    }

    @Test func aRefusedBatchOfAnEarlierIncarnationIsToldWithoutDelay() async throws {
        try await withTemporaryDirectory { directory in
            let incarnation = try await spooled(3, in: directory)
            let collector = TestCollector()
            collector.state.withLock { state in
                state.answer = { submission in
                    guard case .spans(let batch) = submission.content, batch.span(0).name == "s1" else {
                        return .success(())
                    }
                    return .failure(WireRefusal(code: .batchRejected, message: "no", isRetryable: false))
                }
            }
            let server = try await collector.listen()
            let next = try exporter(try #require(server.localAddress?.port), directory) {
                $0.keepaliveMilliseconds = 600_000
            }
            next.start()
            #expect(try await eventually { !collector.state.withLock { $0.losses.isEmpty } })
            let loss = try #require(collector.state.withLock { $0.losses.first })
            #expect(loss.reason == .refused && loss.spans == 1)
            #expect(collector.state.withLock { state in state.closed.allSatisfy { $0.0.incarnation == incarnation } })
            _ = await next.shutdown(deadline: .now() + .seconds(20))
            try await server.close()
        }
    }

    @Test func aFullSpoolRecordsOrRefusesAsTheRouteChose() async throws {
        try await withTemporaryDirectory { directory in
            let exporter = try exporter(1, directory) {
                $0.queueLimitBytes = 3_000
                $0.spoolLimitBytes = 3_000
            }
            exporter.start()
            var answers: [Admission: Int] = [:]
            for index in 0..<200 {
                answers[exporter.export(namedBatch("s\(index)"), delivery: .payment), default: 0] += 1
                try await Task.sleep(for: .microseconds(200))
            }
            #expect(answers[.recordedLoss] ?? 0 > 0)
            #expect(exporter.export(namedBatch("r"), delivery: .payment, whenSpoolFull: .refuse) == .refused)
            #expect(!exporter.canAccept(.payment))
            #expect(exporter.statistics.refusedBatches == 1)
            #expect(exporter.statistics.spoolBytes <= 3_000)
            _ = await exporter.shutdown(deadline: .now())
        }
    }

    @Test func aSecondExporterOnTheSameSpoolIsRefused() async throws {
        try await withTemporaryDirectory { directory in
            let first = try exporter(1, directory)
            first.start()
            #expect(throws: FileError.self) { try exporter(1, directory) }
            _ = await first.shutdown(deadline: .now())
        }
    }
}
