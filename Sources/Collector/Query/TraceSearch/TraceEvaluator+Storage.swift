import Storage
import Telemetry
import TraceQL

extension TraceEvaluator {
    /// With the regular expressions of storage's filters.
    init(_ query: TraceQuery) throws(StoreError) {
        try self.init(query) { pattern throws(StoreError) in
            let shared: SharedPattern
            do throws(PatternError) { shared = SharedPattern(try TextPattern(pattern)) } catch {
                throw StoreError(.invalidQuery, error.message)
            }
            return { shared.matches($0) }
        }
    }
}

/// A pattern learns while it matches; what it has learnt is kept in one place.
private final class SharedPattern {
    private var pattern: TextPattern

    init(_ pattern: TextPattern) { self.pattern = pattern }

    func matches(_ text: String) -> Bool { pattern.matches(text) }
}
