/// Why a reported point was not taken; exposed as `waybill_otlp_metric_points_refused_total{reason}`.
public enum PointRefusal: String, Error, Sendable, Hashable, CaseIterable {
    /// Sent again: its time and value are those of the last one.
    case duplicate
    case outOfOrder = "out_of_order"
    /// Another value for the time of the last one.
    case sameTime = "same_time"
    case kindConflict = "kind_conflict"
    case invalidName = "invalid_name"
    case invalidValue = "invalid_value"
    case seriesLimit = "series_limit"
    /// A job that is the proxies' own.
    case reservedJob = "reserved_job"

    /// What to tell the sender.
    var sentence: String {
        switch self {
        case .duplicate: "it was taken already"
        case .outOfOrder: "it is older than the last point of its series"
        case .sameTime: "its series has another value for the same time"
        case .kindConflict: "the name already stands for a metric of another kind"
        case .invalidName: "its name or a label's cannot be written for Prometheus, or is too long"
        case .invalidValue: "its value cannot be one of its kind"
        case .seriesLimit: "the collector holds as many reported series as it may (limit reportedSeries)"
        case .reservedJob: "its job is the name of the mesh's own proxies"
        }
    }
}

/// What became of a report.
public struct ReportedOutcome: Sendable, Hashable {
    public var accepted = 0
    public var refused = 0
    /// Of the first refused point: its metric's name and why.
    public var firstRefusal: String?

    public init() {}

    public mutating func refuse(_ refusal: PointRefusal, _ name: String, points: Int = 1) {
        refused += points
        if firstRefusal == nil { firstRefusal = "a point of \(name.prefix(200)) is refused: \(refusal.sentence)" }
    }
}
