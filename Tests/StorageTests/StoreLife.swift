import Files
import Foundation
import Storage
import Telemetry
import Testing

/// Seeded telemetry with all that the life of sealed data must cope with: traces over several seals and days, spans sent
/// twice, conflicts, transactions, three classes.
struct StoreLife {
    static let traces: UInt64 = 40
    static let rules = RetentionRules(
        [
            RetentionRule(name: "payments", keepDays: 2557, when: .exists(.attribute(.any, key: "amount"))),
            RetentionRule(name: "health", keepDays: 3, when: .compare(.name, .equal, .string("GET /healthz"))),
        ], defaultKeepDays: 30)

    static func configuration(
        _ rules: RetentionRules = rules, maximumBytes: Int? = nil, ledger: (any Ledger)? = nil
    ) -> Store.Configuration {
        Store.Configuration(
            sealAfterSeconds: 100_000, retention: rules, maximumBytes: maximumBytes, backgroundUpkeep: false,
            ledger: ledger)
    }

    private var generator: SeededGenerator
    private var sent: [Span] = []
    private var received = StoreSamples.received

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    /// Goes on to the next day.
    mutating func nextDay() { received = (received / StoreSamples.day + 1) * StoreSamples.day }

    var now: UInt64 { received }

    mutating func submission() -> Submission {
        received += 1_000_000
        var spans: [Span] = []
        for _ in 0...below(12) {
            if !sent.isEmpty, below(6) == 0 {
                var again = sent[below(sent.count)]
                // Some come again with other content: evidence.
                if below(3) == 0 { again.name += "'" }
                spans.append(again)
            } else {
                spans.append(span())
            }
        }
        sent += spans
        return Submission(spans: SpanBatch(spans), provenance: StoreSamples.provenance(at: received))
    }

    private mutating func span() -> Span {
        let number = UInt64(below(Int(StoreLife.traces)))
        let trace = StoreSamples.trace(number)
        let id = UInt64.random(in: 1...1 << 40, using: &generator)
        var span =
            switch below(4) {
            case 0: StoreSamples.everyField(trace: trace, span: id)
            case 1 where number % 3 == 0: StoreSamples.payment(trace: trace, span: id, transaction: "TX-\(number)")
            default:
                Span(
                    traceID: trace, spanID: SpanID(id), name: "step", startNanoseconds: 0, endNanoseconds: 0,
                    attributes: [
                        Attribute("n", .int(Int64(below(100)))), Attribute("payment.id", .string("P\(number)")),
                    ],
                    resource: Resource(attributes: [Attribute("service.name", .string("svc-\(number % 4)"))]))
            }
        if number % 5 == 1 { span.name = "GET /healthz" }
        span.startNanoseconds = received - UInt64(below(1_000_000))
        span.endNanoseconds = span.startNanoseconds + UInt64(below(5_000))
        return span
    }

    /// Some batches and seals over some days.
    mutating func fill(_ store: Store, days: Int, sealsADay: Int) throws {
        for _ in 0..<days {
            for _ in 0..<sealsADay {
                for _ in 0...below(3) { try store.appendAndWait(submission()) }
                try store.seal()
            }
            nextDay()
        }
    }
}

/// Everything that a store of `StoreLife` answers.
struct StoreAnswers: Equatable {
    var traces: [TraceID: [StoredSpan]] = [:]
    var transactions: [String: Set<TransactionHit>] = [:]

    init(_ store: Store) throws {
        for number in 0..<StoreLife.traces {
            traces[StoreSamples.trace(number)] = try store.trace(StoreSamples.trace(number)).sorted { left, right in
                (left.span.startNanoseconds, left.span.spanID.rawValue, left.span.name)
                    < (right.span.startNanoseconds, right.span.spanID.rawValue, right.span.name)
            }
            for id in ["TX-\(number)", "P\(number)"] { transactions[id] = Set(try store.traces(of: id)) }
        }
    }

    var spanCount: Int { traces.values.reduce(0) { $0 + $1.count } }

    /// What differs, for a message.
    func difference(_ other: StoreAnswers) -> String {
        for (trace, spans) in traces where other.traces[trace] != spans {
            return "trace \(trace): \(spans.count) spans before, \(other.traces[trace]?.count ?? 0) after"
        }
        for (id, hits) in transactions where other.transactions[id] != hits {
            return "transaction \(id): \(hits.count) before, \(other.transactions[id]?.count ?? 0) after"
        }
        return "nothing"
    }
}

extension StoreSnapshot {
    /// Of all segments.
    var contentSum: ContentSum {
        segments.reduce(into: ContentSum()) { sum, entry in sum += entry.contentSum ?? ContentSum() }
    }

    func removedSum(_ reason: RemovalRecord.Reason) -> ContentSum {
        removals.reduce(into: ContentSum()) { sum, record in if record.reason == reason { sum += record.contentSum } }
    }

    /// Expects that the files on the disk are exactly those that are committed, each with its bytes.
    func expectFiles(_ files: any FileSystem, _ directory: String, _ comment: Comment) throws {
        var expected: [String: Int] = [:]
        for entry in segments { expected[entry.path] = Int(entry.fileBytes) }
        for run in runs { expected[run.path] = Int(run.fileBytes) }
        var found: [String: Int] = [:]
        func walk(_ path: String) throws {
            for name in try files.list(directory + "/" + path) {
                if name.hasSuffix(".seg") || name.hasSuffix(".idx") {
                    found[path + "/" + name] = try files.size(of: directory + "/" + path + "/" + name)
                } else {
                    try walk(path + "/" + name)
                }
            }
        }
        try walk("segments")
        try walk("index")
        #expect(found == expected, comment)
    }
}
