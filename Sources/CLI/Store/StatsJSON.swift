import Storage
import Telemetry

/// The sizes of a store, as JSON.
struct StatsJSON: Encodable {
    struct Partition: Encodable {
        var tenant: String
        var retentionClass: String
        var day: String
        var level: String
        var segments: Int
        var spans: UInt64
        var bytes: UInt64
        var earliestStart: Timestamp
        var latestStart: Timestamp
    }

    struct IndexLevel: Encodable {
        var level: Int
        var runs: Int
        var rows: UInt64
        var bytes: UInt64
    }

    struct Removal: Encodable {
        var tenant: String
        var retentionClass: String
        var reason: String
        var segments: UInt64
        var spans: UInt64
        var rule: String
        var first: Timestamp
        var last: Timestamp
    }

    struct Damaged: Encodable {
        var file: String
        var problem: String
    }

    var storeId: String
    var epoch: UInt64
    var spans: UInt64
    var bytes: UInt64
    var bytesPerSpan: Double?
    var bytesByPart: [String: UInt64]
    var logFiles: Int
    var segments: Int
    var partitions: [Partition]
    var indexLevels: [IndexLevel]
    var removals: [Removal]
    var duplicatesRemoved: UInt64
    var holds: Int
    var activeHolds: Int
    var damaged: [Damaged]

    init(_ summary: StoreSummary) {
        storeId = summary.storeID.description
        epoch = summary.epoch
        spans = summary.spans
        bytes = summary.bytes
        bytesPerSpan = ByteText.perSpan(summary.bytes, summary.spans)
        bytesByPart = [
            "segments": summary.segmentBytes, "index": summary.indexBytes, "log": summary.logBytes,
            "manifest": summary.manifestBytes, "holds": summary.holdBytes,
        ]
        logFiles = summary.logFiles
        segments = summary.segments
        partitions = summary.partitions.map {
            Partition(
                tenant: $0.tenant, retentionClass: $0.retentionClass, day: $0.day,
                level: $0.isFinal ? "final" : "young",
                segments: $0.segments, spans: $0.spans, bytes: $0.bytes,
                earliestStart: Timestamp(nanoseconds: $0.earliestStart),
                latestStart: Timestamp(nanoseconds: $0.latestStart))
        }
        indexLevels = summary.indexLevels.map {
            IndexLevel(level: $0.level, runs: $0.runs, rows: $0.rows, bytes: $0.bytes)
        }
        removals = summary.removals.map {
            Removal(
                tenant: $0.tenant, retentionClass: $0.retentionClass, reason: "\($0.reason)", segments: $0.segments,
                spans: $0.spans, rule: $0.rule, first: Timestamp(nanoseconds: $0.firstNanoseconds),
                last: Timestamp(nanoseconds: $0.lastNanoseconds))
        }
        duplicatesRemoved = summary.duplicatesRemoved
        holds = summary.holds.count
        activeHolds = summary.holds.count(where: \.isActive)
        damaged = summary.damaged.map { Damaged(file: $0.path, problem: $0.problem) }
    }
}
