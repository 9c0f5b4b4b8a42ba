import Telemetry

/// An answer of `/api/v1/search?q=…`, as far as it is shown.
package struct SearchPage: Decodable, Sendable {
    package struct Trace: Decodable, Sendable {
        package var traceID: String
        package var rootService: String
        package var rootOperation: String
        package var start: Timestamp
        package var durationNanoseconds: UInt64
        package var spans: Int
        package var errors: Int
        package var matched: Int
    }

    package var traces: [Trace]
    package var partial: Bool
    package var gaps: [String]
    package var cursor: String?
}
