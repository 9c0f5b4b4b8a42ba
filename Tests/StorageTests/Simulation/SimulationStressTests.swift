import Files
import Foundation
import Storage
import Synchronization
import Telemetry
import Testing

/// Everything at once: exporters, queries, sealing, compaction and expiry. What is acknowledged before a question is
/// asked is in its answer, and nothing is there that was not sent. Threads decide the order, so this repeats only roughly.
@Suite struct SimulationStressTests {
    private struct Contents {
        var sent: [TraceID: Set<[UInt8]>] = [:]
        var acknowledged: [TraceID: Set<[UInt8]>] = [:]
        var order: [TraceID] = []
        var problems: [String] = []
        var writersLeft = 0
    }

    private final class Scene: Sendable {
        let store: Store
        let contents: Mutex<Contents>

        init(_ store: Store, writers: Int) {
            self.store = store
            contents = Mutex(Contents(writersLeft: writers))
        }

        var isOver: Bool { contents.withLock { $0.writersLeft == 0 || !$0.problems.isEmpty } }

        func report(_ problem: String) { contents.withLock { $0.problems.append(problem) } }
    }

    private static let now = Simulation.start

    /// Sends batches, some of them twice, and takes note of what is acknowledged.
    private func write(_ scene: Scene, number: Int, batches: Int, seed: UInt64) {
        defer { scene.contents.withLock { $0.writersLeft -= 1 } }
        var random = SimulationRandom(seed: seed &+ UInt64(number))
        var generator = SimulationSpans(random: &random)
        let key = SessionKey(principal: "spiffe://bank/pay", instance: "pod-\(number)", incarnation: 1)
        _ = scene.store.sessionOpened(SessionRecord(key: key, timeNanoseconds: Self.now))
        for sequence in 1...UInt64(batches) {
            let spans = generator.batch(1 + random.below(12), now: Self.now, &random).map { ModelSpan($0) }
            scene.contents.withLock { contents in
                for span in spans { contents.sent[span.span.traceID, default: []].insert(span.bytes) }
            }
            let submission = Submission(
                spans: SpanBatch(spans.map(\.span)),
                provenance: Provenance(
                    door: .wire, principal: key.principal, instance: key.instance, incarnation: 1, sequence: sequence,
                    receivedNanoseconds: Self.now + sequence))
            for _ in 0..<(random.oneIn(6) ? 2 : 1) {
                do { try scene.store.appendAndWait(submission) } catch { return scene.report("append: \(error)") }
            }
            scene.contents.withLock { contents in
                for span in spans {
                    let trace = span.span.traceID
                    if contents.acknowledged[trace] == nil { contents.order.append(trace) }
                    contents.acknowledged[trace, default: []].insert(span.bytes)
                }
            }
        }
    }

    private func read(_ scene: Scene, number: Int, seed: UInt64) {
        var random = SimulationRandom(seed: seed ^ UInt64(number + 1))
        repeat {
            let asked = scene.contents.withLock { contents in
                contents.order.isEmpty ? nil : contents.order[random.below(contents.order.count)]
            }
            if let asked { check(scene, asked) }
        } while !scene.isOver
    }

    private func check(_ scene: Scene, _ trace: TraceID) {
        let before = scene.contents.withLock { $0.acknowledged[trace] ?? [] }
        do {
            let answer = try scene.store.trace(trace).map { ExactBytes.of($0.span) }
            let after = scene.contents.withLock { $0.sent[trace] ?? [] }
            if Set(answer).count != answer.count { scene.report("trace \(trace) has a span twice") }
            if !before.isSubset(of: answer) { scene.report("trace \(trace) misses acknowledged spans") }
            if !after.isSuperset(of: answer) { scene.report("trace \(trace) has spans that nobody sent") }
        } catch { scene.report("trace \(trace): \(error)") }
    }

    private func upkeep(_ scene: Scene) {
        repeat {
            do {
                try scene.store.seal()
                let report = try scene.store.maintain(now: Self.now, everything: true)
                if let error = report.errors.first { scene.report("maintain: \(error)") }
            } catch { scene.report("\(error)") }
        } while !scene.isOver
    }

    @Test func everythingAtOnce() throws {
        let seed = StoreSamples.seed
        let disk = SimulatedFileSystem(seed: seed)
        var configuration = Store.Configuration()
        configuration.sealAfterSpans = 300
        configuration.finalSegmentBytes = 40_000
        configuration.indexFanIn = 2
        let scene = Scene(
            try Store.open(directory: "/data", configuration: configuration, files: disk), writers: 3)
        let done = DispatchGroup()
        for number in 0..<6 {
            done.enter()
            // Threads of their own: a pool would run no more of them than there are cores.
            let thread = Thread {
                switch number {
                case 0..<3: self.write(scene, number: number, batches: 150, seed: seed)
                case 3..<5: self.read(scene, number: number, seed: seed)
                default: self.upkeep(scene)
                }
                done.leave()
            }
            thread.start()
        }
        done.wait()
        #expect(scene.contents.withLock { $0.problems.prefix(3) } == [], "WAYBILL_SEED=\(seed)")
        try scene.store.close()
        let reopened = Scene(
            try Store.open(directory: "/data", configuration: configuration, files: disk.crash(seed: seed)), writers: 0)
        reopened.contents.withLock { new in new = scene.contents.withLock { $0 } }
        for trace in reopened.contents.withLock({ $0.order }) { check(reopened, trace) }
        #expect(reopened.contents.withLock { $0.problems.prefix(3) } == [], "WAYBILL_SEED=\(seed)")
        #expect(reopened.store.statistics.corruptRecords == 0)
    }
}
