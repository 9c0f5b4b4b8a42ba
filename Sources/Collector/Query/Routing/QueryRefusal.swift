import NIOHTTP1

/// A question that gets no answer: thrown by whoever finds out, worded by the API that was asked.
struct QueryRefusal: Error {
    var status: HTTPResponseStatus
    /// For programs: `bad_parameter`, `no_such_trace`, …
    var code: String
    /// For a person.
    var message: String

    static func badParameter(_ name: String, _ value: String, expected: String) -> QueryRefusal {
        let shown = value.isEmpty ? "nothing" : "'\(value.prefix(100))'"
        return QueryRefusal(
            status: .badRequest, code: "bad_parameter", message: "\(name): expected \(expected), not \(shown).")
    }

    static func badRequest(_ message: String) -> QueryRefusal {
        QueryRefusal(status: .badRequest, code: "bad_parameter", message: message)
    }

    static func notFound(_ code: String, _ message: String) -> QueryRefusal {
        QueryRefusal(status: .notFound, code: code, message: message)
    }
}
