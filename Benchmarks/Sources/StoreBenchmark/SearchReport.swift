import Storage
import Telemetry

/// Latency of searches for the newest 20 matches, no time window given: each question asked once for every one of a
/// sample of spans, cold first, then again.
enum SearchReport {
    private static let samples = 40

    static func run(_ store: Store, _ directory: String) throws {
        let oldest = try StoreSnapshot.read(directory: directory).segments.map(\.earliestStart).min() ?? 0
        let spans = try sample(store, from: oldest)
        guard let some = spans.first else { return }
        print("searches for the newest 20:                            p50 /     p99 ms   bytes read")
        try measure(store, "everything", spans) { _ in .all }
        try measure(store, "by service", spans) { .compare(.service, .equal, .string($0.resource.serviceName)) }
        try measure(store, "by operation and kind", spans) {
            .and([.compare(.name, .equal, .string($0.name)), .compare(.kind, .equal, .int(Int64($0.kind.rawValue)))])
        }
        try measure(store, "failed", spans) { _ in .compare(.status, .equal, .int(2)) }
        try measure(store, "longer than any of the sample", spans) { _ in
            .compare(.duration, .greater, .int(Int64(clamping: spans.map(\.durationNanoseconds).max() ?? 0)))
        }
        try measure(store, "longer than ever", spans) { _ in .compare(.duration, .greater, .int(86_400_000_000_000)) }
        try measure(store, "by an attribute of one payment", spans) {
            .compare(.attribute(.any, key: "payment.uetr"), .equal, .string(text("payment.uetr", of: $0) ?? "none"))
        }
        try measure(store, "by an attribute value that is nowhere", spans) {
            .compare(.attribute(.any, key: "payment.uetr"), .equal, .string(unknownUETR($0)))
        }
        try measure(store, "by an attribute that is nowhere", spans) {
            .exists(.attribute(.any, key: "no.\($0.spanID)"))
        }
        try measure(store, "failed, of one service", spans) {
            .and([
                .compare(.service, .equal, .string($0.resource.serviceName)), .compare(.status, .equal, .int(2)),
            ])
        }
        try measure(store, "by a number in a range", spans) { _ in
            .compare(.attribute(.any, key: "http.response.status_code"), .greaterOrEqual, .int(500))
        }
        try measure(store, "names by a regular expression", spans) { _ in
            .compare(.name, .matches, .string(".*" + some.name.suffix(4) + ".*"))
        }
        try measure(store, "nothing matches, every row is looked at", spans) { _ in
            .and([
                .compare(.attribute(.any, key: "payment.uetr"), .matches, .string("[^0-9a-f-]+"))
            ])
        }
    }

    /// Spans from times spread over the whole store.
    private static func sample(_ store: Store, from oldest: UInt64) throws -> [Span] {
        let newest = try store.search(SpanQuery(.all, limit: 1)).matches.first?.startNanoseconds ?? 0
        guard newest > oldest else { return [] }
        var spans: [Span] = []
        for number in 1...samples {
            let time = oldest + (newest - oldest) / UInt64(samples) * UInt64(number)
            let query = SpanQuery(.exists(.attribute(.any, key: "payment.uetr")), to: time, limit: 1)
            spans += try store.search(query).matches.map(\.span)
        }
        return spans
    }

    private static func text(_ key: String, of span: Span) -> String? {
        for attribute in span.attributes where attribute.key == key {
            if case .string(let text) = attribute.value { return text }
        }
        return nil
    }

    /// Looks like one, so that nothing but the filters can rule it out.
    private static func unknownUETR(_ span: Span) -> String {
        let digits = Array(span.traceID.description)
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<8))-\(part(8..<12))-4\(part(13..<16))-8\(part(17..<20))-\(part(20..<32))"
    }

    private static func measure(_ store: Store, _ name: String, _ spans: [Span], _ filter: (Span) -> SpanFilter) throws
    {
        var times: [Double] = []
        var bytes = 0
        var partial = 0
        for span in spans {
            let query = SpanQuery(filter(span))
            let started = WallTime.now
            let answer = try store.search(query)
            times.append(WallTime.milliseconds(since: started))
            bytes += answer.figures.bytes
            partial += answer.isPartial ? 1 : 0
        }
        times.sort()
        func shown(_ value: Double) -> String { Figures.pad(String((value * 100).rounded() / 100), 9, right: true) }
        print(
            Figures.pad("  " + name, 48), shown(times[times.count / 2]), "/",
            shown(times[min(times.count - 1, times.count * 99 / 100)]), "  ",
            Figures.pad(String(bytes / times.count), 10, right: true),
            partial == 0 ? "" : "\(partial) of \(times.count) partial")
    }
}
