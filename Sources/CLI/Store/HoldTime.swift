import ArgumentParser
import Telemetry

/// Times as people type them for a hold.
enum HoldTime {
    private static let dayNanoseconds: UInt64 = 86_400 * 1_000_000_000

    /// RFC 3339, or a day: its first nanosecond, or its last one for an end.
    static func parse(_ text: String, isEnd: Bool, option: String) throws -> UInt64 {
        if let time = Timestamp(text) { return time.nanoseconds }
        if text.utf8.count == 10, let day = Timestamp(text + "T00:00:00Z") {
            return isEnd ? day.nanoseconds + dayNanoseconds - 1 : day.nanoseconds
        }
        throw ValidationError("\(option) \(text): expected a time like 2026-11-23T09:30:00Z, or a day like 2026-11-23.")
    }
}
