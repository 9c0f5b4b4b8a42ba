import Telemetry
import Testing
import Wire

/// A few bytes of a frame may stand for very many in memory.
@Suite struct DecodedSizeTests {
    /// Writes with generous limits what a receiver with `limits` then reads.
    private func send(_ limits: WireLimits, _ write: (inout FrameEncoder) throws -> Void) throws -> (Int, WireError?) {
        var loop = try Loop(limits: limits)
        var generous = WireLimits()
        generous.maximumValuesPerBatch = 8 << 20
        generous.maximumDecodedBytes = 1 << 30
        loop.encoder = FrameEncoder(limits: generous, compression: true)
        try write(&loop.encoder)
        let bytes = loop.encoder.take()
        do throws(WireError) {
            _ = try bytes.withUnsafeBytes { raw in
                Result { () throws(WireError) in try loop.decoder.next(raw) }
            }.get()
            return (bytes.count, nil)
        } catch { return (bytes.count, error) }
    }

    private func equalSpans(_ count: Int, attributes: Int) -> SpanBatch {
        let span = Span(
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), name: "n", startNanoseconds: 0, endNanoseconds: 0,
            attributes: (0..<attributes).map { Attribute("a\($0)", .int(1)) })
        return SpanBatch([Span](repeating: span, count: count))
    }

    @Test func aSmallFrameOfManyValuesIsRefused() throws {
        let batch = equalSpans(65_536, attributes: 20)
        let (bytes, error) = try send(WireLimits()) { try $0.spans(batch, sequence: 1) }
        #expect(bytes < 32 << 10, "\(bytes)")
        #expect(error?.code == .limitExceeded && error?.field == "span shape")
    }

    @Test func theWholeBatchHasABoundBesideItsParts() throws {
        var limits = WireLimits()
        limits.maximumDecodedBytes = 100_000
        let batch = equalSpans(600, attributes: 10)
        let (_, error) = try send(limits) { try $0.spans(batch, sequence: 1) }
        #expect(error?.code == .limitExceeded && error?.field == "batch")
        #expect(try send(limits) { try $0.spans(equalSpans(300, attributes: 10), sequence: 1) }.1 == nil)
        var encoder = FrameEncoder(limits: limits, compression: true)
        let own = #expect(throws: WireError.self) { try encoder.spans(batch, sequence: 1) }
        #expect(own?.code == .limitExceeded)
    }

    @Test func histogramsCountBeforeTheyAreKept() throws {
        var limits = WireLimits()
        limits.maximumDecodedBytes = 100_000
        let kind = MetricKind.histogram(bounds: (0..<500).map(Double.init))
        let point = MetricPoint(series: 0, value: .histogram(counts: [UInt64](repeating: 0, count: 501), sum: 0))
        let metrics = MetricBatch(
            series: [MetricSeries(name: "h", help: "", kind: kind, labels: [])],
            points: [MetricPoint](repeating: point, count: 50), startNanoseconds: 0, endNanoseconds: 1)
        let (_, error) = try send(limits) { try $0.metrics(metrics, sequence: 1) }
        #expect(error?.code == .limitExceeded && error?.field == "points")
        #expect(try send(WireLimits()) { try $0.metrics(metrics, sequence: 1) }.1 == nil)
    }
}
