/// Which spans are meant: what searches, retention rules and holds are written in.
///
/// A filter looks at one span with its resource and scope, never at other spans of the trace.
///
/// **Comparisons are typed**, as TraceQL's are. Integers and doubles compare as numbers, exactly (no rounding of either);
/// strings with strings, byte by byte; booleans with booleans. Where the types differ, a comparison is false, `notEqual`
/// and `notMatches` included. A NaN is unequal to everything.
///
/// **What is not there compares as false**: of an attribute that a span does not have, every comparison is false, also
/// `notEqual`; ask `exists`, or negate with `not`, which negates the outcome of what is in it.
///
/// **Of several values any may match**: keys that a list has twice, the elements of an array (not those of arrays inside
/// it), the attributes of a span's events, of its links. Each comparison looks on its own: two comparisons of event
/// attributes may match two different events.
public indirect enum SpanFilter: Sendable, Hashable {
    /// Every span.
    case all
    /// No span.
    case none
    /// Spans that every part matches; with no parts, every span.
    case and([SpanFilter])
    /// Spans that any part matches; with no parts, no span.
    case or([SpanFilter])
    case not(SpanFilter)
    case compare(Field, Comparison, FilterValue)
    /// Spans that have the field at all, with a value of any type.
    case exists(Field)
}

/// What a field is compared with.
public enum FilterValue: Sendable, Hashable {
    case string(String)
    /// Times and durations are in nanoseconds; kinds and status codes are OpenTelemetry's numbers.
    case int(Int64)
    case double(Double)
    case bool(Bool)
}

extension SpanFilter {
    /// How a field's value and the given one are compared: `field comparison value`.
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        /// The whole string matches the regular expression (RE2's syntax, see `TextPattern`).
        case matches = "=~"
        case notMatches = "!~"
        /// The string starts with the given one.
        case hasPrefix = "^="
    }

    /// Where an attribute is looked for.
    public enum AttributeScope: String, Sendable, Hashable, CaseIterable {
        /// The span's attributes; where it has none of the key, its resource's.
        case any
        case span
        case resource
        /// The instrumentation scope's.
        case scope
        /// Those of the span's events.
        case event
        /// Those of the span's links.
        case link
    }
}
