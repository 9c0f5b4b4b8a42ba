import Storage
import Telemetry

/// What a tag of Jaeger's means for a stored span. A tag is an attribute of the span, of its resource or of one of its
/// events, of whatever type, or one of those that stand for what OpenTelemetry has a field for.
enum JaegerTagFilter {
    static func filter(_ key: String, _ value: String) -> SpanFilter {
        let attribute = self.attribute(key, value)
        guard let own = field(key, value) else { return attribute }
        return .or([own, attribute])
    }

    private static func attribute(_ key: String, _ value: String) -> SpanFilter {
        let scopes: [SpanFilter.AttributeScope] = [.span, .resource, .event]
        return .or(
            scopes.flatMap { scope in
                values(value).map { .compare(.attribute(scope, key: key), .equal, $0) }
            })
    }

    /// Tags come as texts, whatever type the attribute has.
    private static func values(_ text: String) -> [FilterValue] {
        var values: [FilterValue] = [.string(text)]
        if let number = Int64(text) {
            values.append(.int(number))
        } else if let number = Double(text), number.isFinite {
            values.append(.double(number))
        }
        if let flag = Bool(text) { values.append(.bool(flag)) }
        return values
    }

    private static func field(_ key: String, _ value: String) -> SpanFilter? {
        switch key {
        case "error":
            guard let flag = Bool(value) else { return nil }
            let isError = SpanFilter.compare(.status, .equal, .int(Int64(SpanStatus.error)))
            return flag ? isError : nil
        case "span.kind":
            guard let kind = SpanWords.kinds.firstIndex(of: value), kind > 0 else { return nil }
            return .compare(.kind, .equal, .int(Int64(kind)))
        case "otel.status_code":
            guard let code = SpanWords.statuses.firstIndex(of: value.lowercased()) else { return nil }
            return .compare(.status, .equal, .int(Int64(code)))
        case "otel.status_description": return .compare(.statusMessage, .equal, .string(value))
        case "otel.scope.name", "otel.library.name": return .compare(.scopeName, .equal, .string(value))
        case "otel.scope.version", "otel.library.version": return .compare(.scopeVersion, .equal, .string(value))
        case "w3c.tracestate": return .compare(.traceState, .equal, .string(value))
        case "service.name": return .compare(.service, .equal, .string(value))
        case "event": return .compare(.eventName, .equal, .string(value))
        default: return nil
        }
    }
}
