import CSQLite
import Storage
import Telemetry
import Testing

/// The same spans as rows of plain SQL tables, and filters as plain conditions: what a search is compared with.
final class SearchOracle {
    /// The identity of a match, in the order of answers.
    struct Row: Hashable {
        var start: UInt64
        var traceID: String
        var spanID: String
        var content: String
    }

    private var handle: OpaquePointer?

    init(_ spans: [Span]) throws {
        try check(sqlite3_open(":memory:", &handle))
        try run(
            """
            CREATE TABLE span (id INTEGER PRIMARY KEY, trace BLOB, span BLOB, parent BLOB, state BLOB, name BLOB,
              kind INTEGER, start INTEGER, "end" INTEGER, duration INTEGER, status INTEGER, message BLOB, root INTEGER,
              service BLOB, scope_name BLOB, scope_version BLOB, content TEXT);
            CREATE TABLE attribute (id INTEGER, place TEXT, key BLOB, type TEXT, value);
            CREATE TABLE event (id INTEGER, name BLOB);
            CREATE TABLE link (id INTEGER, trace BLOB, span BLOB);
            BEGIN
            """)
        var seen: Set<Span> = []
        for span in spans where seen.insert(span).inserted { try insert(span, id: seen.count) }
        try run("COMMIT; CREATE INDEX attribute_id ON attribute (id, place, key); CREATE INDEX event_id ON event (id);")
        try run("CREATE INDEX link_id ON link (id); CREATE INDEX span_start ON span (start);")
    }

    deinit { sqlite3_close_v2(handle) }

