import Telemetry

/// What a run lists, with the times of the earliest and the latest start.
package struct IndexListing<Element: Hashable & Sendable>: Sendable {
    package var entries: [Element: SegmentCatalog.Times] = [:]
    /// There is more than is listed.
    package var isCut = false

    package init() {}

    /// Adds what another run lists.
    package mutating func merge(_ other: IndexListing) {
        isCut = isCut || other.isCut
        entries.merge(other.entries) { left, right in
            SegmentCatalog.Times(
                earliest: min(left.earliest, right.earliest), latest: max(left.latest, right.latest))
        }
    }
}
