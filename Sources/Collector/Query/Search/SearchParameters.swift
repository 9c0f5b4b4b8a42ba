import Storage
import Telemetry

/// Reads the parameters of `/api/v1/search`; every refusal names the parameter and says what was expected.
enum SearchParameters {
    struct Refusal: Error {
        var message: String
    }

    private static let names = [
        "service", "operation", "kind", "status", "minDuration", "maxDuration", "attribute", "from", "to", "limit",
        "cursor",
    ]
    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    /// Conditions of one search.
    private static let maximumConditions = 32

    static func query(_ parameters: [(name: String, value: String)]) throws(Refusal) -> SpanQuery {
        var query = SpanQuery(.all)
        var conditions: [SpanFilter] = []
        for (name, value) in parameters {
            switch name {
            case "service": conditions.append(.compare(.service, .equal, .string(value)))
            case "operation": conditions.append(.compare(.name, .equal, .string(value)))
            case "kind":
                conditions.append(.compare(.kind, .equal, .int(try number(of: name, value, SpanWords.kinds))))
            case "status":
                conditions.append(.compare(.status, .equal, .int(try number(of: name, value, SpanWords.statuses))))
            case "minDuration":
                conditions.append(.compare(.duration, .greaterOrEqual, .int(try duration(name, value))))
            case "maxDuration":
                conditions.append(.compare(.duration, .lessOrEqual, .int(try duration(name, value))))
            case "attribute": conditions.append(try attribute(value))
            case "from": query.from = try time(name, value)
            case "to": query.to = try time(name, value)
            case "limit":
                guard let limit = Int(value), 1...SpanQuery.maximumLimit ~= limit else {
                    throw refuse(name, value, "a number from 1 to \(SpanQuery.maximumLimit)")
                }
                query.limit = limit
            case "cursor":
                guard let cursor = SearchCursor(value) else {
                    throw refuse(name, value, "the cursor of an earlier answer")
                }
                query.after = cursor
            default:
                throw Refusal(
                    message: "There is no parameter \(shown(name)); those here are "
                        + names.joined(separator: ", ") + ".")
            }
            guard conditions.count <= Self.maximumConditions else {
                throw Refusal(message: "A search has at most \(Self.maximumConditions) conditions.")
            }
        }
        query.filter = .and(conditions)
        return query
    }

    /// `KEY` for spans that have it, `KEY=VALUE` for those where it has the value, whatever its type.
    private static func attribute(_ text: String) throws(Refusal) -> SpanFilter {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !sides[0].isEmpty else { throw refuse("attribute", text, "KEY or KEY=VALUE") }
        let field = SpanFilter.Field.attribute(.any, key: sides[0])
        guard sides.count == 2 else { return .exists(field) }
        let value = sides[1]
        var choices = [SpanFilter.compare(field, .equal, .string(value))]
        if let number = Int64(value) {
            choices.append(.compare(field, .equal, .int(number)))
        } else if let number = Double(value), number.isFinite {
            choices.append(.compare(field, .equal, .double(number)))
        }
        if let flag = Bool(value) { choices.append(.compare(field, .equal, .bool(flag))) }
        return choices.count == 1 ? choices[0] : .or(choices)
    }

    private static func number(of name: String, _ value: String, _ names: [String]) throws(Refusal) -> Int64 {
        guard let number = names.firstIndex(of: value) else {
            throw refuse(name, value, "one of \(names.joined(separator: ", "))")
        }
        return Int64(number)
    }

    private static func duration(_ name: String, _ text: String) throws(Refusal) -> Int64 {
        let expected = "a duration such as 250ms, 1.5s or 2m"
        // The longest unit that fits: "ms" is no "s".
        guard
            let unit = units.filter({ text.hasSuffix($0.suffix) }).max(by: { $0.suffix.count < $1.suffix.count }),
            let count = Double(text.dropLast(unit.suffix.count)), count >= 0,
            let nanoseconds = Int64(exactly: (count * unit.nanoseconds).rounded())
        else { throw refuse(name, text, expected) }
        return nanoseconds
    }

    static func time(_ name: String, _ text: String) throws(Refusal) -> UInt64 {
        if let time = Timestamp(text) { return time.nanoseconds }
        guard let nanoseconds = UInt64(text) else {
            throw refuse(name, text, "a time such as 2026-11-03T09:14:22Z, or Unix nanoseconds")
        }
        return nanoseconds
    }

    private static func refuse(_ name: String, _ value: String, _ expected: String) -> Refusal {
        Refusal(message: "\(name): expected \(expected), not \(shown(value)).")
    }

    private static func shown(_ text: String) -> String { text.isEmpty ? "nothing" : "'\(text.prefix(100))'" }
}
