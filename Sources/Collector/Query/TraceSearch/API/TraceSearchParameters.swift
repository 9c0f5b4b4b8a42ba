import TraceQL

/// Reads the parameters of `/api/v1/search` with a query; every refusal names the parameter and says what was expected.
enum TraceSearchParameters {
    private static let maximumSpans = 1000

    /// - Parameter limits: how many traces may be asked for.
    static func request(
        _ parameters: [(name: String, value: String)], limits: ClosedRange<Int>
    ) throws(QueryRefusal) -> TraceSearchRequest {
        var request = TraceSearchRequest()
        for (name, value) in parameters {
            switch name {
            case "q": request.query = try query(value)
            case "from", "to":
                do throws(SearchParameters.Refusal) {
                    let time = try SearchParameters.time(name, value)
                    if name == "from" { request.from = time } else { request.to = time }
                } catch {
                    throw .badRequest(error.message)
                }
            case "limit":
                request.limit = try number(name, value, limits)
            case "stream": continue
            case "spans": request.spansPerSpanSet = try number(name, value, 0...maximumSpans)
            case "cursor":
                guard let cursor = TraceSearchCursor(value) else {
                    throw .badParameter(name, value, expected: "the cursor of an earlier answer to a query")
                }
                request.after = cursor
            case "service", "operation", "kind", "status", "minDuration", "maxDuration", "attribute":
                throw .badRequest("\(name): beside q conditions are given in the query itself.")
            default:
                throw .badRequest(
                    "There is no parameter '\(name.prefix(100))'; those beside q are from, to, limit, spans, cursor, "
                        + "stream.")
            }
        }
        return request
    }

    private static func query(_ text: String) throws(QueryRefusal) -> TraceQuery {
        let query: TraceQuery
        do throws(TraceQLError) { query = try TraceQuery.checked(text) } catch {
            throw QueryRefusal(status: .badRequest, code: "bad_query", message: "q: \(error)")
        }
        if let metrics = query.metrics {
            throw QueryRefusal(
                status: .badRequest, code: "bad_query",
                message:
                    "q: \(metrics.function.name)(…) counts spans over time, and a search finds traces: leave it out.")
        }
        return query
    }

    private static func number(
        _ name: String, _ text: String, _ range: ClosedRange<Int>
    ) throws(QueryRefusal) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw .badParameter(name, text, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
