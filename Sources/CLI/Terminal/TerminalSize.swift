import Foundation

/// How wide the output may be.
enum TerminalSize {
    static let fallback = 80
    /// Narrower than this nothing can be shown; wider than this bars only get longer.
    static let range = 40...240

    /// Columns of standard output: the terminal's, else what `COLUMNS` says, else 80.
    static var columns: Int {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return clamp(Int(size.ws_col)) }
        if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) { return clamp(columns) }
        return fallback
    }

    static func clamp(_ columns: Int) -> Int { min(max(columns, range.lowerBound), range.upperBound) }
}
