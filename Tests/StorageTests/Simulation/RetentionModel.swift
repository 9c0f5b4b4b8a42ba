import Storage
import Telemetry

/// How long spans must and may be kept, as the rules say it, written down once more.
struct RetentionModel {
    static let day: UInt64 = 86_400 * 1_000_000_000

    struct Class {
        var name: String
        /// `nil` is for ever.
        var keepDays: UInt64?
        var filter: SpanFilter
        var matches: @Sendable (Span) -> Bool
    }

    /// A hold that was placed, or that may have been.
    struct Placed {
        var subject: Hold.Subject
        /// `nil` while nobody knows whether it was placed.
        var id: String?
        /// It was released, or may have been.
        var mayBeReleased = false
    }

    var classes: [Class] = []
    var defaultKeepDays: UInt64?
    var holds: [Placed] = []

    static let customer = "bank.customer"

    init() {}

    init(random: inout SimulationRandom) {
        defaultKeepDays = random.pick([nil, 1, 2, 3])
        if random.oneIn(2) {
            classes.append(
                Class(
                    name: "payments", keepDays: random.pick([nil, 5, 9]),
                    filter: .exists(.attribute(.any, key: "payment.transaction_id")),
                    matches: { $0.attributes.contains { $0.key == "payment.transaction_id" } }))
        }
        if random.oneIn(3) {
            classes.append(
                Class(
                    name: "settlements", keepDays: random.pick([1, 4]),
                    filter: .compare(.name, .equal, .string("settle")), matches: { $0.name == "settle" }))
        }
    }

    var rules: RetentionRules {
        RetentionRules(
            classes.map { RetentionRule(name: $0.name, keepDays: $0.keepDays.map { Int($0) }, when: $0.filter) },
            defaultKeepDays: defaultKeepDays.map { Int($0) })
    }

    /// How long something is kept, shortest first.
    enum Length: Comparable {
        case days(UInt64)
        case forEver

        init(_ days: UInt64?) { self = days.map { .days($0) } ?? .forEver }
    }

    /// Of the classes that one of the spans is in; empty where none is in any.
    private func lengths(_ spans: some Sequence<Span>) -> [Length] {
        var found = [Bool](repeating: false, count: classes.count)
        for span in spans {
            for (index, one) in classes.enumerated() where one.matches(span) { found[index] = true }
        }
        return classes.indices.filter { found[$0] }.map { Length(classes[$0].keepDays) }
    }

    /// The longest class that these spans put their trace into; `nil` where none does.
    func longest(_ spans: some Sequence<Span>) -> Length? { lengths(spans).max() }

    /// What spans are kept for at least, that came together and whose trace has `others`: without a class of their own
    /// they share that of the others, or are in the default class.
    func least(_ spans: some Sequence<Span>, others: some Sequence<Span>) -> Length {
        longest(spans) ?? min(Length(defaultKeepDays), lengths(others).min() ?? .forEver)
    }

    /// What a piece of a trace that ever had these spans is kept for at most.
    func most(_ spans: some Sequence<Span>) -> Length {
        max(Length(defaultKeepDays), longest(spans) ?? .days(0))
    }

    /// Whether what was received at `nanoseconds` and is kept for so long is over.
    func isOver(_ nanoseconds: UInt64, _ length: Length, now: UInt64) -> Bool {
        guard case .days(let days) = length else { return false }
        return (nanoseconds / RetentionModel.day + 1 + days) * RetentionModel.day <= now
    }

    /// Whether a trace of these spans is held for certain, or perhaps.
    func isHeld(_ spans: some Collection<Span>, perhaps: Bool) -> Bool {
        holds.contains { hold in
            guard perhaps || hold.id != nil && !hold.mayBeReleased else { return false }
            return spans.contains { RetentionModel.covers(hold.subject, $0) }
        }
    }

    private static func covers(_ subject: Hold.Subject, _ span: Span) -> Bool {
        switch subject {
        case .transaction(let value, let kind):
            TransactionRules.standard.keys(of: span).contains { key in
                (kind == nil || kind == key.kind)
                    && TransactionRules.standard.normalise(value, kind: key.kind) == key.value
            }
        case .attribute(let key, let value):
            span.attributes.contains { $0.key == key && $0.value == .string(value) }
        case .time(let from, let to):
            min(span.startNanoseconds, span.endNanoseconds) <= to
                && max(span.startNanoseconds, span.endNanoseconds) >= from
        }
    }
}
