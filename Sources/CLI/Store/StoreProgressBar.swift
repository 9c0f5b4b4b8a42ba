import Foundation
import Storage

/// One line on standard error that shows how far the work is; only on a terminal.
final class StoreProgressBar {
    private static let barWidth = 24
    private static let interval = Duration.milliseconds(100)

    private let isShown: Bool
    private var last: ContinuousClock.Instant?
    private var isDrawn = false

    init(isShown: Bool) { self.isShown = isShown && isatty(STDERR_FILENO) == 1 }

    func show(_ progress: StoreProgress) {
        guard isDue() else { return }
        draw(StoreProgressBar.line(progress))
    }

    func show(_ text: String) {
        guard isDue() else { return }
        draw("  " + TerminalText.fit(TerminalText.clean(text), 76))
    }

    /// Takes the line away.
    func end() {
        guard isDrawn else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8))
        isDrawn = false
    }

    static func line(_ progress: StoreProgress) -> String {
        let share = progress.totalBytes == 0 ? 1 : Double(progress.doneBytes) / Double(progress.totalBytes)
        let full = min(barWidth, Int(share * Double(barWidth)))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: barWidth - full)
        let done = ByteText.short(progress.doneBytes)
        return "  \(bar) \(Int(share * 100)) %  \(progress.phase)  \(done) of \(ByteText.short(progress.totalBytes))"
    }

    private func isDue() -> Bool {
        guard isShown else { return false }
        if let last, last.duration(to: .now) < StoreProgressBar.interval { return false }
        last = .now
        return true
    }

    private func draw(_ line: String) {
        FileHandle.standardError.write(Data(("\r\u{1B}[2K" + line).utf8))
        isDrawn = true
    }
}
