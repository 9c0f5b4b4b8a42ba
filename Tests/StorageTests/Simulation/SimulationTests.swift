import Foundation
import Testing

/// Whatever the disk, the power and the exporters do, the store says what the model says.
///
/// `WAYBILL_SEED` repeats one history; `WAYBILL_SOAK=1` plays `WAYBILL_HISTORIES` of them (10,000 if not set), from
/// seed `WAYBILL_FROM` on.
@Suite struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment

    private func play(_ seed: UInt64, _ figures: inout SimulationFigures) -> Bool {
        let simulation = Simulation(seed: seed)
        do {
            try simulation.run()
            figures += simulation.figures
            return true
        } catch {
            var report = ["history \(seed): \(error)"]
            report.append("repeat it with: WAYBILL_SEED=\(seed) swift test -c release --filter SimulationTests")
            let shown = 80
            report += simulation.steps.prefix(1)
            if simulation.steps.count > shown { report.append("(\(simulation.steps.count - shown) lines before)") }
            report += simulation.steps.suffix(shown)
            Issue.record(Comment(rawValue: report.joined(separator: "\n")))
            return false
        }
    }

    @Test func theSameSeedIsTheSameHistory() throws {
        for seed in 7...12 as ClosedRange<UInt64> {
            let histories = [Simulation(seed: seed), Simulation(seed: seed)]
            for history in histories { try history.run() }
            #expect(histories[0].steps == histories[1].steps, "seed \(seed)")
        }
    }

    @Test func histories() {
        var figures = SimulationFigures()
        if let seed = Self.environment["WAYBILL_SEED"].flatMap({ UInt64($0) }) {
            _ = play(seed, &figures)
            return
        }
        let isSoak = Self.environment["WAYBILL_SOAK"] == "1"
        let count = Self.environment["WAYBILL_HISTORIES"].flatMap { Int($0) } ?? (isSoak ? 10_000 : 300)
        let from = Self.environment["WAYBILL_FROM"].flatMap { UInt64($0) } ?? 1
        let started = ContinuousClock.now
        var failures = 0
        for number in 0..<count {
            if !play(from + UInt64(number), &figures) { failures += 1 }
            if failures == 10 { return }
            if isSoak, (number + 1) % 500 == 0 {
                let line =
                    "\(number + 1) of \(count) histories, \(failures) failed, \(ContinuousClock.now - started): \(figures)\n"
                FileHandle.standardError.write(Data(line.utf8))
            }
        }
        #expect(figures.crashes > count / 4)
        #expect(figures.faults > count / 4)
        #expect(figures.backups > count / 10)
    }
}
