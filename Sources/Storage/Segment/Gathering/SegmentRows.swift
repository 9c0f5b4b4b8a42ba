import Telemetry

/// Every span of a segment in the making, flattened into columns in the order of arrival, with all references made
/// the segment's own.
final class SegmentRows {
    struct Row: BitwiseCopyable {
        var traceHigh: UInt64
        var traceLow: UInt64
        var spanID: UInt64
        var parentID: UInt64
        var start: UInt64
        var end: UInt64
        var shape: UInt32
        /// Where the row's payloads start in `values`.
        var valueStart: UInt32
        var part: UInt32
        /// Index into `rare`, 0 for none.
        var rare: UInt32
    }

    /// What few spans have.
    struct Rare: BitwiseCopyable {
        var statusMessage: UInt32 = 0
        var traceState: UInt32 = 0
        var droppedAttributes: UInt32 = 0
        var droppedEvents: UInt32 = 0
        var droppedLinks: UInt32 = 0
        var firstEvent: UInt32 = 0
        var endEvent: UInt32 = 0
        var firstLink: UInt32 = 0
        var endLink: UInt32 = 0

        var events: Range<UInt32> { firstEvent..<endEvent }
        var links: Range<UInt32> { firstLink..<endLink }
    }

    struct Event: BitwiseCopyable {
        var time: UInt64
        var name: UInt32
        var layout: UInt32
        var valueStart: UInt32
        var droppedAttributes: UInt32
    }

    struct Link: BitwiseCopyable {
        var traceHigh: UInt64
        var traceLow: UInt64
        var spanID: UInt64
        var traceState: UInt32
        var layout: UInt32
        var valueStart: UInt32
        var droppedAttributes: UInt32
        var flags: UInt32
    }

    let rows: GrowingBuffer<Row>
    let hashes: GrowingBuffer<ContentSum>
    let values: GrowingBuffer<UInt64>
    let rare = GrowingBuffer<Rare>()
    let events = GrowingBuffer<Event>()
    let links = GrowingBuffer<Link>()

    init(spans: Int, values: Int) {
        rows = GrowingBuffer(capacity: spans)
        hashes = GrowingBuffer(capacity: spans)
        self.values = GrowingBuffer(capacity: values)
        rare.append(Rare())
    }
}
