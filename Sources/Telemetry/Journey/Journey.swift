/// The answer to "what happened to transaction X": every span of every trace that carries X, as hops in order, with
/// what is known to be missing.
///
/// Pure: the same spans give the same journey in whatever order they come. Times are as recorded, never corrected. Its
/// JSON is what `GET /api/v1/journeys/{transaction}` answers; absent members are left out.
///
///     let journey = Journey(transaction: id, kinds: keys, spans: spans, rules: .standard, gaps: gaps)
///     print(journey.summary.sentence)
public struct Journey: Sendable, Hashable, Codable {
    /// The id as it was asked for.
    public var transaction: String
    /// The keys it was found under.
    public var keys: [TransactionKey]
    /// Other ids of the same operation: they stand beside `keys` on its spans and belong to no other transaction there.
    public var alsoKnownAs: [TransactionKey]
    public var summary: JourneySummary
    public var completeness: JourneyCompleteness
    /// In time order.
    public var legs: [JourneyLeg]
    /// In time order.
    public var traces: [JourneyTrace]
    /// The tree in pre-order: legs one after another, children by start time.
    public var hops: [Hop]

    /// - Parameters:
    ///   - transaction: the id as asked for.
    ///   - kinds: the keys it was found under; when empty, every kind that `rules` know.
    ///   - spans: all stored spans of every trace that carries the transaction, in any order.
    ///   - rules: how ids are found on spans.
    ///   - gaps: exporters' gaps; those that cannot touch the journey's time are left out.
    public init(
        transaction: String, kinds: [TransactionKey], spans: [StoredSpan], rules: TransactionRules, gaps: [JourneyGap]
    ) {
        self = JourneyAssembly(transaction: transaction, kinds: kinds, spans: spans, rules: rules).journey(gaps: gaps)
    }

    init(
        transaction: String, keys: [TransactionKey], alsoKnownAs: [TransactionKey], summary: JourneySummary,
        completeness: JourneyCompleteness, legs: [JourneyLeg], traces: [JourneyTrace], hops: [Hop]
    ) {
        self.transaction = transaction
        self.keys = keys
        self.alsoKnownAs = alsoKnownAs
        self.summary = summary
        self.completeness = completeness
        self.legs = legs
        self.traces = traces
        self.hops = hops
    }
}
