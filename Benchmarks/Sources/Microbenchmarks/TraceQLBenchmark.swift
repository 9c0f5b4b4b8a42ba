import Telemetry
import TraceQL

/// TraceQL: reading a query, and evaluating it on whole traces that are in memory.
enum TraceQLBenchmark {
    private static let queries: [(name: String, text: String)] = [
        ("every span", "{ }"), ("one attribute", "{ span.payment.scheme = \"SEPA\" }"),
        ("service and status", "{ resource.service.name = \"ledger\" && status = error }"),
        ("descendants", "{ resource.service.name = \"gateway\" } >> { kind = server }"),
        ("groups, counted", "{ kind = server } | by(resource.service.name) | count() > 1"),
        ("arithmetic of durations", "{ duration * 2 > traceDuration } | avg(duration) > 1ms"),
    ]

    static func run(_ corpus: Corpus) throws {
        var spans: [TraceID: [Span]] = [:]
        for batch in corpus.batches {
            for row in 0..<batch.count { spans[batch.traceID[row], default: []].append(batch.span(row)) }
        }
        let traces = spans.values.map { $0.sorted { $0.startNanoseconds < $1.startNanoseconds } }
        var views: [TraceView] = []
        let prepared = CPUTime.best(of: 5, each: corpus.spans) { views = traces.map { TraceView($0) } }
        Table.row("making a trace ready", prepared, "ns a span", budget: nil)
        let rounds = 2000
        let text = queries[4].text
        let parsed = try CPUTime.best(of: 5, each: rounds) {
            for _ in 0..<rounds { _ = try TraceQuery.parse(text) }
        }
        Table.row("reading a query of \(text.utf8.count) bytes", parsed / 1000, "µs", budget: nil)
        for (name, text) in queries {
            let evaluator = TraceEvaluator(try TraceQuery.parse(text)) { _ in { _ in false } }
            var found = 0
            let cost = CPUTime.best(of: 5, each: corpus.spans) {
                found = 0
                for view in views where !evaluator.spanSets(of: view).isEmpty { found += 1 }
            }
            Table.row("\(name) (\(found) of \(views.count))", cost, "ns a span", budget: nil)
        }
    }
}
