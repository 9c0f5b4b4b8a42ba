import Interop
import Storage
import Telemetry

/// Who calls whom, counted over the stored spans of a window: the newest of them, as far as the bounds reach.
struct ServiceGraph: Sendable {
    private struct Side {
        var service: Int
        var isCaller: Bool
    }

    private struct Key: Hashable {
        var trace: TraceID
        var span: SpanID
    }

    private struct Call {
        var key: Key
        var parent: Key?
        var side: Side
        var isError: Bool
    }

    /// Spans that are looked at; each takes about 100 bytes.
    private static let maximumSpans = 200_000
    private static let maximumNanoseconds: UInt64 = 5_000_000_000

    let store: Store

    /// Links in the order of their names, and why calls may be missing.
    func links(
        from: UInt64, to: UInt64, isCancelled: () -> Bool
    ) throws -> (links: [ServiceLink], gaps: [String]) {
        guard from <= to else { return ([], []) }
        var names: [String] = []
        var numbers: [String: Int] = [:]
        var calls: [Call] = []
        let query = SpanQuery(.all, from: from, to: to, maximumNanoseconds: Self.maximumNanoseconds)
        let answer = try store.forEachSpan(query, .whole, isCancelled: isCancelled) { match, _ throws(StoreError) in
            guard case .whole(let span) = match else { return true }
            let name = span.resource.serviceName
            let number = numbers[name] ?? names.count
            if number == names.count {
                numbers[name] = number
                names.append(name)
            }
            calls.append(
                Call(
                    key: Key(trace: span.traceID, span: span.spanID),
                    parent: span.parentSpanID.isValid ? Key(trace: span.traceID, span: span.parentSpanID) : nil,
                    side: Side(service: number, isCaller: span.kind == .client || span.kind == .producer),
                    isError: span.status.isError))
            return calls.count < Self.maximumSpans
        }
        var gaps = answer.gaps.map(\.description)
        if calls.count == Self.maximumSpans {
            gaps.append("Only the newest \(Self.maximumSpans) spans of the window were counted.")
        }
        return (Self.links(calls, names), gaps)
    }

    private static func links(_ calls: [Call], _ names: [String]) -> [ServiceLink] {
        var sides: [Key: [Side]] = [:]
        sides.reserveCapacity(calls.count)
        for call in calls { sides[call.key, default: []].append(call.side) }
        var links: [SIMD2<Int>: ServiceLink] = [:]
        for call in calls {
            guard let caller = caller(of: call, sides) else { continue }
            let pair = SIMD2(caller, call.side.service)
            var link = links[pair] ?? ServiceLink(parent: names[caller], child: names[call.side.service])
            link.calls += 1
            if call.isError { link.errors += 1 }
            links[pair] = link
        }
        return links.values.sorted { ($0.parent, $0.child) < ($1.parent, $1.child) }
    }

    /// The service that called: of a span that shares its id with the caller's (as B3 has it) that one, else the parent's.
    /// `nil` where the parent is of the same service, or not known.
    private static func caller(of call: Call, _ sides: [Key: [Side]]) -> Int? {
        let service = call.side.service
        if !call.side.isCaller, let twin = sides[call.key]?.first(where: { $0.isCaller && $0.service != service }) {
            return twin.service
        }
        guard let parent = call.parent, let candidates = sides[parent] else { return nil }
        return candidates.contains { $0.service == service } ? nil : candidates.first?.service
    }
}
