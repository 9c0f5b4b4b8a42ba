import Foundation
import NIOCore
import NIOHTTP1
import Transport

/// The bank's customers: they pay at a steady rate, whether or not earlier payments have been answered.
struct CustomerLoad {
    let client: HTTPClient
    /// `host:port` of the gateway.
    let gateway: String

    /// Makes `count` payments, `rate` a second, and tells `progress` after each.
    func pay(
        _ mix: PaymentMix, count: Int, rate: Double, progress: @escaping @Sendable (PaymentOutcome) -> Void
    ) async throws -> [PaymentOutcome] {
        var mix = mix
        let payments = (0..<count).map { _ in mix.next() }
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: PaymentOutcome.self) { group in
            for (index, payment) in payments.enumerated() {
                try await Task.sleep(until: start + .seconds(Double(index) / rate), clock: .continuous)
                group.addTask {
                    let outcome = await pay(payment)
                    progress(outcome)
                    return outcome
                }
            }
            var outcomes: [PaymentOutcome] = []
            for try await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    /// Settles payments that were booked, in one run.
    func settle(_ run: String, _ payments: [PaymentOrder.Payment]) async throws -> Int {
        let body = BankReply(.ok, SettlementRun(run: run, payments: payments)).body
        let response = try await client.post(
            "http://\(gateway)/settlements", headers: Self.headers, body: ByteBuffer(bytes: body))
        guard response.status == 200,
            let report = try? JSONDecoder().decode(SettlementReport.self, from: Data(response.body.readableBytesView))
        else { throw DemoError("the settlement run \(run) was answered \(response.status): \(response.text)") }
        return report.settled
    }

    private static let headers: HTTPHeaders = ["content-type": "application/json", "host": BankMember.gateway.host]

    private func pay(_ payment: PaymentOrder.Payment) async -> PaymentOutcome {
        let path = payment.authorisation == nil ? "/transfers" : "/card-payments"
        let body = BankReply(.ok, PaymentOrder(payment: payment)).body
        do {
            let response = try await client.post(
                "http://\(gateway)\(path)", headers: Self.headers, body: ByteBuffer(bytes: body))
            if response.status == 201 { return PaymentOutcome(payment: payment, status: 201) }
            let refusal = try? JSONDecoder().decode(BankReply.Refusal.self, from: Data(response.body.readableBytesView))
            return PaymentOutcome(
                payment: payment, status: response.status, reason: refusal?.reason ?? "answered \(response.status)")
        } catch {
            return PaymentOutcome(payment: payment, status: 0, reason: error.description)
        }
    }
}
