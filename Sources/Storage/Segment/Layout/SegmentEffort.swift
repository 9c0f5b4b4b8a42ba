import CLZ4

/// How hard the writer looks for the shortest form.
package enum SegmentEffort: Sendable {
    /// While somebody waits: sealing.
    case fast
    /// In the background: compaction.
    case high

    /// Compresses `count` bytes; returns how many bytes that gave, or zero where they do not fit.
    func compress(
        _ source: UnsafePointer<CChar>, _ count: Int32, to target: UnsafeMutablePointer<CChar>, _ capacity: Int32
    ) -> Int32 {
        switch self {
        case .fast: LZ4_compress_default(source, target, count, capacity)
        case .high: LZ4_compress_HC(source, target, count, capacity, SegmentEffort.level)
        }
    }

    /// LZ4 HC's own default is 9; from 10 on it takes several times as long.
    private static let level: Int32 = 9
}
