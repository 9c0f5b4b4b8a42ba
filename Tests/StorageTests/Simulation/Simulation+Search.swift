import Storage
import Telemetry

extension Simulation {
    /// Searches, and compares with going through everything.
    func checkSearch() throws {
        guard let store, !isExpiryUnknown else { return }
        let service = random.pick(SimulationSpans.services)
        try search(store, .compare(.service, .equal, .string(service))) { $0.resource.serviceName == service }
        let customer = "customer-\(random.below(4))"
        let isHeld = SpanFilter.compare(
            .attribute(.span, key: RetentionModel.customer), .equal, .string(customer))
        try search(store, .and([isHeld, .not(.compare(.service, .equal, .string(service)))])) { span in
            span.resource.serviceName != service
                && span.attributes.contains { $0.key == RetentionModel.customer && $0.value == .string(customer) }
        }
    }

    private func search(_ store: Store, _ filter: SpanFilter, _ matches: (Span) -> Bool) throws {
        count(\.checks)
        let query = SpanQuery(filter, limit: SpanQuery.maximumLimit)
        guard let answer = try attempt("search", mayFail: mayFail, { try store.search(query) }) else { return }
        var left: Set<[UInt8]> = []
        for entries in model.traces.values {
            for (bytes, entry) in entries where matches(entry.span.span) { left.insert(bytes) }
        }
        var last = UInt64.max
        for match in answer.matches {
            guard left.remove(ExactBytes.of(match.span)) != nil else {
                throw SimulationFailure("a search for \(filter) finds span \(match.spanID) of \(match.traceID)")
            }
            guard match.startNanoseconds <= last else { throw SimulationFailure("a search is not newest first") }
            last = match.startNanoseconds
        }
        for gap in answer.gaps {
            say("  search: \(gap)")
            guard case .unreadable = gap, mayFail || rotten != nil || wasOpenedOnFaultyDisk else {
                throw SimulationFailure("a search on a good disk is partial: \(gap)")
            }
        }
        guard left.isEmpty || answer.isPartial else {
            throw SimulationFailure("a search for \(filter) misses \(left.count) spans")
        }
    }
}
