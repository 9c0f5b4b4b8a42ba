/// OpenTelemetry's kinds and status codes in words; the place in the list is the number.
enum SpanWords {
    static let kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"]
    static let statuses = ["unset", "ok", "error"]

    /// A number beyond the list, which a newer version may know, stays one.
    static func word(_ number: Int32, of words: [String]) -> String {
        words.indices.contains(Int(number)) ? words[Int(number)] : String(number)
    }
}
