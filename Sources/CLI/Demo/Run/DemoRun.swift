import Foundation
import NIOPosix
import Transport

/// One demonstration from the first process to the last line.
struct DemoRun {
    static let settlementSize = 40

    let bank: DemoBank
    let directory: String
    let payments: Int
    let rate: Double
    let seed: UInt64
    let json: Bool
    let stay: Bool

    func run() async throws {
        say("Starting a collector and a bank of \(BankMember.allCases.count) services, each behind its own proxy …")
        let addresses = try await bank.start()
        say("  collector http://\(addresses.collectorHTTP) · gateway http://\(addresses.gateway)")
        if let prometheus = addresses.prometheus { say("  Prometheus http://\(prometheus)") }
        say("  files in \(directory)")

        let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
        defer { client.closeIdle() }
        let load = CustomerLoad(client: client, gateway: addresses.gateway)
        say("Customers pay, \(rate.formatted()) a second (seed \(seed)) …")
        let progress = ProgressLine(total: payments)
        let start = ContinuousClock.now
        let outcomes = try await load.pay(PaymentMix(seed: seed), count: payments, rate: rate, progress: progress.add)
        let seconds = start.duration(to: .now) / .seconds(1)
        try checkBank(outcomes)

        let booked = outcomes.filter(\.isBooked).map(\.payment)
        let settling = Array(
            booked.sorted { ($0.uetr != nil ? 0 : 1, $0.id) < ($1.uetr != nil ? 0 : 1, $1.id) }.prefix(
                Self.settlementSize))
        if !settling.isEmpty {
            say("Settling \(settling.count) of them in a run of its own …")
            let settled = try await load.settle("RUN-\(String(seed & 0xFFFF, radix: 16))", settling)
            guard settled == settling.count else {
                throw DemoError("the settlement run settled \(settled) of \(settling.count) payments")
            }
        }
        say("Waiting for the proxies to hand over what they recorded …")
        try await ProxyQueues(client: client, addresses: addresses).waitUntilEmpty(seconds: 30)

        let whole = try await WholeJourney(client: client, collector: addresses.collectorHTTP).choose(settling)
        let summary = DemoSummary(
            seed: seed, outcomes: outcomes, settled: settling.count, whole: whole, seconds: seconds,
            addresses: addresses, directory: directory)
        try await report(summary)
        if stay { try await watch() }
    }

    /// No answer at all is not a refusal: then something is broken, and a child's log says what.
    private func checkBank(_ outcomes: [PaymentOutcome]) throws {
        if let failure = bank.failure() { throw failure }
        if let silent = outcomes.first(where: { $0.status == 0 || $0.status == 502 }) {
            throw DemoError("payment \(silent.payment.id) got no answer from the bank: \(silent.reason ?? "")")
        }
    }

    private func report(_ summary: DemoSummary) async throws {
        if json {
            StandardOutput.write(summary.json)
            return
        }
        StandardOutput.write("\n" + summary.text)
        for (title, id) in [
            ("One whole journey", summary.wholeJourney), ("One that was refused", summary.failedJourney),
        ] {
            guard let id else { continue }
            StandardOutput.write("\n\(title): waybill journey \(id)\n\n")
            let status = try await ChildProcess.run(
                "waybill journey", program: try Programs.waybill(),
                arguments: ["journey", id, "--collector", summary.collector])
            guard status == 0 else { throw DemoError("waybill journey \(id) ended with status \(status)") }
        }
        StandardOutput.write("\n" + summary.whatToTry(staying: stay))
    }

    /// Until Ctrl-C, or until something that should run does not.
    private func watch() async throws {
        while true {
            try await Task.sleep(for: .milliseconds(500))
            if let failure = bank.failure() { throw failure }
        }
    }

    private func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
