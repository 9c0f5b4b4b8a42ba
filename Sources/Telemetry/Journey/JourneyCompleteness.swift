/// Whether the journey shows everything that happened, and what speaks against it.
public struct JourneyCompleteness: Sendable, Hashable, Codable {
    public enum Verdict: String, Sendable, Hashable, Codable {
        /// Nothing is known to be missing, and no exporter has a gap that could touch the journey.
        case complete
        /// Nothing is known to be missing, but an exporter has a gap that could touch the journey.
        case uncertain
        /// Spans are missing; `missing` names them.
        case incomplete
    }

    public var verdict: Verdict
    public var missing: [MissingSpan]
    public var gaps: [JourneyGap]
    /// Spans that share their ids with another span of different content.
    public var conflictingSpans: Int
    /// Hops that start before the one above them: clocks differ.
    public var hopsOutOfOrder: Int
}

/// A span that must have been, and is not stored.
public struct MissingSpan: Sendable, Hashable, Codable {
    public enum Role: String, Sendable, Hashable, Codable {
        /// The caller's span of a hop whose callee's span is stored.
        case caller
        /// The callee's span of a hop whose caller's span is stored; its proxy was reached, so it recorded one.
        case callee
        /// A whole hop, named as parent by stored spans.
        case hop
    }

    public var role: Role
    public var traceID: String
    /// Absent for a callee: its id was never seen.
    public var spanID: String?
    /// The hop it belongs to, or that stands in its place.
    public var hop: Int
    /// The service or principal that should have recorded it, where that is known.
    public var recorder: String?
    /// One sentence for a person.
    public var sentence: String
}

/// A stretch of time in which an exporter lost, or may have lost, spans.
public struct JourneyGap: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Batch numbers that never came.
        case missingSequences
        /// The exporter said what it had to drop.
        case recordedLoss
        /// The exporter ended without saying which batch was its last.
        case unknownTail
    }

    public var kind: Kind
    /// The exporter's verified identity.
    public var principal: String
    public var instance: String
    /// The times of the lost spans, by what is stored around them; an open end where nobody knows.
    public var from: Timestamp?
    public var to: Timestamp?
    public var firstSequence: UInt64?
    public var lastSequence: UInt64?
    /// How many spans were lost, where that was counted.
    public var spans: UInt64?
    public var reason: String?

    public init(
        kind: Kind, principal: String, instance: String, from: Timestamp? = nil, to: Timestamp? = nil,
        firstSequence: UInt64? = nil, lastSequence: UInt64? = nil, spans: UInt64? = nil, reason: String? = nil
    ) {
        self.kind = kind
        self.principal = principal
        self.instance = instance
        self.from = from
        self.to = to
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.spans = spans
        self.reason = reason
    }

    /// How far from a journey a gap may lie and still hide a part of it. A batch may be held open ten seconds and be
    /// overtaken by others meanwhile, so what is missing may be this much older than what came before it; and the first
    /// or the last attempt of a payment may be just what is not stored.
    public static let slackNanoseconds: UInt64 = 10_000_000_000

    /// Whether spans of a journey, stored from `start` to `end`, may be among the lost.
    func mayTouch(_ start: UInt64, _ end: UInt64) -> Bool {
        let slack = Self.slackNanoseconds
        return (from?.nanoseconds ?? 0) <= min(end, .max - slack) + slack
            && (to?.nanoseconds ?? .max) >= start - min(start, slack)
    }
}
