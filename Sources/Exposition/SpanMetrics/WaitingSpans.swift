import Telemetry

/// One half of a request, until the other comes. 64 bytes: a line of the processor's cache.
struct WaitingSpan: Sendable {
    var traceID: TraceID
    /// The client span's id, which is the server span's parent.
    var spanID: SpanID
    var durationNanoseconds: UInt64
    var waitsSince: UInt64
    var service: UInt32
    /// The name that a client span gives its peer; 0 for none.
    var peer: UInt32
    /// In the chain of its bucket, and in the order of coming; -1 for none.
    fileprivate var next: Int32 = -1
    fileprivate var older: Int32 = -1
    fileprivate var newer: Int32 = -1
    var isClient: Bool
    var hasFailed: Bool
    var isMessaging: Bool

    init(
        traceID: TraceID, spanID: SpanID, durationNanoseconds: UInt64, waitsSince: UInt64, service: UInt32,
        peer: UInt32, isClient: Bool, hasFailed: Bool, isMessaging: Bool
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.durationNanoseconds = durationNanoseconds
        self.waitsSince = waitsSince
        self.service = service
        self.peer = peer
        self.isClient = isClient
        self.hasFailed = hasFailed
        self.isMessaging = isMessaging
    }
}

/// The halves that wait: found by trace and client span, let go in the order they came. A fixed number of places; one
/// that was freed last is used first, so that spans which meet in one batch stay in the processor's cache.
///
/// Used under the lock of the metrics it belongs to.
final class WaitingSpans: @unchecked Sendable {
    private(set) var count = 0
    let capacity: Int
    /// `capacity` places, the first `used` of them initialized.
    private let places: UnsafeMutablePointer<WaitingSpan>
    private var used: Int32 = 0
    /// The first of the free places, which are chained by `next`.
    private var free: Int32 = -1
    /// By bucket: the first of its chain.
    private let buckets: UnsafeMutablePointer<Int32>
    private let mask: Int
    private var oldest: Int32 = -1
    private var newest: Int32 = -1

    init(capacity: Int) {
        self.capacity = min(max(1, capacity), 1 << 24)
        var size = 64
        while size < self.capacity { size *= 2 }
        places = .allocate(capacity: self.capacity)
        buckets = .allocate(capacity: size)
        buckets.initialize(repeating: -1, count: size)
        mask = size - 1
    }

    deinit {
        places.deallocate()
        buckets.deallocate()
    }

    var isFull: Bool { count >= capacity }

    /// Takes out the other half of the request whose client span is `spanID`.
    @inline(__always)
    func take(_ traceID: TraceID, _ spanID: SpanID, isClient: Bool) -> WaitingSpan? {
        let bucket = bucket(traceID, spanID)
        var place = buckets[bucket]
        while place >= 0 {
            let span = places + Int(place)
            if span.pointee.spanID == spanID, span.pointee.isClient == isClient, span.pointee.traceID == traceID {
                let found = span.pointee
                remove(place, from: bucket)
                return found
            }
            place = span.pointee.next
        }
        return nil
    }

    /// There must be room.
    @inline(__always)
    func insert(_ span: WaitingSpan) {
        let bucket = bucket(span.traceID, span.spanID)
        var place = free
        if place >= 0 {
            free = places[Int(place)].next
        } else {
            place = used
            used += 1
        }
        var span = span
        span.next = buckets[bucket]
        span.older = newest
        span.newer = -1
        (places + Int(place)).initialize(to: span)
        buckets[bucket] = place
        if newest >= 0 { places[Int(newest)].newer = place } else { oldest = place }
        newest = place
        count += 1
    }

    /// Takes out the one that waits longest, if it does so since before `time`.
    func takeOldest(before time: UInt64) -> WaitingSpan? {
        guard oldest >= 0, places[Int(oldest)].waitsSince < time else { return nil }
        let span = places[Int(oldest)]
        remove(oldest, from: bucket(span.traceID, span.spanID))
        return span
    }

    /// Gives the names of all that wait new numbers.
    func renumber(_ number: (UInt32) -> UInt32) {
        var place = oldest
        while place >= 0 {
            let span = places + Int(place)
            span.pointee.service = number(span.pointee.service)
            span.pointee.peer = number(span.pointee.peer)
            place = span.pointee.newer
        }
    }

    private func remove(_ place: Int32, from bucket: Int) {
        let span = places + Int(place)
        if buckets[bucket] == place {
            buckets[bucket] = span.pointee.next
        } else {
            var before = places + Int(buckets[bucket])
            while before.pointee.next != place { before = places + Int(before.pointee.next) }
            before.pointee.next = span.pointee.next
        }
        let (older, newer) = (span.pointee.older, span.pointee.newer)
        if older >= 0 { places[Int(older)].newer = newer } else { oldest = newer }
        if newer >= 0 { places[Int(newer)].older = older } else { newest = older }
        span.pointee.next = free
        free = place
        count -= 1
    }

    @inline(__always)
    private func bucket(_ traceID: TraceID, _ spanID: SpanID) -> Int {
        let mixed = (traceID.low ^ traceID.high &* 0xD6E8_FEB8_6659_FD93 ^ spanID.rawValue) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32) & mask
    }
}
