import Interop
import Telemetry
import Testing
import Workload

@Suite struct WorkloadTests {
    @Test func theSameSeedGivesTheSamePayments() {
        var one = PaymentWorkload(WorkloadConfiguration(seed: 7, batchSpans: 200))
        var two = PaymentWorkload(WorkloadConfiguration(seed: 7, batchSpans: 200))
        var other = PaymentWorkload(WorkloadConfiguration(seed: 8, batchSpans: 200))
        for _ in 0..<5 {
            let bytes = OTLPTraceEncoder.encode(one.next().spans)
            #expect(bytes == OTLPTraceEncoder.encode(two.next().spans))
            #expect(bytes != OTLPTraceEncoder.encode(other.next().spans))
        }
    }

    /// The design's reference corpus: about 23 spans a trace, 15 to 20 attributes and 504 bytes a span.
    @Test func paymentsAreOfTheReferenceSize() {
        var workload = PaymentWorkload(WorkloadConfiguration(seed: 1, batchSpans: 1000))
        var bytes = 0
        var spans = 0
        var traces: Set<TraceID> = []
        for _ in 0..<50 {
            let batch = workload.next()
            #expect(batch.spans.count == 1000)
            #expect(batch.traces.reduce(0) { $0 + $1.spans } == 1000)
            bytes += OTLPTraceEncoder.encode(batch.spans).count
            spans += batch.spans.count
            for row in 0..<batch.spans.count {
                traces.insert(batch.spans.traceID[row])
                let attributes = batch.spans.shapes.fieldCount(batch.spans.attributes[row].shape)
                #expect((15...20).contains(attributes))
            }
        }
        #expect((490...520).contains(bytes / spans), "\(bytes / spans) bytes a span")
        #expect((22...24).contains(spans / traces.count), "\(spans / traces.count) spans a trace")
    }

    @Test func everySpanFindsItsParentAndItsTransaction() {
        for shape in [WorkloadConfiguration.Shape.traces, .proxy] {
            var workload = PaymentWorkload(
                WorkloadConfiguration(seed: 3, spanIDs: .minted, shape: shape, batchSpans: 100))
            var spans: [Span] = []
            for _ in 0..<40 {
                let batch = workload.next()
                if shape == .proxy { #expect(Set(batch.spans.resource).count == 1) }
                spans += (0..<batch.spans.count).map { batch.spans.span($0) }
            }
            #expect(Set(spans.map(\.spanID)).count == spans.count)
            let byTrace = Dictionary(grouping: spans, by: \.traceID)
            let whole = byTrace.values.filter { $0.contains { $0.parentSpanID == .none } && $0.count > 15 }
            #expect(whole.count > 20)
            for trace in byTrace.values {
                #expect(Set(trace.compactMap { $0.attributes.first("payment.transaction_id") }).count == 1)
                #expect(trace.allSatisfy { $0.startNanoseconds <= $0.endNanoseconds })
            }
            if shape == .traces {
                for trace in whole.dropLast(0) where trace.first?.traceID != spans.first?.traceID {
                    let ids = Set(trace.map(\.spanID))
                    let orphans = trace.filter { $0.parentSpanID.isValid && !ids.contains($0.parentSpanID) }
                    #expect(orphans.isEmpty)
                }
            }
        }
    }
}
