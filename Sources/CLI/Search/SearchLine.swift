import Foundation
import Telemetry

/// A line of `/api/v1/search?q=…&stream=true`, as far as it is shown.
package enum SearchLine: Decodable, Sendable {
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

    /// The last line.
    package struct End: Decodable, Sendable {
        package struct Failure: Decodable, Sendable {
            package var message: String
        }

        package var partial: Bool
        package var gaps: [String]
        package var cursor: String?
        /// What went wrong after the first line.
        package var error: Failure?
    }

    case trace(Trace)
    case end(End)

    private enum Key: CodingKey { case end }

    package init(from decoder: any Decoder) throws {
        let line = try decoder.container(keyedBy: Key.self)
        if let end = try line.decodeIfPresent(End.self, forKey: .end) {
            self = .end(end)
        } else {
            self = .trace(try Trace(from: decoder))
        }
    }

    package init(_ line: some Collection<UInt8>) throws {
        self = try JSONDecoder().decode(SearchLine.self, from: Data(line))
    }
}
