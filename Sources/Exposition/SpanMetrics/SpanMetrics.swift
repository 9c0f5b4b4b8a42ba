import Synchronization
import Telemetry

/// Rate, errors and durations by service, operation, kind and status, and the graph of who calls whom, counted as spans
/// arrive, under the names that Grafana's Tempo views read.
///
/// Counts begin with the process: after a restart series start again from zero with a new start time, which Prometheus
/// reads as a counter reset.
public final class SpanMetrics: Sendable {
    public struct Limits: Sendable {
        /// Series of `traces_spanmetrics_…`, by (service, span name, kind, status). Further ones are folded: first into
        /// their service's series with the span name `_overflow`, then into those of the service `_overflow`.
        public var spanSeries = 4_000
        /// Series of `traces_service_graph_…`, by (client, server, connection type). Further ones are folded into the
        /// edge from `_overflow` to `_overflow`.
        public var edges = 2_000
        /// Client and server spans that wait for their other half, and how long.
        public var waitingSpans = 16_384
        public var waitNanoseconds: UInt64 = 10_000_000_000
        /// Series without a span for so long are dropped.
        public var idleNanoseconds: UInt64 = 900_000_000_000
        /// How long a slower span keeps a faster one from being the series' exemplar.
        public var exemplarNanoseconds: UInt64 = 15_000_000_000
        /// Upper bounds of classic buckets: 2^k seconds, here from 0.49 ms to 16 s.
        public var bucketExponents = -11...4

        public init() {}
    }

    /// The label value of series that stand for all that had no room.
    public static let overflow = MetricRegistry.overflowValue
    /// Longer names are cut.
    static let maximumNameBytes = 256

    let limits: Limits
    let rules: TransactionRules
    private let clock: @Sendable () -> UInt64
    let state: Mutex<SpanMetricsState>

    /// `rules` say which attributes name a transaction; `clock` gives Unix nanoseconds.
    public init(
        limits: Limits = Limits(), rules: TransactionRules = .standard,
        clock: @escaping @Sendable () -> UInt64 = { WallClock.nanoseconds() }
    ) {
        self.limits = limits
        self.rules = rules
        self.clock = clock
        state = Mutex(SpanMetricsState(limits: limits, rules: rules))
    }

    /// Counts the spans of a batch that is durable and new.
    public func observe(batch: SpanBatch) {
        let now = clock()
        state.withLock { $0.observe(batch, now: now) }
    }

    /// All series now. Counting waits only while references are copied.
    public func collect() -> [MetricFamily] {
        let now = clock()
        let snapshot = state.withLock { state in
            state.expireWaiting(now: now)
            state.dropIdle(now: now)
            return SpanMetricsSnapshot(state)
        }
        return snapshot.families(limits)
    }
}
