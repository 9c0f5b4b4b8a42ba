import Foundation
import TestSupport
import Testing

/// Five services behind their proxies, and everything goes wrong at once: every request ends with a correct answer or a
/// correct error, none is repeated that must not be, and the collector knows what happened to each.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ChaosTests {
    private static let seconds: Double = Seed.isSoak ? 180 : 14
    private static let payments = Seed.isSoak ? 40_000 : 4_000

    @Test func everyRequestEndsAndIsAccountedFor() async throws {
        let seed = Seed.next()
        print("chaos: \(seed)")
        let directory = try TemporaryDirectory()
        let mesh = try await BankMesh(directory)
        try await paysQuietly(mesh, seed.value, "before", seed)

        let customers = try BankCustomers(mesh, seed: seed.value)
        let end = ContinuousClock.now + .milliseconds(Int(Self.seconds * 1000))
        let mischief = Mischief(mesh: mesh) { ContinuousClock.now > end }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await customers.pay(customers: 6, count: Self.payments, pauseMilliseconds: 60)
            }
            group.addTask { try await terminals(mesh, Dice(seed.value ^ 5), customers) }
            group.addTask {
                defer { customers.stop() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await mischief.ofProxies(Dice(seed.value ^ 1)) }
                    group.addTask { try await mischief.ofServices(Dice(seed.value ^ 2)) }
                    try await group.waitForAll()
                }
            }
            try await group.waitForAll()
        }
        // Connections that died are made again, ejected endpoints come back.
        var tries = Dice(seed.value ^ 3)
        try await Patience.until("the bank works again; \(seed)") {
            let calls = try await BankCustomers(mesh, seed: tries.next()).pay(
                customers: 1, count: 5, pauseMilliseconds: 0)
            return calls.allSatisfy(\.isRight)
        }
        try await paysQuietly(mesh, seed.value ^ 4, "after", seed)

        try await mesh.settle()
        try await mesh.stop()
        try await ChaosVerdict(mesh, seed).judge()
        try await mesh.stopRest()
    }

    /// Card authorisations for as long as there are customers.
    private func terminals(_ mesh: BankMesh, _ dice: Dice, _ customers: BankCustomers) async throws {
        var dice = dice
        let seeds = (1...2).map { ($0, dice.next()) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, seed) in seeds {
                let terminal = CardTerminal(number: number, port: mesh.cards.terminals, chronicle: mesh.chronicle)
                group.addTask { try await terminal.run(Dice(seed)) { customers.isStopped } }
            }
            try await group.waitForAll()
        }
    }

    /// While nothing is wrong, nothing goes wrong.
    private func paysQuietly(_ mesh: BankMesh, _ dice: UInt64, _ when: String, _ seed: Seed) async throws {
        for call in try await BankCustomers(mesh, seed: dice).pay(customers: 4, count: 40, pauseMilliseconds: 2) {
            #expect(call.isRight, "\(call.outcome) of \(call.id), \(when); \(seed)")
        }
    }
}
