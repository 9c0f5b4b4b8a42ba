/// What a query asks for, in the metric of how long answers take.
enum QueryKind: String, Sendable, CaseIterable {
    case journey, trace, search, listing, dependencies, metrics
}
