/// What a store held at one moment, for a search: held as long as the search takes, so that nothing of it goes away.
struct SearchSnapshot: Sendable {
    var live: [LiveBatch]
    /// By number, for the order must not vary.
    var segments: [SealedSegment]
    var unreadable: [UInt64: StoreError]

    init(_ state: StoreState) {
        live = (state.frozen?.batches ?? []) + state.live.batches
        segments = state.segments.values.sorted { $0.entry.number < $1.entry.number }
        unreadable = state.unreadable
    }
}
