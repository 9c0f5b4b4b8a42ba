import Foundation

/// One line on a terminal that is rewritten twice a second; nothing anywhere else.
struct LoadProgress {
    let meter: LoadMeter

    func run() async {
        guard isatty(STDERR_FILENO) == 1 else { return }
        let start = ContinuousClock.now
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .milliseconds(500))
            } catch {
                break
            }
            let totals = meter.snapshot
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            let rate = Int(Double(totals.acknowledgedSpans) / max(elapsed, 0.001))
            write(
                "\r\(totals.sentSpans) spans sent, \(totals.acknowledgedSpans) acknowledged, \(rate) a second\u{1B}[K")
        }
        write("\r\u{1B}[K")
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
