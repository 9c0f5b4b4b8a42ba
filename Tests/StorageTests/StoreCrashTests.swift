import Files
import Storage
import Telemetry
import Testing

/// Acknowledged means kept, and sent twice means stored once, wherever the power goes.
@Suite struct StoreCrashTests {
    /// Batches sent so far by an exporter that resends what was not acknowledged.
    private struct Run {
        var acknowledged: Set<UInt64> = []
        var attempted: Set<UInt64> = []
    }

    /// Sends batches from `first` on, with seals in between, until the disk stops or all are sent.
    private func work(_ store: Store, from first: UInt64, to last: UInt64, _ run: inout Run) throws {
        let known = store.sessionOpened(StoreSamples.session())
        #expect(known >= (run.acknowledged.max() ?? 0))
        // The grant of a session acknowledges all before it.
        if known > 0 { run.acknowledged.formUnion(1...known) }
        var sequence = max(first, known + 1)
        while sequence <= last {
            // Three at a time, so that some groups have several records.
            let answers = (sequence...min(sequence + 2, last)).map { number -> (UInt64, Answer) in
                run.attempted.insert(number)
                let answer = Answer()
                store.append(StoreSamples.submission(number, spans: 3)) { answer.give($0) }
                return (number, answer)
            }
            for (number, answer) in answers {
                if case .success = answer.wait() { run.acknowledged.insert(number) }
            }
            sequence += 3
            // A seal that fails leaves everything in the log; that is what the check afterwards shows.
            if sequence % 2 == 0 { _ = Result { try store.seal() } }
        }
    }

    private func check(_ store: Store, _ run: Run, _ comment: Comment) throws {
        for number in run.attempted {
            let spans = try store.trace(StoreSamples.trace(number))
            if run.acknowledged.contains(number) {
                #expect(spans.count == 3, comment)
                #expect(try store.traces(of: "TX-\(number)").count == 1, comment)
            } else {
                #expect(spans.count == 3 || spans.isEmpty, comment)
            }
            #expect(spans.allSatisfy { !$0.hasConflict }, comment)
            #expect(Set(spans.map(\.span)).count == spans.count, comment)
        }
        #expect(store.statistics.corruptRecords == 0, comment)
    }

    private func operationsOfWholeRun() throws -> Int {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        var run = Run()
        try work(store, from: 1, to: 24, &run)
        #expect(run.acknowledged.count == 24)
        try store.close()
        return disk.operations
    }

    @Test func everyWriteBoundary() throws {
        let total = try operationsOfWholeRun()
        #expect(total > 30)
        for boundary in 1...total {
            let seed = StoreSamples.seed &+ UInt64(boundary)
            let comment = Comment(rawValue: "boundary \(boundary) of \(total), seed \(StoreSamples.seed)")
            let disk = SimulatedFileSystem(seed: seed)
            disk.stop(after: boundary)
            var run = Run()
            if let store = try? Store.open(directory: "/data", files: disk) {
                try work(store, from: 1, to: 24, &run)
            }
            // A power cut, a second one in the middle of what follows, and a peaceful end.
            let second = disk.crash(seed: seed)
            second.stop(after: 12 + boundary % 17)
            if let store = try? Store.open(directory: "/data", files: second) {
                if boundary % 2 == 0 { try check(store, run, comment) }
                try work(store, from: 1, to: 24, &run)
            }
            let third = second.crash(seed: seed &+ 1)
            let store = try Store.open(directory: "/data", files: third)
            try check(store, run, comment)
            try work(store, from: 1, to: 24, &run)
            #expect(run.acknowledged.count == 24, comment)
            try store.seal()
            try check(store, run, comment)
            #expect(store.statistics.liveSpans == 0, comment)
            #expect(try store.gaps().isEmpty, comment)
            try store.close()
        }
    }
}
