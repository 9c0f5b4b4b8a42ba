import Telemetry

/// What a search found.
public struct SearchAnswer: Sendable, Hashable {
    /// Why spans may be missing from an answer.
    public enum Gap: Sendable, Hashable {
        /// As many bytes were read as may be.
        case bytes(Int)
        /// It took as long as it may.
        case time(nanoseconds: UInt64)
        case cancelled
        /// A segment, or part of it, cannot be read.
        case unreadable(segment: UInt64, reason: String)
    }

    /// Newest start first, then by trace id, span id and content; equal spans once.
    public var matches: [SpanMatch] = []
    /// Why there may be more, or newer ones, than `matches` has; empty when there are none.
    public var gaps: [Gap] = []
    /// Where a search that was cut short had come to: of spans that started at this time or later none is missing (but
    /// for those of unreadable segments). Zero when it was not cut short. To go on, search up to the nanosecond before.
    public var searchedDownTo: UInt64 = 0
    /// Where the next page starts, which may be empty; `nil` when nothing can follow, or the search was cut short.
    public var next: SearchCursor?
    public var figures = SearchFigures()

    public var isPartial: Bool { !gaps.isEmpty }

    /// The matches by trace: traces in the order of their newest match, of each all its matches in their order.
    public var byTrace: [(traceID: TraceID, matches: [SpanMatch])] {
        var places: [TraceID: Int] = [:]
        var traces: [(traceID: TraceID, matches: [SpanMatch])] = []
        for match in matches {
            if let place = places[match.traceID] {
                traces[place].matches.append(match)
            } else {
                places[match.traceID] = traces.count
                traces.append((match.traceID, [match]))
            }
        }
        return traces
    }
}

extension SearchAnswer.Gap: CustomStringConvertible {
    /// A sentence for a person.
    public var description: String {
        switch self {
        case .bytes(let limit): "The search stopped after reading \(limit) bytes, the most that it may."
        case .time(let limit): "The search stopped after \(limit / 1_000_000) ms, the longest that it may take."
        case .cancelled: "The search was cancelled."
        case .unreadable(let segment, let reason): "Segment \(segment) was not searched: \(reason)"
        }
    }
}

extension SearchAnswer.Gap {
    /// What an error means that is one segment's; `nil` for one that is the whole store's.
    init?(_ error: StoreError, _ segment: SealedSegment) {
        switch error.code {
        case .corrupt, .fileSystem, .permissionDenied:
            self = .unreadable(segment: segment.entry.number, reason: error.description)
        default: return nil
        }
    }
}
