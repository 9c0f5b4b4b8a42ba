import Storage
import TraceQL

extension TraceEvaluator {
    /// With storage's regular expressions.
    init(_ query: TraceQuery) throws(StoreError) {
        try self.init(query) { pattern throws(StoreError) in
            let pattern = SharedPattern(try TextPattern(pattern))
            return { pattern.matches($0) }
        }
    }
}

/// A pattern learns while it matches; what it has learnt is kept in one place.
private final class SharedPattern {
    private var pattern: TextPattern

    init(_ pattern: TextPattern) { self.pattern = pattern }

    func matches(_ text: String) -> Bool { pattern.matches(text) }
}
