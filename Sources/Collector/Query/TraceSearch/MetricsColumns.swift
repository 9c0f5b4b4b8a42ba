import Storage
import Telemetry
import TraceQL

/// A metrics query that columns answer: storage's filter decides alone which spans are counted, and what they are grouped
/// by and counted for are fields that columns hold.
package struct MetricsColumns {
    let filter: SpanFilter
    let projection: SpanProjection
    private let groups: [Field]

    /// `nil` for a query that takes whole spans.
    package init?(_ query: TraceQuery) {
        guard let stage = query.metrics, let condition = query.rowCondition,
            let filter = FilterPushdown.exactFilter(condition)
        else { return nil }
        var keys: [SpanFilter.Field] = []
        for group in stage.groups {
            guard let stored = FilterPushdown.stored(group) else { return nil }
            keys.append(stored)
        }
        var number: SpanFilter.Field?
        if let field = stage.function.field {
            guard let stored = FilterPushdown.stored(field) else { return nil }
            number = stored
        }
        guard let projection = SpanProjection(keys: keys, number: number) else { return nil }
        self.filter = filter
        self.projection = projection
        groups = stage.groups
    }

    /// What the query says of a group's values.
    func values(_ stored: [AttributeValue?]) -> [Value] {
        zip(groups, stored).map { field, stored in
            switch (field, stored) {
            case (_, nil): .none
            case (.intrinsic(.kind), .int(let code)): .kind(Int32(truncatingIfNeeded: code))
            case (.intrinsic(.status), .int(let code)): .status(Int32(truncatingIfNeeded: code))
            case (_, let value?): Value(value)
            }
        }
    }
}
