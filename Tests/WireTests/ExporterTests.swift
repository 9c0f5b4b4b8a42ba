import Files
import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct ExporterTests {
    func exporter(
        _ ports: [Int], spool: String? = nil, _ change: (inout Exporter.Configuration) -> Void = { _ in }
    ) throws -> Exporter {
        var configuration = Exporter.Configuration(
            endpoints: ports.map { Exporter.Endpoint(host: "127.0.0.1", port: $0) }, instance: "test")
        configuration.spoolDirectory = spool
        configuration.reconnectMinimumMilliseconds = 5
        configuration.reconnectMaximumMilliseconds = 40
        change(&configuration)
        return try Exporter(configuration: configuration, group: testGroup, files: RealFileSystem())
    }

    func port(_ channel: any Channel) throws -> Int { try #require(channel.localAddress?.port) }

    @Test func batchesArriveOnceAndCloseNamesTheLast() async throws {
        let collector = TestCollector()
        let server = try await collector.listen()
        let exporter = try exporter([try port(server)])
        exporter.start()
        let acknowledged = Counter()
        for index in 0..<200 {
            let admission = exporter.export(
                namedBatch("a\(index)", "b\(index)"), delivery: .ordinary,
                completion: { if $0 == .acknowledged { acknowledged.add() } })
            #expect(admission == .accepted)
        }
        let series = MetricSeries(name: "n_total", help: "", kind: .counter, labels: [MetricLabel("k", "v")])
        let metrics = MetricBatch(
            series: [series], points: [MetricPoint(series: 0, value: .delta(3))], startNanoseconds: 1,
            endNanoseconds: 9)
        exporter.export(metrics: metrics)
        let statistics = await exporter.shutdown(deadline: .now() + .seconds(20))
        #expect(statistics.acknowledgedBatches == 201)
        #expect(statistics.acknowledgedSpans == 400)
        #expect(statistics.queuedBatches == 0)
        #expect(acknowledged.value == 200)
        #expect(collector.spanNames == (0..<200).flatMap { ["a\($0)", "b\($0)"] }.sorted())
        #expect(collector.state.withLock { $0.metrics } == [metrics])
        #expect(try await eventually { collector.state.withLock { $0.closed.contains { $0.1 == 201 } } })
        #expect(exporter.export(namedBatch("late"), delivery: .payment) == .refused)
        try await server.close()
    }

    @Test func aLostConnectionIsResumedAndNothingArrivesTwice() async throws {
        let collector = TestCollector()
        // Takes batches and keeps quiet about them, so that the exporter must ask again.
        collector.state.withLock { $0.answer = { $0.sequence > 3 ? nil : .success(()) } }
        let server = try await collector.listen()
        let port = try port(server)
        let children = Children()
        let proxy = try await children.listen(to: port)
        let exporter = try exporter([try #require(proxy.localAddress?.port)])
        exporter.start()
        for index in 0..<6 { _ = exporter.export(namedBatch("s\(index)"), delivery: .ordinary) }
        #expect(try await eventually { collector.spanNames.count == 6 })
        collector.state.withLock { $0.answer = { _ in .success(()) } }
        children.cut()
        for index in 6..<12 { _ = exporter.export(namedBatch("s\(index)"), delivery: .ordinary) }
        let statistics = await exporter.shutdown(deadline: .now() + .seconds(20))
        #expect(statistics.acknowledgedBatches == 12)
        #expect(statistics.reconnects > 0)
        #expect(collector.spanNames == (0..<12).map { "s\($0)" }.sorted())
        try await proxy.close()
        try await server.close()
    }

    @Test func aRetryableRefusalIsSentAgainAndAFinalOneBecomesALossRecord() async throws {
        let collector = TestCollector()
        let failures = Counter()
        collector.state.withLock { state in
            state.answer = { submission in
                if submission.sequence == 2, failures.value < 3 {
                    failures.add()
                    return .failure(
                        WireRefusal(code: .storeUnavailable, message: "the disk is full", isRetryable: true))
                }
                if submission.sequence == 3 {
                    return .failure(WireRefusal(code: .batchRejected, message: "no", isRetryable: false))
                }
                return .success(())
            }
        }
        let server = try await collector.listen()
        let exporter = try exporter([try port(server)]) { $0.maximumBatchesInFlight = 1 }
        exporter.start()
        for index in 1...4 { _ = exporter.export(namedBatch("s\(index)"), delivery: .ordinary) }
        #expect(try await eventually { !collector.state.withLock { $0.losses.isEmpty } })
        let statistics = await exporter.shutdown(deadline: .now() + .seconds(20))
        #expect(failures.value == 3)
        #expect(collector.spanNames == ["s1", "s2", "s4"])
        let loss = try #require(collector.state.withLock { $0.losses.first })
        #expect(loss.reason == .refused && loss.spans == 1 && loss.batches == 1)
        #expect(loss.firstNanoseconds == 1_000 && loss.lastNanoseconds == 2_000)
        #expect(statistics.droppedBatches == 1 && statistics.acknowledgedBatches == 3)
        try await server.close()
    }

    @Test func aFullQueueIsRecordedAsLossAndTold() async throws {
        let exporter = try exporter([1]) { $0.queueLimitBytes = 4_000 }
        exporter.start()
        var answers: [Admission: UInt64] = [:]
        for index in 0..<100 {
            answers[exporter.export(namedBatch("s\(index)"), delivery: .ordinary), default: 0] += 1
        }
        #expect(exporter.export(namedBatch("p"), delivery: .payment, whenSpoolFull: .refuse) == .refused)
        #expect(!exporter.canAccept(.payment))
        let statistics = exporter.statistics
        #expect(answers[.recordedLoss] ?? 0 > 0)
        #expect(statistics.acceptedBatches == answers[.accepted] ?? 0)
        #expect(statistics.droppedBatches == answers[.recordedLoss])
        #expect(statistics.queuedBytes <= 4_000)
        _ = await exporter.shutdown(deadline: .now())
    }

    /// Others must not take the room of what was let in and is recorded later.
    @Test func whatWasLetInFindsRoom() async throws {
        // The smallest that a proxy can be told.
        let exporter = try exporter([1]) { $0.queueLimitBytes = 64 << 10 }
        exporter.start()
        #expect(exporter.canAccept(.payment))
        var last = Admission.accepted
        for index in 0..<10_000 where last == .accepted {
            last = exporter.export(namedBatch("s\(index)"), delivery: .payment)
        }
        #expect(last == .recordedLoss)
        #expect(!exporter.canAccept(.payment))
        #expect(exporter.export(namedBatch("let in"), delivery: .payment, whenSpoolFull: .refuse) == .accepted)
        #expect(exporter.export(namedBatch("other"), delivery: .payment) == .recordedLoss)
        #expect(exporter.statistics.queuedBytes <= 64 << 10)
        _ = await exporter.shutdown(deadline: .now())
    }

    @Test func whatWasLostWhileAwayIsToldOnReturn() async throws {
        let collector = TestCollector()
        let port = try FreePort.next()
        let exporter = try exporter([port]) { $0.queueLimitBytes = 4_000 }
        exporter.start()
        for index in 0..<100 { _ = exporter.export(namedBatch("s\(index)"), delivery: .ordinary) }
        let dropped = exporter.statistics.droppedSpans
        let server = try await collector.listen(port: port)
        #expect(try await eventually { !collector.state.withLock { $0.losses.isEmpty } })
        _ = await exporter.shutdown(deadline: .now() + .seconds(20))
        let losses = collector.state.withLock { $0.losses }
        #expect(losses.reduce(0) { $0 + $1.spans } == dropped)
        #expect(losses.allSatisfy { $0.reason == .queueFull })
        #expect(UInt64(collector.spanNames.count) == 100 - dropped)
        try await server.close()
    }

    @Test func withTwoEndpointsBothMustHaveABatch() async throws {
        let first = TestCollector()
        let second = TestCollector()
        second.state.withLock { $0.answer = { _ in nil } }
        let servers = [try await first.listen(), try await second.listen()]
        // No PING helps: what must happen at shutdown happens because of the acknowledgements.
        let exporter = try exporter(try servers.map(port)) { $0.keepaliveMilliseconds = 600_000 }
        exporter.start()
        let acknowledged = Counter()
        for index in 0..<5 {
            _ = exporter.export(
                namedBatch("s\(index)"), delivery: .ordinary,
                completion: { if $0 == .acknowledged { acknowledged.add() } })
        }
        #expect(try await eventually { first.spanNames.count == 5 && second.spanNames.count == 5 })
        #expect(acknowledged.value == 0)
        #expect(exporter.statistics.queuedBatches == 5)
        async let final = exporter.shutdown(deadline: .now() + .seconds(20))
        // The first has acknowledged everything long before the second does.
        try await Task.sleep(for: .milliseconds(50))
        second.state.withLock { $0.answer = { _ in .success(()) } }
        second.releaseHeld()
        #expect(try await eventually { acknowledged.value == 5 })
        #expect(await final.queuedBatches == 0)
        for collector in [first, second] {
            #expect(try await eventually { collector.state.withLock { $0.closed.map(\.1) == [5] } })
        }
        for server in servers { try await server.close() }
    }

    @Test func whoHandedABatchOverLearnsWhatBecameOfIt() async throws {
        let collector = TestCollector()
        let no = WireRefusal(code: .batchRejected, message: "no", isRetryable: false)
        collector.state.withLock { $0.answer = { $0.sequence == 2 ? .failure(no) : .success(()) } }
        let server = try await collector.listen()
        let exporter = try exporter([try port(server)])
        exporter.start()
        let outcomes = Mutex<[Int: [ExportOutcome]]>([:])
        for index in 1...3 {
            _ = exporter.export(namedBatch("s\(index)"), delivery: .payment) { outcome in
                outcomes.withLock { $0[index, default: []].append(outcome) }
            }
        }
        _ = await exporter.shutdown(deadline: .now() + .seconds(20))
        #expect(outcomes.withLock { $0 } == [1: [.acknowledged], 2: [.refused(no)], 3: [.acknowledged]])
        try await server.close()

        let alone = try self.exporter([1])
        alone.start()
        _ = alone.export(namedBatch("x"), delivery: .payment) { outcome in
            outcomes.withLock { $0[9, default: []].append(outcome) }
        }
        _ = await alone.shutdown(deadline: .now())
        #expect(outcomes.withLock { $0[9] } == [.lost])
    }

    @Test func whyThereIsNoConnectionIsASentence() async throws {
        let exporter = try exporter([1])
        exporter.start()
        #expect(try await eventually { !exporter.statistics.lastError.isEmpty })
        #expect(exporter.statistics.lastError == "cannot connect to 127.0.0.1:1: nothing listens there")
        _ = await exporter.shutdown(deadline: .now())
    }

    @Test func aLongOutageTakesNoMoreThanTheQueueLimit() async throws {
        let exporter = try exporter([1]) { $0.queueLimitBytes = 64 << 10 }
        exporter.start()
        let large = SpanBatch((0..<1_000).map { namedBatch("large \($0)").span(0) })
        // Every large batch is lost; small ones still fit between them, until they do not.
        for _ in 0..<500 {
            #expect(exporter.export(large, delivery: .ordinary) == .recordedLoss)
            _ = exporter.export(SpanBatch(), delivery: .ordinary)
        }
        let statistics = exporter.statistics
        #expect(statistics.queuedBatches == statistics.acceptedBatches)
        #expect(statistics.acceptedBatches * 256 <= 64 << 10)
        #expect(statistics.queuedBytes <= 64 << 10)
        _ = await exporter.shutdown(deadline: .now())
    }

    @Test func metricsAreNotSentWhereTheyAreNotTaken() async throws {
        let collector = PlainCollector(capabilities: [.lz4])
        let server = try await collector.listen()
        let exporter = try exporter([try port(server)])
        exporter.start()
        let metrics = MetricBatch(
            series: [MetricSeries(name: "n_total", help: "", kind: .counter, labels: [])],
            points: [MetricPoint(series: 0, value: .delta(3))], startNanoseconds: 1, endNanoseconds: 9)
        exporter.export(metrics: metrics)
        _ = exporter.export(namedBatch("s"), delivery: .ordinary)
        #expect(try await eventually { collector.submissions.withLock { $0.count } == 2 })
        let contents = collector.submissions.withLock { $0 }
        guard case .losses(let told)? = contents.first(where: { $0.sequence == 1 })?.content else { throw Unexpected() }
        #expect(told.first?.metricPoints == 1 && told.first?.reason == .refused && told.first?.lastNanoseconds == 9)
        let statistics = await exporter.shutdown(deadline: .now() + .seconds(20))
        #expect(statistics.droppedBatches == 1 && statistics.acknowledgedBatches == 1)
        try await server.close()
    }

    @Test func creditsBoundWhatIsOnTheWay() async throws {
        let collector = TestCollector()
        collector.state.withLock { state in
            state.answer = { _ in nil }
            state.creditBytes = 600
        }
        let server = try await collector.listen()
        let exporter = try exporter([try port(server)])
        exporter.start()
        for index in 0..<50 { _ = exporter.export(namedBatch("s\(index)"), delivery: .ordinary) }
        #expect(try await eventually { collector.spanNames.count >= 2 })
        try await Task.sleep(for: .milliseconds(50))
        #expect(collector.spanNames.count < 30)
        collector.state.withLock { $0.answer = { _ in .success(()) } }
        collector.releaseHeld()
        #expect(try await eventually { collector.spanNames.count == 50 })
        #expect(collector.state.withLock { $0.refusedFrames.isEmpty })
        _ = await exporter.shutdown(deadline: .now() + .seconds(20))
        try await server.close()
    }
}
