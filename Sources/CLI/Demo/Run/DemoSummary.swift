import Foundation
import Telemetry

/// What a run did, for people and for scripts.
struct DemoSummary: Codable {
    struct Proxy: Codable {
        var service: String
        var admin: String
    }

    var seed: UInt64
    var payments: Int
    var booked: Int
    /// By reason.
    var refused: [String: Int]
    var settled: Int
    var seconds: Double
    /// A payment that went all the way, settlement included; one that was refused.
    var wholeJourney: String?
    var failedJourney: String?
    /// The first trace of `wholeJourney`.
    var wholeJourneyTrace: String?
    var collector: String
    var gateway: String
    var prometheus: String?
    var proxies: [Proxy]
    var directory: String

    init(
        seed: UInt64, outcomes: [PaymentOutcome], settled: Int, whole: Journey?, seconds: Double,
        addresses: DemoBank.Addresses, directory: String
    ) {
        self.seed = seed
        payments = outcomes.count
        booked = outcomes.count(where: \.isBooked)
        refused = [:]
        for reason in outcomes.compactMap(\.reason) { refused[reason, default: 0] += 1 }
        self.settled = settled
        self.seconds = (seconds * 1000).rounded() / 1000
        wholeJourney = whole?.transaction
        wholeJourneyTrace = whole?.traces.first?.traceID
        let failed = outcomes.filter { !$0.isBooked }
        failedJourney = (failed.first { $0.reason?.contains("sanctions") == true } ?? failed.first)?.payment.id
        collector = "http://\(addresses.collectorHTTP)"
        gateway = "http://\(addresses.gateway)"
        prometheus = addresses.prometheus.map { "http://\($0)" }
        proxies = addresses.admin.map { Proxy(service: $0.member.rawValue, admin: "http://\($0.address)") }
        self.directory = directory
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
    }

    /// What people read after the load.
    var text: String {
        var lines = [
            "\(payments) payments in \(seconds) s: \(booked) booked, \(settled) of them settled in a later run"
        ]
        for (reason, count) in refused.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append("  \(count) refused: \(reason)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    func whatToTry(staying: Bool) -> String {
        guard staying else {
            return "The bank is closed now. To look around in it: make demo DEMO=--stay\n"
        }
        var lines = ["The bank stays open until Ctrl-C. From another terminal:", ""]
        if let wholeJourney { lines.append("  waybill journey \(wholeJourney) --collector \(collector)") }
        if let wholeJourneyTrace { lines.append("  waybill trace \(wholeJourneyTrace) --collector \(collector)") }
        if let failedJourney { lines.append("  curl -s \(collector)/api/v1/journeys/\(failedJourney)") }
        lines.append("  curl -s \(collector)/metrics")
        if let proxy = proxies.first(where: { $0.service == BankMember.ledger.rawValue }) {
            lines.append("  curl -s \(proxy.admin)/metrics   # the ledger's proxy")
        }
        if let prometheus { lines.append("  \(prometheus)   # Prometheus, scraping all of them") }
        return lines.joined(separator: "\n") + "\n"
    }
}
