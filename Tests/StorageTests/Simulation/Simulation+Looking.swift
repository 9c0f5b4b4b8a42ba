import Storage
import Telemetry

extension Simulation {
    /// A few questions.
    func look() throws {
        say("look")
        for _ in 0..<3 where !spans.traces.isEmpty { try check(random.pick(spans.traces)) }
        for _ in 0..<2 where !spans.transactions.isEmpty { try checkTransaction(random.pick(spans.transactions)) }
        try checkSearch()
        try checkGaps()
    }

    func check(_ trace: TraceID) throws {
        guard let store else { return }
        count(\.checks)
        guard let answer = try attempt("trace \(trace)", mayFail: mayFail, { try store.trace(trace) }) else { return }
        if lastPass > 0 { try model.expire(trace, answer, retention, now: lastPass, isSettled: false) }
        try model.check(trace, answer)
    }

    private func checkTransaction(_ text: String) throws {
        guard let store, !isExpiryUnknown else { return }
        count(\.checks)
        let kind = random.oneIn(3) ? random.pick(["payment", "uetr", "transaction", "nothing"]) : nil
        let asked = random.oneIn(4) ? text.uppercased() : text
        guard
            let answer = try attempt(
                "transaction \(asked)", mayFail: mayFail,
                {
                    try store.traces(of: asked, kind: kind)
                })
        else { return }
        let expected = model.transactions(asked, kind: kind)
        guard Set(answer) == expected, answer.count == expected.count else {
            throw SimulationFailure(
                "transaction \(asked) of kind \(kind ?? "any") is in \(answer.count) traces: \(answer), not in "
                    + "\(expected.count): \(expected)")
        }
    }

    private func checkGaps() throws {
        guard let store, let gaps = try attempt("gaps", mayFail: mayFail, { try store.gaps() }) else { return }
        count(\.checks)
        try model.check(gaps)
    }

    /// Every question there is.
    func checkAll() throws {
        guard store != nil else { return }
        for trace in model.mentioned { try check(trace) }
        try check(TraceID(high: 1, low: 2))
        for transaction in spans.transactions + ["PAY-none"] { try checkTransaction(transaction) }
        try checkSearch()
        try checkGaps()
    }
}
