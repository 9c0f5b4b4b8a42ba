import Foundation
import Synchronization
import Telemetry

/// A request that really reached a service.
struct Arrival: Sendable {
    var service: BankService
    /// One for each request that a caller made, however often its proxies sent it.
    var call: String
    var payment: String
    var kind: CallKind
    /// The server span of the proxy that brought it.
    var serverSpan: SpanID
    var at: UInt64
}

/// A request that somebody made, and what came of it.
struct Call: Sendable {
    enum Outcome: Sendable, Equatable {
        /// `flag` is the proxy's, for an answer in its own name; of gRPC's statuses in HTTP's terms.
        case answered(status: Int, body: String, flag: String? = nil)
        /// The connection was refused or broke.
        case broken(String)
        /// Nothing came, and the connection stayed.
        case silent
    }

    var id: String
    /// `nil` for a customer.
    var caller: BankService?
    var callee: BankService
    var payment: String
    var trace: String
    var kind: CallKind
    /// Unix nanoseconds.
    var from: UInt64
    var to: UInt64 = 0
    var outcome = Outcome.silent

    /// The service whose proxy took the request from its maker.
    var firstProxy: BankService { caller ?? callee }
    /// The one answer that says everything was done, by those who should.
    var isRight: Bool { outcome == .answered(status: 200, body: callee.answer(payment)) }
    /// Refused because its record could not be kept.
    var isRefusedUnrecorded: Bool { if case .answered(_, _, "RR"?) = outcome { true } else { false } }
}

/// A time without a proxy: from the signal until its successor was ready.
struct Outage: Sendable {
    var service: BankService
    var isKill: Bool
    var from: UInt64
    var to: UInt64

    func touches(_ start: UInt64, _ end: UInt64) -> Bool { from <= end && to >= start }
}

/// One card authorisation that a terminal asked for.
struct CardCall: Sendable {
    enum Outcome: Sendable {
        case approved
        case wrong(String)
        case broken(String)
        case silent
    }

    /// The retrieval reference number: its transaction.
    var reference: String
    var from: UInt64
    var to: UInt64 = 0
    var outcome = Outcome.silent
}

/// A stretch of time in which something was done to the bank.
struct Stretch: Sendable {
    var from: UInt64
    var to: UInt64

    func touches(_ start: UInt64, _ end: UInt64) -> Bool { from <= end && to >= start }
}

/// What really happened, by those it happened to: the proxies' records are held against it.
final class Chronicle: Sendable {
    struct Contents: Sendable {
        var arrivals: [Arrival] = []
        var calls: [Call] = []
        var outages: [Outage] = []
        /// Lives that ended in order and without the collector having everything of them.
        var livesWithLoss: [(service: BankService, life: Stretch)] = []
        var cards: [CardCall] = []
        /// How often each authorisation came to the card host.
        var cardArrivals: [String: Int] = [:]
        var rootRotations: [Stretch] = []
        /// When a proxy had to break connections off.
        var resets: [(service: BankService, stretch: Stretch)] = []
        /// When the gateway could keep no records.
        var fullSpools: [Stretch] = []
        /// What the proxies said on standard error, by service.
        var logs: [BankService: String] = [:]
        /// How often each kind of mischief was done.
        var mischief: [String: Int] = [:]
    }

    private let state = Mutex(Contents())
    private let numbers = Mutex(0)

    var contents: Contents { state.withLock { $0 } }

    func add(_ arrival: Arrival) { state.withLock { $0.arrivals.append(arrival) } }
    func add(_ call: Call) { state.withLock { $0.calls.append(call) } }
    func add(_ outage: Outage) { state.withLock { $0.outages.append(outage) } }
    func endedWithLoss(_ service: BankService, _ life: Stretch) {
        state.withLock { $0.livesWithLoss.append((service, life)) }
    }
    func add(_ card: CardCall) { state.withLock { $0.cards.append(card) } }
    func cardArrived(_ reference: String) { state.withLock { $0.cardArrivals[reference, default: 0] += 1 } }
    func rotatedRoots(_ stretch: Stretch) { state.withLock { $0.rootRotations.append(stretch) } }
    func brokeOff(_ service: BankService, _ stretch: Stretch) {
        state.withLock { $0.resets.append((service, stretch)) }
    }
    func filledSpool(_ stretch: Stretch) { state.withLock { $0.fullSpools.append(stretch) } }
    func said(_ text: String, _ service: BankService) { state.withLock { $0.logs[service, default: ""] += text } }
    func did(_ mischief: String) { state.withLock { $0.mischief[mischief, default: 0] += 1 } }

    /// Of a new call.
    func nextNumber() -> Int {
        numbers.withLock { number in
            number += 1
            return number
        }
    }

    static func now() -> UInt64 { UInt64(Date().timeIntervalSince1970 * 1e9) }
}
