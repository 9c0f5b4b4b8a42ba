import Foundation
import Transport

/// Watches what the proxies have recorded and the collector has not acknowledged yet.
struct ProxyQueues {
    let client: HTTPClient
    let addresses: DemoBank.Addresses

    /// Waits until every proxy's queue has been empty twice in a row: spans wait a moment in a batch before they are
    /// counted as queued.
    func waitUntilEmpty(seconds: Double) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var emptyInARow = 0
        while emptyInARow < 2 {
            try await Task.sleep(for: .milliseconds(300))
            let waiting = try await queuedSpans()
            emptyInARow = waiting == 0 ? emptyInARow + 1 : 0
            guard ContinuousClock.now < deadline else {
                throw DemoError("\(waiting) spans were not acknowledged by the collector within \(Int(seconds)) s")
            }
        }
    }

    private func queuedSpans() async throws -> Int {
        var total = 0
        for (member, address) in addresses.admin {
            let metrics = try await client.get("http://\(address)/metrics").text
            guard
                let line = metrics.split(separator: "\n").first(where: { $0.hasPrefix("waybill_exporter_queued_spans") }
                ),
                let value = line.split(separator: " ").last.flatMap({ Double($0) })
            else { throw DemoError("the proxy of \(member.rawValue) does not say how many spans it holds") }
            total += Int(value)
        }
        return total
    }
}
