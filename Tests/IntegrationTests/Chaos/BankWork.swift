import NIOCore
import NIOHTTP1

/// One request being served: its peers are asked, one after the other, and its answer names them all.
struct BankWork: Sendable {
    /// `nil` for a question after the service's health.
    let arrival: Arrival?
    let head: HTTPRequestHead
    let body: ByteBuffer
    let instance: BankInstance
    let caller: BankCaller

    func answer() async throws -> (status: Int, body: String) {
        while instance.mood == .hangs { try await Task.sleep(for: .milliseconds(10)) }
        guard let arrival else { return (200, "healthy") }
        let service = instance.service
        let bytes = head.headers.first(name: BankHeader.bodyBytes).flatMap { Int($0) } ?? 0
        let hasKey = head.headers.first(name: BankHeader.idempotencyKey) != nil
        guard head.method.rawValue == arrival.kind.method, hasKey == arrival.kind.hasKey,
            body == BankCaller.body(arrival.payment, bytes: bytes, arrival.kind)
        else { return (500, "\(service.rawValue) got another request than was sent") }
        var parts: [String] = []
        for peer in service.peers {
            let call = await caller.call(
                peer, arrival.kind, payment: arrival.payment,
                traceparent: head.headers.first(name: BankHeader.trace) ?? "", bodyBytes: bytes)
            guard case .answered(200, let text, _) = call.outcome else {
                return (502, "\(service.rawValue) could not ask \(peer.rawValue)")
            }
            parts.append(text)
        }
        return (200, "\(service.rawValue):\(arrival.payment)(\(parts.joined(separator: ",")))")
    }
}
