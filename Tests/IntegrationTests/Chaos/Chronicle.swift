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
        case answered(status: Int, body: String)
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
}

/// A time without a proxy: from the signal until its successor was ready.
struct Outage: Sendable {
    var service: BankService
    var isKill: Bool
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
        /// How often each kind of mischief was done.
        var mischief: [String: Int] = [:]
    }

    private let state = Mutex(Contents())
    private let numbers = Mutex(0)

    var contents: Contents { state.withLock { $0 } }

    func add(_ arrival: Arrival) { state.withLock { $0.arrivals.append(arrival) } }
    func add(_ call: Call) { state.withLock { $0.calls.append(call) } }
    func add(_ outage: Outage) { state.withLock { $0.outages.append(outage) } }
    func did(_ mischief: String) { state.withLock { $0.mischief[mischief, default: 0] += 1 } }

    /// The name of a new call: letters between the digits keep it from looking like a card number.
    func nextCall(from caller: String) -> String {
        let number = numbers.withLock { number in
            number += 1
            return number
        }
        return "\(caller)-c\(number)"
    }

    static func now() -> UInt64 { UInt64(Date().timeIntervalSince1970 * 1e9) }
}
