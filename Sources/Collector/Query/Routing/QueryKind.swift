/// What a query asks for, in the metric of how long answers take.
enum QueryKind: String, Sendable, CaseIterable {
    case journey, trace, search, listing, dependencies, metrics

    /// Whether the answer may take as long as a search may.
    var isSearch: Bool {
        switch self {
        case .search, .dependencies, .metrics: true
        case .journey, .trace, .listing: false
        }
    }
}
