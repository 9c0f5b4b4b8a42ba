import NIOPosix
import TestSupport
import Transport

/// A collector that is away for longer than the gateway's spool lasts.
extension BankMesh {
    /// What an endless stream of long paths does, each of which has to be recorded.
    func fillSpool(_ dice: Dice) async throws {
        var dice = dice
        try await holdingCollector {
            let from = Chronicle.now()
            try await replaceCollector {
                try await pour(&dice)
                for kind in [CallKind.write, .strict, .rpc, .strict, .read] { _ = try await pay(kind, &dice) }
            }
            let gateway = try proxy(of: .gateway)
            try await Patience.until("the gateway can keep its records again") {
                let connected = await gateway.metric("waybill_exporter_connected_collectors")
                let spooled = await gateway.metric("waybill_exporter_spool_bytes")
                return connected == 1 && spooled == 0
            }
            chronicle.filledSpool(Stretch(from: from, to: Chronicle.now()))
        }
    }

    /// Until a payment that must be recorded is refused.
    private func pour(_ dice: inout Dice) async throws {
        let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
        let gateway = try proxy(of: .gateway)
        let inbound = gateway.inbound
        let dropped = "waybill_exporter_dropped_spans_total"
        let before = await gateway.metric(dropped) ?? 0
        var isNearlyFull = false
        defer { client.closeIdle() }
        for _ in 0..<200 {
            let paths = (0..<8).map { _ in
                String((0..<400).map { _ in String(dice.next(), radix: 36) }.joined(separator: "-").prefix(5_000))
            }
            await withTaskGroup(of: Void.self) { group in
                // A gateway that is just being killed answers none; what is lost with it is not looked for.
                for path in paths { group.addTask { _ = try? await client.get("http://\(inbound)/ballast/\(path)") } }
            }
            if isNearlyFull {
                // What is left is filled in small batches.
                try await Task.sleep(for: .milliseconds(60))
                if try await pay(.strict, &dice).isRefusedUnrecorded { return }
            } else {
                isNearlyFull = await gateway.metric(dropped) ?? 0 > before
            }
        }
    }

    private func pay(_ kind: CallKind, _ dice: inout Dice) async throws -> Call {
        let customers = try BankCustomers(self, seed: dice.next())
        defer { customers.close() }
        return await customers.pay(kind)
    }
}
