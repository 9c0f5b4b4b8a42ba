import Foundation
import Telemetry
import Transport

/// Chooses the journey to show: of a payment that went all the way, in which a call was repeated, where there is one.
struct WholeJourney {
    let client: HTTPClient
    let collector: String

    /// The first journey with a retry before the payment was booked, else with any retry, else the first; transfers in
    /// a foreign currency come first, for they cross every service.
    func choose(_ settled: [PaymentOrder.Payment]) async throws -> Journey? {
        let foreign = settled.filter { $0.uetr != nil && $0.currency != PaymentsService.bookingCurrency }
        let rest = settled.filter { payment in !foreign.contains { $0.id == payment.id } }
        var best: Journey?
        for payment in foreign + rest {
            let journey = try await read(payment.id)
            if journey.hops.contains(where: { $0.leg == 0 && $0.retriedBy != nil }) { return journey }
            if best == nil || best?.summary.retries == 0 && journey.summary.retries > 0 { best = journey }
        }
        return best
    }

    private func read(_ id: String) async throws -> Journey {
        let response = try await client.get("http://\(collector)/api/v1/journeys/\(id)")
        guard response.status == 200 else {
            throw DemoError("the collector answered \(response.status) about payment \(id): \(response.text)")
        }
        return try JSONDecoder().decode(Journey.self, from: Data(response.body.readableBytesView))
    }
}
