import ArgumentParser
import Telemetry

/// Times as people type them for a search.
package enum SearchTime {
    private static let units: [(suffix: String, nanoseconds: UInt64)] = [
        ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
        ("w", 604_800_000_000_000),
    ]

    /// RFC 3339, `now`, so long ago (`15m`), or a day: its first nanosecond, or its last one for an end.
    package static func parse(_ text: String, now: UInt64, isEnd: Bool, option: String) throws -> UInt64 {
        if let time = Timestamp(text) { return time.nanoseconds }
        if text == "now" { return now }
        if text.utf8.count == 10, let day = Timestamp(text + "T00:00:00Z") {
            return isEnd ? day.nanoseconds + 86_400_000_000_000 - 1 : day.nanoseconds
        }
        for (suffix, nanoseconds) in units where text.hasSuffix(suffix) {
            guard let count = UInt64(text.dropLast(suffix.count)) else { continue }
            let (length, overflow) = count.multipliedReportingOverflow(by: nanoseconds)
            return overflow || length > now ? 0 : now - length
        }
        throw ValidationError(
            "\(option) \(text): expected a time like 2026-11-23T09:30:00Z, a day like 2026-11-23, or so long ago as "
                + "90s, 15m, 1h or 7d.")
    }
}
