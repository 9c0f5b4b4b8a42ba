import Storage
import Telemetry

extension WaybillAPI {
    /// `/api/v1/journeys/{transaction}`: everything that happened to it.
    func journey(_ request: QueryRequest) throws -> HTTPAnswer {
        let transaction = request.path["transaction"] ?? ""
        let kind = request.http.parameter("kind")
        if let kind, !rules.kinds.contains(kind) {
            throw QueryRefusal(
                status: .badRequest, code: "unknown_kind",
                message: "No rule finds transactions of kind \(kind.prefix(100)); the kinds here are "
                    + rules.kinds.joined(separator: ", ") + ".")
        }
        guard transaction.utf8.count <= rules.maximumBytes else {
            throw QueryRefusal(
                status: .badRequest, code: "transaction_too_long",
                message: "A transaction id has at most \(rules.maximumBytes) bytes; this one has "
                    + "\(transaction.utf8.count).")
        }
        let hits = try store.traces(of: transaction, kind: kind)
        guard !hits.isEmpty else {
            throw QueryRefusal.notFound(
                "no_such_transaction", "No stored span carries the transaction \(transaction).")
        }
        var spans: [StoredSpan] = []
        var unreadable: [StoreError] = []
        for id in Set(hits.map(\.traceID)).sorted() {
            let answer = try store.traceAnswer(id)
            spans += answer.spans
            unreadable += answer.unreadable
        }
        // Where all of it is damaged there is nothing to show but that.
        if spans.isEmpty, let reason = unreadable.first { throw reason }
        var keys: [TransactionKey] = []
        for hit in hits where !keys.contains(hit.key) { keys.append(hit.key) }
        let slack = JourneyGap.slackNanoseconds
        let start = spans.map(\.span.startNanoseconds).min().map { $0 - min($0, slack) }
        let end = spans.map(\.span.endNanoseconds).max().map { min($0, .max - slack) + slack }
        let journey = Journey(
            transaction: transaction, kinds: keys, spans: spans, rules: rules,
            gaps: try store.gaps(from: start, to: end).map(JourneyGap.init(record:))
                + unreadable.map(JourneyGap.init(unreadable:)))
        return .json(.ok, JourneyJSON.bytes(journey))
    }
}
