/// What happened, in a few figures.
public struct JourneySummary: Sendable, Hashable, Codable {
    /// How the journey ended: the outcome of the last leg that no other leg contains in time.
    public var outcome: HopOutcome
    /// One sentence for a person.
    public var sentence: String
    /// The hop nearest to the reason, where the journey was refused or failed.
    public var cause: Int?
    /// The earliest start of any span.
    public var start: Timestamp
    /// From the earliest start to the latest end.
    public var durationNanoseconds: UInt64
    /// Every service that took part, in order of appearance.
    public var services: [String]
    public var spans: Int
    /// Requests and messages; work inside a service is not a hop between two.
    public var hops: Int
    public var failedHops: Int
    public var refusedHops: Int
    /// Attempts after the first.
    public var retries: Int
}

/// One part of a journey: hops that hang together, such as the authorisation now and the settlement tonight.
public struct JourneyLeg: Sendable, Hashable, Codable {
    public var start: Timestamp
    public var durationNanoseconds: UInt64
    public var outcome: HopOutcome
    /// The traces it consists of, the first one first.
    public var traces: [String]
    /// The `id`s of its hops without a parent.
    public var roots: [Int]
    public var hops: Int
    public var services: [String]
}

/// A trace that carries the transaction.
public struct JourneyTrace: Sendable, Hashable, Codable {
    public var traceID: String
    public var start: Timestamp
    public var durationNanoseconds: UInt64
    /// Stored spans of the trace.
    public var spans: Int
    /// Those that the journey shows.
    public var contributedSpans: Int
    /// The trace names several transactions of one kind, and so contributes only what belongs to this one.
    public var isBulk: Bool
}
