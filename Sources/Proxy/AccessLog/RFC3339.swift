import Mesh

/// Moments as people and log collectors read them.
enum RFC3339 {
    /// UTC with microseconds: `2026-11-23T09:45:00.123456Z`.
    static func text(unixNanoseconds: UInt64) -> String {
        let seconds = Instant(seconds: Int64(unixNanoseconds / 1_000_000_000)).text.dropLast()
        let micros = String(unixNanoseconds / 1_000 % 1_000_000)
        return "\(seconds).\(String(repeating: "0", count: 6 - micros.count))\(micros)Z"
    }
}