    /// The spans that match, in the order of answers.
    func rows(_ filter: SpanFilter, from: UInt64 = 0, to: UInt64 = UInt64(Int64.max)) throws -> [Row] {
        var parameters: [FilterValue] = []
        let condition = Self.condition(filter, &parameters)
        let sql = """
            SELECT start, lower(hex(trace)), lower(hex(span)), content FROM span s
            WHERE (\(condition)) AND start BETWEEN \(from) AND \(to)
            ORDER BY start DESC, trace, span, content
            """
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil))
        defer { sqlite3_finalize(statement) }
        for (index, value) in parameters.enumerated() { try bind(statement, index + 1, value) }
        var rows: [Row] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                Row(
                    start: UInt64(sqlite3_column_int64(statement, 0)), traceID: text(statement, 1),
                    spanID: text(statement, 2), content: text(statement, 3)))
        }
        return rows
    }

    private static func condition(_ filter: SpanFilter, _ parameters: inout [FilterValue]) -> String {
        switch filter {
        case .all: return "1"
        case .none: return "0"
        case .not(let part): return "NOT (\(condition(part, &parameters)))"
        case .and(let parts):
            return parts.isEmpty ? "1" : parts.map { "(\(condition($0, &parameters)))" }.joined(separator: " AND ")
        case .or(let parts):
            return parts.isEmpty ? "0" : parts.map { "(\(condition($0, &parameters)))" }.joined(separator: " OR ")
        case .exists(let field): return leaf(field, &parameters) { _, _, _ in "1" }
        case .compare(let field, let comparison, let value):
            return leaf(field, &parameters) { column, type, parameters in
                let wanted = name(of: value)
                if type == "any" {
                    return "a.type = '\(wanted)' AND (\(compare(column, comparison, value, &parameters)))"
                }
                return type == wanted ? compare(column, comparison, value, &parameters) : "0"
            }
        }
    }

    private typealias Test = (_ column: String, _ type: String, _ parameters: inout [FilterValue]) -> String

    private static func leaf(_ field: SpanFilter.Field, _ parameters: inout [FilterValue], _ test: Test) -> String {
        func attribute(_ place: String, _ key: String, _ parameters: inout [FilterValue], _ test: Test) -> String {
            parameters.append(.string(key))
            return """
                EXISTS (SELECT 1 FROM attribute a WHERE a.id = s.id AND a.place = '\(place)' AND a.key = ?
                AND (\(test("a.value", "any", &parameters))))
                """
        }
        switch field {
        case .attribute(.any, let key):
            let has = attribute("span", key, &parameters) { _, _, _ in "1" }
            let span = attribute("span", key, &parameters, test)
            let resource = attribute("resource", key, &parameters, test)
            return "CASE WHEN \(has) THEN \(span) ELSE \(resource) END"
        case .attribute(let scope, let key): return attribute(scope.rawValue, key, &parameters, test)
        case .service: return test("service", "string", &parameters)
        case .name: return test("name", "string", &parameters)
        case .kind: return test("kind", "number", &parameters)
        case .status: return test("status", "number", &parameters)
        case .statusMessage: return test("message", "string", &parameters)
        case .duration: return test("duration", "number", &parameters)
        case .start: return test("start", "number", &parameters)
        case .end: return test("\"end\"", "number", &parameters)
        case .traceID: return test("lower(hex(trace))", "string", &parameters)
        case .spanID: return test("lower(hex(span))", "string", &parameters)
        case .parentSpanID: return "parent IS NOT NULL AND (\(test("lower(hex(parent))", "string", &parameters)))"
        case .traceState: return test("state", "string", &parameters)
        case .isRoot: return test("root", "bool", &parameters)
        case .scopeName: return test("scope_name", "string", &parameters)
        case .scopeVersion: return test("scope_version", "string", &parameters)
        case .eventName:
            return "EXISTS (SELECT 1 FROM event e WHERE e.id = s.id AND (\(test("e.name", "string", &parameters))))"
        case .linkTraceID, .linkSpanID:
            let column = field == .linkTraceID ? "lower(hex(l.trace))" : "lower(hex(l.span))"
            return "EXISTS (SELECT 1 FROM link l WHERE l.id = s.id AND (\(test(column, "string", &parameters))))"
        }
    }

    private static func name(of value: FilterValue) -> String {
        switch value {
        case .string: "string"
        case .int, .double: "number"
        case .bool: "bool"
        }
    }

    /// Of an empty blob, `substr` is NULL. Regular expressions in tests are literals parted by `|`, of which the last may end in `.*`.
    private static func compare(
        _ column: String, _ comparison: SpanFilter.Comparison, _ value: FilterValue, _ parameters: inout [FilterValue]
    ) -> String {
        // Ids are text in SQL, strings are blobs: all compare as blobs.
        let column = if case .string = value { "CAST(\(column) AS BLOB)" } else { column }
        switch (comparison, value) {
        case (.matches, .string(let text)), (.notMatches, .string(let text)):
            var tests: [String] = []
            for part in text.split(separator: "|", omittingEmptySubsequences: false) {
                if part.hasSuffix(".*") {
                    let prefix = String(part.dropLast(2))
                    parameters.append(.string(prefix))
                    tests.append("coalesce(substr(\(column), 1, \(prefix.utf8.count)), x'') = ?")
                } else {
                    parameters.append(.string(String(part)))
                    tests.append("\(column) = ?")
                }
            }
            let isMatch = "(\(tests.joined(separator: " OR ")))"
            return comparison == .matches ? isMatch : "NOT \(isMatch)"
        case (.hasPrefix, .string(let prefix)):
            parameters.append(value)
            return "coalesce(substr(\(column), 1, \(prefix.utf8.count)), x'') = ?"
        default:
            parameters.append(value)
            return "\(column) \(comparison.rawValue) ?"
        }
    }

    private func insert(_ span: Span, id: Int) throws {
        let parent = span.parentSpanID.isValid ? "x'\(span.parentSpanID)'" : "NULL"
        let service = span.resource.serviceName
        try run(
            """
            INSERT INTO span VALUES (\(id), x'\(span.traceID)', x'\(span.spanID)', \(parent), \(blob(span.traceState)),
            \(blob(span.name)), \(span.kind.rawValue), \(span.startNanoseconds), \(span.endNanoseconds),
            \(span.durationNanoseconds), \(span.status.code), \(blob(span.status.message)),
            \(span.parentSpanID.isValid ? 0 : 1), \(blob(service)), \(blob(span.scope.name)),
            \(blob(span.scope.version)), '\(Self.content(of: span))')
            """)
        try insert(span.attributes, "span", id)
        try insert(span.resource.attributes, "resource", id)
        try insert(span.scope.attributes, "scope", id)
        for event in span.events {
            try run("INSERT INTO event VALUES (\(id), \(blob(event.name)))")
            try insert(event.attributes, "event", id)
        }
        for link in span.links {
            try run("INSERT INTO link VALUES (\(id), x'\(link.traceID)', x'\(link.spanID)')")
            try insert(link.attributes, "link", id)
        }
    }

    /// Of an array there is one row for itself, so that it exists, and one for each element.
    private func insert(_ attributes: [Attribute], _ place: String, _ id: Int) throws {
        for attribute in attributes {
            var values = [attribute.value]
            if case .array(let elements) = attribute.value { values += elements }
            for value in values {
                let (type, literal) =
                    switch value {
                    case .string(let text): ("string", blob(text))
                    case .bool(let flag): ("bool", flag ? "1" : "0")
                    case .int(let number): ("number", String(number))
                    case .double(let number):
                        ("number", number.isInfinite ? (number < 0 ? "-9e999" : "9e999") : "\(number)")
                    case .empty, .bytes, .array, .map: ("other", "NULL")
                    }
                try run(
                    "INSERT INTO attribute VALUES (\(id), '\(place)', \(blob(attribute.key)), '\(type)', \(literal))")
            }
        }
    }

    /// SHA-256 of the span's canonical form, in hexadecimal.
    static func content(of span: Span) -> String {
        let sum = ContentSum(of: SpanBatch([span]))
        return [sum.word0, sum.word1, sum.word2, sum.word3].map { Hex.string($0.byteSwapped) }.joined()
    }

    private func blob(_ text: String) -> String { "x'\(Hex.string(Array(text.utf8)))'" }

    private func bind(_ statement: OpaquePointer?, _ index: Int, _ value: FilterValue) throws {
        let place = Int32(index)
        switch value {
        case .int(let number): try check(sqlite3_bind_int64(statement, place, number))
        case .double(let number): try check(sqlite3_bind_double(statement, place, number))
        case .bool(let flag): try check(sqlite3_bind_int(statement, place, flag ? 1 : 0))
        case .string(let text):
            let bytes = Array(text.utf8)
            // SQLITE_TRANSIENT: SQLite copies. A pointer that is nil would bind NULL.
            let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            try (bytes + [0]).withUnsafeBytes {
                try check(sqlite3_bind_blob(statement, place, $0.baseAddress, Int32(bytes.count), transient))
            }
        }
    }

    private func text(_ statement: OpaquePointer?, _ column: Int32) -> String {
        sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
    }

    private func run(_ sql: String) throws { try check(sqlite3_exec(handle, sql, nil, nil, nil)) }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else {
            throw StoreError(.failed, "SQLite: \(String(cString: sqlite3_errmsg(handle)))")
        }
    }
}
