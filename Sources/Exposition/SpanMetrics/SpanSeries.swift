import Telemetry

/// One (service, span name, kind, status).
struct SpanSeries: Sendable {
    var service: UInt32
    var name: UInt32
    /// `opentelemetry.proto.trace.v1.Span.SpanKind`; unknown ones count as unspecified.
    var kind: UInt8
    var status: UInt8
    var histogram = DurationHistogram()
    var exemplar = SpanExemplar()
    var startNanoseconds: UInt64
    var seenNanoseconds: UInt64

    /// Counts a span; whether it should be the new exemplar.
    @inline(__always)
    mutating func observe(durationNanoseconds duration: UInt64, now: UInt64, keepingExemplarFor kept: UInt64) -> Bool {
        histogram.observe(nanoseconds: duration)
        seenNanoseconds = now
        return exemplar.givesWay(to: duration, now: now, keptFor: kept)
    }

    var key: UInt64 { Self.key(service: service, name: name, kind: kind, status: status) }

    /// Names have numbers below 2^24.
    @inline(__always)
    static func key(service: UInt32, name: UInt32, kind: UInt8, status: UInt8) -> UInt64 {
        UInt64(service) << 32 | UInt64(name) << 8 | UInt64(kind) << 4 | UInt64(status)
    }
}

/// The slowest of the recent spans of a series.
struct SpanExemplar: Sendable {
    var traceID = TraceID(high: 0, low: 0)
    var spanID = SpanID.none
    var durationNanoseconds: UInt64 = 0
    /// When the span ended.
    var endNanoseconds: UInt64 = 0
    /// When it was taken; zero for none.
    var takenNanoseconds: UInt64 = 0
    var transaction: [UInt8] = []

    @inline(__always)
    func givesWay(to durationNanoseconds: UInt64, now: UInt64, keptFor kept: UInt64) -> Bool {
        durationNanoseconds > self.durationNanoseconds || now &- takenNanoseconds > kept
    }

    var exemplar: MetricExemplar? {
        if takenNanoseconds == 0 { return nil }
        var labels = [MetricLabel("trace_id", traceID.description), MetricLabel("span_id", spanID.description)]
        if !transaction.isEmpty {
            labels.append(MetricLabel("transaction_id", String(decoding: transaction, as: UTF8.self)))
        }
        var exemplar = MetricExemplar(
            labels: labels, value: Double(durationNanoseconds) / 1e9, timeNanoseconds: endNanoseconds)
        // A long transaction id needs the room of the span id.
        if !exemplar.isSmallEnough { exemplar.labels.remove(at: 1) }
        if !exemplar.isSmallEnough { exemplar.labels.removeLast() }
        return exemplar
    }
}
