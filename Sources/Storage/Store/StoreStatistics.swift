/// The store's own health, since it was opened unless said otherwise.
public struct StoreStatistics: Sendable, Hashable {
    public var storedSpans: UInt64 = 0
    public var storedBatches: UInt64 = 0
    public var storedMetricPoints: UInt64 = 0
    /// Batches whose sequence was stored already.
    public var duplicateBatches: UInt64 = 0
    /// Batches refused: no space, too large, out of order, failed.
    public var refusedBatches: UInt64 = 0
    /// Values of transaction attributes that cannot be an id.
    public var refusedTransactionIDs: UInt64 = 0
    /// Bytes appended to the write-ahead log.
    public var logBytesWritten: UInt64 = 0
    /// Bytes and files of the write-ahead log now.
    public var logBytes: UInt64 = 0
    public var logFiles: Int = 0
    /// Spans acknowledged and not yet sealed, now.
    public var liveSpans: Int = 0
    /// Bytes of queued, live and freezing batches, now.
    public var liveBytes: Int = 0
    public var segments: Int = 0
    /// Committed segments that cannot be opened: traces that have spans there are answered with an error.
    public var unreadableSegments = 0
    /// Segments with damage that a query or the upkeep came upon; what is whole in them stays readable.
    public var damagedSegments = 0
    /// Segments by what compaction has done with them: `segments` is their sum and the unreadable ones'.
    public var youngSegments = 0
    public var finalSegments = 0
    public var segmentBytes: UInt64 = 0
    public var sealedSpans: UInt64 = 0
    public var indexRuns: Int = 0
    public var indexBytes: UInt64 = 0
    public var writeErrors: UInt64 = 0
    public var sealFailures: UInt64 = 0
    /// Records of the write-ahead log found damaged, ever.
    public var corruptRecords: UInt64 = 0
    /// Exporter lives and gaps that the ledger holds: all but long-closed lives without gaps.
    public var sessions: Int = 0
    public var gaps: Int = 0
    /// Whether the store refuses everything until it is opened again.
    public var hasFailed = false
    /// The last error, a sentence.
    public var lastError: String?
    public var upkeep = UpkeepStatistics()
    public var syncLatency = LatencyHistogram()
    public var sealLatency = LatencyHistogram()

    public init() {}
}

extension StoreStatistics {
    /// Keeps count of what is committed. `state` is as it was before.
    mutating func count(_ change: ManifestCommit, _ state: borrowing StoreState) {
        for segment in change.addedSegments {
            segments += 1
            segmentBytes += segment.fileBytes
            if segment.level == .young {
                youngSegments += 1
                sealedSpans += segment.spanCount
            } else {
                finalSegments += 1
            }
        }
        for number in change.finishedSegments where state.segments[number]?.entry.level == .young {
            youngSegments -= 1
            finalSegments += 1
        }
        for number in change.removedSegments {
            guard let entry = state.segments[number]?.entry else { continue }
            segments -= 1
            segmentBytes -= min(segmentBytes, entry.fileBytes)
            if entry.level == .young { youngSegments -= 1 } else { finalSegments -= 1 }
        }
        for run in change.addedRuns {
            indexRuns += 1
            indexBytes += run.fileBytes
        }
        let gone = Set(change.removedRuns)
        if gone.isEmpty { return }
        for run in state.runs where gone.contains(run.entry.number) {
            indexRuns -= 1
            indexBytes -= min(indexBytes, run.entry.fileBytes)
        }
    }
}
