import TestSupport
import Testing

/// Holds what the terminals got and what the card host saw against each other and against what the collector knows.
struct CardVerdict {
    let mesh: BankMesh
    let contents: Chronicle.Contents
    let seed: Seed

    func judge(_ figures: inout ChaosFigures) async throws {
        for call in contents.cards {
            figures.card(call)
            let arrivals = contents.cardArrivals[call.reference] ?? 0
            #expect(arrivals <= 1, "\(call.reference) came \(arrivals) times; \(seed)")
            switch call.outcome {
            case .approved: #expect(arrivals == 1, "\(call.reference) was approved and never came; \(seed)")
            case .wrong(let answer): Issue.record("\(call.reference) was answered \(answer); \(seed)")
            case .silent: Issue.record("\(call.reference) never ended; \(seed)")
            case .broken(let reason):
                #expect(hasCause(call), "\(call.reference) broke without a cause: \(reason); \(seed)")
            }
            if arrivals > 0 { try await judgeSpans(of: call) }
        }
    }

    /// A proxy that ended; or that asked its peer to come again, which a terminal's next message may have crossed.
    private func hasCause(_ call: CardCall) -> Bool {
        contents.outages.contains { isOnTheWay($0.service) && $0.touches(call.from, call.to) }
            || contents.rootRotations.contains { $0.touches(call.from, call.to) }
    }

    private func isOnTheWay(_ service: BankService) -> Bool { service == .gateway || service == .ledger }

    /// Both proxies have recorded the authorisation; or were killed, or the gateway had no room, and a gap tells of it.
    private func judgeSpans(of call: CardCall) async throws {
        let journey = try await mesh.collector.journey(call.reference)
        let recorders = Set(
            (journey?.hops ?? []).flatMap { [$0.caller?.service, $0.callee?.service].compactMap { $0 } })
        for service in [BankService.gateway, .ledger] where !recorders.contains(service.rawValue) {
            let last = call.to &+ ChaosVerdict.unspooledNanoseconds
            let isKilled = contents.outages.contains {
                $0.isKill && $0.service == service && $0.from >= call.from && $0.from <= last
            }
            let isFull = service == .gateway && contents.fullSpools.contains { $0.touches(call.from, last) }
            #expect(isKilled || isFull, "the span of \(service) for \(call.reference) is missing; \(seed)")
            guard let completeness = journey?.completeness else { continue }
            let isTold = completeness.gaps.contains { $0.instance == service.exporter }
            #expect(isTold, "no gap of \(service) tells of \(call.reference); \(seed)")
        }
    }
}
