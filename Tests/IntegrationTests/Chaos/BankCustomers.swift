import Synchronization
import Telemetry
import TestSupport

/// Sends payments through the front door, several at a time, until told to stop.
final class BankCustomers: Sendable {
    private let caller: BankCaller
    private let seed: UInt64
    private let state = Mutex((isStopped: false, sent: 0))

    init(_ mesh: BankMesh, seed: UInt64) throws {
        self.seed = seed
        caller = BankCaller(
            nil, through: try mesh.proxy(of: .gateway).inbound, timeoutMilliseconds: BankMesh.timeoutMilliseconds * 4,
            chronicle: mesh.chronicle)
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }
    func stop() { state.withLock { $0.isStopped = true } }

    /// - Parameters:
    ///   - count: at most so many payments, all customers together.
    ///   - pauseMilliseconds: between the payments of one customer, at most.
    func pay(customers: Int, count: Int, pauseMilliseconds: Int) async throws -> [Call] {
        defer { caller.close() }
        return try await withThrowingTaskGroup(of: [Call].self) { group in
            for number in 0..<customers {
                var dice = Dice(seed &+ UInt64(number) &* 0x9E37_79B9)
                group.addTask {
                    var calls: [Call] = []
                    while self.goesOn(count) {
                        calls.append(await self.pay(&dice))
                        try await Task.sleep(for: .milliseconds(dice.below(pauseMilliseconds + 1)))
                    }
                    return calls
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func goesOn(_ count: Int) -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.sent < count else { return false }
            state.sent += 1
            return true
        }
    }

    /// One payment of this kind.
    func pay(_ kind: CallKind) async -> Call {
        var dice = Dice(seed)
        return await pay(&dice, kind)
    }

    func close() { caller.close() }

    private func pay(_ dice: inout Dice, _ kind: CallKind? = nil) async -> Call {
        let trace = TraceID(high: dice.next() | 1, low: dice.next())
        let traceparent = "00-\(trace)-\(SpanID(dice.next() | 1))-01"
        // Some bodies are larger than what fits into a frame of HTTP/2 or of TLS.
        let bytes = dice.one(in: 4) ? dice.below(60_000) : dice.below(300)
        return await caller.call(
            .gateway, kind ?? dice.pick(CallKind.allCases), payment: "pay-\(trace.description.prefix(12))-x",
            traceparent: traceparent, bodyBytes: bytes)
    }
}
