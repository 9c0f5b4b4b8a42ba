import Telemetry

/// How far each column of a batch reached, to take back what was appended since. Strings and shapes stay: they are
/// interned, bounded by the request, and refer to nothing.
struct SpanBatchMark {
    let rows: Int
    let values: Int
    let events: Int
    let links: Int
    let resources: Int
    let scopes: Int

    init(_ batch: borrowing SpanBatch) {
        rows = batch.count
        values = batch.values.count
        events = batch.events.count
        links = batch.links.count
        resources = batch.resources.count
        scopes = batch.scopes.count
    }

    func restore(_ batch: inout SpanBatch) {
        let surplus = batch.count - rows
        batch.traceID.removeLast(surplus)
        batch.spanID.removeLast(surplus)
        batch.parentSpanID.removeLast(surplus)
        batch.startNanoseconds.removeLast(surplus)
        batch.endNanoseconds.removeLast(surplus)
        batch.name.removeLast(surplus)
        batch.kind.removeLast(surplus)
        batch.statusCode.removeLast(surplus)
        batch.statusMessage.removeLast(surplus)
        batch.traceState.removeLast(surplus)
        batch.flags.removeLast(surplus)
        batch.resource.removeLast(surplus)
        batch.scope.removeLast(surplus)
        batch.attributes.removeLast(surplus)
        batch.droppedAttributes.removeLast(surplus)
        batch.droppedEvents.removeLast(surplus)
        batch.droppedLinks.removeLast(surplus)
        batch.eventStart.removeLast(surplus)
        batch.linkStart.removeLast(surplus)
        restoreElements(&batch)
        batch.resources.removeLast(batch.resources.count - resources)
        batch.scopes.removeLast(batch.scopes.count - scopes)
    }

    /// Takes back attribute payloads, events and links only: those of a span that was not appended.
    func restoreElements(_ batch: inout SpanBatch) {
        batch.values.removeLast(batch.values.count - values)
        batch.events.removeLast(batch.events.count - events)
        batch.links.removeLast(batch.links.count - links)
    }
}
