import TestSupport
import Testing

/// How much happened: a run in which nothing went wrong shows nothing.
struct ChaosFigures: CustomStringConvertible {
    private let contents: Chronicle.Contents
    private var outcomes: [String: Int] = [:]
    private var spans = 0
    private var faults = 0
    private var retries = 0
    private var repeated = 0
    private var lost = 0
    private var approved = 0
    private var notApproved = 0
    /// How long the oldest lost span had been over when its proxy was killed.
    private var oldestLostNanoseconds: UInt64 = 0

    init(_ contents: Chronicle.Contents) {
        self.contents = contents
        for call in contents.calls where call.caller == nil {
            switch call.outcome {
            case .answered(let status, _, _): outcomes[String(status), default: 0] += 1
            case .broken: outcomes["broken", default: 0] += 1
            case .silent: outcomes["silent", default: 0] += 1
            }
        }
        for arrivals in Dictionary(grouping: contents.arrivals, by: \.call).values where arrivals.count > 1 {
            repeated += 1
        }
    }

    mutating func add(_ spans: [StoredSpan]) {
        self.spans += spans.count
        faults += spans.count { $0.fault != nil }
        retries += spans.count { ($0.attempt ?? 1) > 1 }
    }

    mutating func card(_ call: CardCall) {
        if case .approved = call.outcome { approved += 1 } else { notApproved += 1 }
    }

    mutating func lost(_ span: ChaosVerdict.Missing) {
        lost += 1
        let kills = contents.outages.filter { $0.isKill && $0.service == span.recorder && $0.from >= span.from }
        guard let kill = kills.map(\.from).min(), kill > span.to else { return }
        oldestLostNanoseconds = max(oldestLostNanoseconds, kill - span.to)
    }

    var description: String {
        let answers = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
        let mischief = contents.mischief.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return "payments \(answers); \(contents.calls.count) calls, \(contents.arrivals.count) arrivals, "
            + "\(repeated) calls repeated; \(spans) spans, \(retries) of further attempts, \(faults) of faults, "
            + "\(refused) requests refused as unrecorded, \(approved) cards approved, \(notApproved) broken; "
            + "\(lost) lost with their proxy or for want of room, the oldest \(oldestLostNanoseconds / 1_000_000) ms after its end; "
            + "\(mischief.joined(separator: ", "))"
    }

    private var refused: Int { contents.calls.count { $0.isRefusedUnrecorded } }

    func expectAllWasTried(_ seed: Seed) {
        #expect(refused > 0 && approved > 20, "\(self); \(seed)")
        #expect(outcomes["200", default: 0] > 100, "\(self); \(seed)")
        #expect(outcomes.count > 2, "\(self); \(seed)")
        #expect(contents.outages.contains { $0.isKill }, "\(self); \(seed)")
        #expect(contents.mischief.count == Mischief.kinds, "\(self); \(seed)")
        #expect(faults > 0 && retries > 0 && repeated > 0, "\(self); \(seed)")
    }
}
