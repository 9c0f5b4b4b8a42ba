import Telemetry
import TestSupport
import Testing

/// What is stored of one call, and what should be.
struct TraceOfCall {
    let call: Call
    /// Of this call alone.
    let spans: [StoredSpan]
    let arrivals: [Arrival]
    let seed: Seed

    /// One try more than the route allows: a connection that was closed while it lay idle is not counted as a try.
    private static let maximumAttempts = 4

    init(call: Call, spans: [StoredSpan], arrivals: [Arrival], seed: Seed) {
        self.call = call
        self.spans = spans.filter { $0.call == call.id }
        self.arrivals = arrivals
        self.seed = seed
    }

    private func missing(_ recorder: BankService, _ what: String) -> ChaosVerdict.Missing {
        ChaosVerdict.Missing(
            recorder: recorder, call: call.id, from: call.from, to: call.to, what: what,
            isStrict: call.kind == .strict && !call.isRefusedUnrecorded)
    }

    func missing() -> Set<ChaosVerdict.Missing> {
        var missing: Set<ChaosVerdict.Missing> = []
        let servers = spans.filter { $0.isServer && $0.service == call.callee }
        for arrival in arrivals where !servers.contains(where: { $0.id == arrival.serverSpan }) {
            missing.insert(self.missing(call.callee, "the server span \(arrival.serverSpan)"))
        }
        let isFromCustomer = call.caller == nil
        if isFromCustomer { return missing.union(missingAtTheDoor(servers)) }
        let clients = spans.filter { !$0.isServer && $0.service == call.firstProxy }.sorted {
            $0.attempt ?? 1 < $1.attempt ?? 1
        }
        for server in servers where !clients.contains(where: { $0.id == server.parent }) {
            missing.insert(self.missing(call.firstProxy, "the attempt \(server.parent)"))
        }
        if case .answered(let status, _, _) = call.outcome {
            if clients.isEmpty { missing.insert(self.missing(call.firstProxy, "every attempt")) }
            // An attempt that was answered by the upstream says what it said.
            if status == 200, let last = clients.last, missing.isEmpty {
                #expect(last.status == 200 && servers.contains { $0.id != last.id && $0.status == 200 }, "\(call.id)")
            }
        }
        let numbers = clients.compactMap(\.attempt)
        if numbers != Array(1..<numbers.count + 1) {
            missing.insert(self.missing(call.firstProxy, "an attempt before \(numbers)"))
        }
        #expect(numbers.count <= Self.maximumAttempts, "\(call.id) was tried \(numbers.count) times; \(seed)")
        return missing
    }

    /// A customer has no proxy; the gateway's records the request.
    private func missingAtTheDoor(_ servers: [StoredSpan]) -> Set<ChaosVerdict.Missing> {
        guard case .answered(let status, _, _) = call.outcome else { return [] }
        if servers.isEmpty { return [missing(call.callee, "the server span of the door")] }
        #expect(servers.map(\.status) == [status], "\(call.id): the customer got \(status); \(seed)")
        return []
    }
}
