import Interop

extension LoadMeter {
    /// Counts what an `ExportTraceServiceResponse` says of `item`.
    func accepted(_ response: [UInt8], _ item: LoadItem, since start: ContinuousClock.Instant) {
        guard let partial = OTLPResponse.readTraceExport(response) else {
            refused(spans: item.spans.count, reason: "the answer is not an ExportTraceServiceResponse")
            return
        }
        if partial.rejectedSpans > 0 { refused(spans: partial.rejectedSpans, reason: partial.message) }
        // Which spans of a partly accepted request were taken is not said: no trace of it is written down.
        acknowledged(
            spans: item.spans.count - partial.rejectedSpans, traces: partial.rejectedSpans == 0 ? item.traces : [],
            since: start)
    }
}
