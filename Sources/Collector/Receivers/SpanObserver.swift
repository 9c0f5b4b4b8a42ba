import Telemetry

/// Sees every batch of spans once it is durable and new, whichever door it came through. Called on the store's thread:
/// must be quick.
package protocol SpanObserver: Sendable {
    func observe(batch: SpanBatch)
}
