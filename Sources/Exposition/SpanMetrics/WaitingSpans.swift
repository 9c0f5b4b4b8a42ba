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
    /// Of its trace and span.
    fileprivate var hash: UInt32 = 0
    /// In the order of coming; -1 for none. Of a free place, `older` is the next free one.
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
/// The table that finds them (open addressing, linear probing, at most half full) holds their hashes too: most spans
/// find nobody waiting, and those look at no place at all.
///
/// Used under the lock of the metrics it belongs to.
final class WaitingSpans: @unchecked Sendable {
    private(set) var count = 0
    let capacity: Int
    /// `capacity` places, the first `used` of them initialized.
    private let places: UnsafeMutablePointer<WaitingSpan>
    private var used: Int32 = 0
    private var free: Int32 = -1
    /// A hash in the high half, and one more than the place in the low one; 0 is free.
    private let slots: UnsafeMutablePointer<UInt64>
    private let mask: Int
    private var oldest: Int32 = -1
    private var newest: Int32 = -1

    init(capacity: Int) {
        self.capacity = min(max(1, capacity), 1 << 24)
        var size = 64
        while size < 2 * self.capacity { size *= 2 }
        places = .allocate(capacity: self.capacity)
        slots = .allocate(capacity: size)
        slots.initialize(repeating: 0, count: size)
        mask = size - 1
    }

    deinit {
        places.deallocate()
        slots.deallocate()
    }

    var isFull: Bool { count >= capacity }

    /// Takes out the other half of the request whose client span is `spanID`.
    @inline(__always)
    func take(_ traceID: TraceID, _ spanID: SpanID, isClient: Bool) -> WaitingSpan? {
        let hash = hash(traceID, spanID)
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            if UInt32(truncatingIfNeeded: slots[slot] >> 32) == hash {
                let place = Int32(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF) &- 1
                let span = places + Int(place)
                if span.pointee.spanID == spanID, span.pointee.isClient == isClient, span.pointee.traceID == traceID {
                    let found = span.pointee
                    remove(place, slot)
                    return found
                }
            }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// There must be room.
    @inline(__always)
    func insert(_ span: WaitingSpan) {
        let hash = hash(span.traceID, span.spanID)
        var place = free
        if place >= 0 {
            free = places[Int(place)].older
        } else {
            place = used
            used += 1
        }
        var span = span
        span.hash = hash
        span.older = newest
        span.newer = -1
        (places + Int(place)).initialize(to: span)
        var slot = Int(hash) & mask
        while slots[slot] != 0 { slot = (slot &+ 1) & mask }
        slots[slot] = UInt64(hash) << 32 | UInt64(UInt32(place + 1))
        if newest >= 0 { places[Int(newest)].newer = place } else { oldest = place }
        newest = place
        count += 1
    }

    /// Takes out the one that waits longest, if it does so since before `time`.
    func takeOldest(before time: UInt64) -> WaitingSpan? {
        guard oldest >= 0, places[Int(oldest)].waitsSince < time else { return nil }
        let span = places[Int(oldest)]
        let wanted = UInt64(span.hash) << 32 | UInt64(UInt32(oldest + 1))
        var slot = Int(span.hash) & mask
        while slots[slot] != wanted { slot = (slot &+ 1) & mask }
        remove(oldest, slot)
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

    private func remove(_ place: Int32, _ slot: Int) {
        clear(slot)
        let span = places + Int(place)
        let (older, newer) = (span.pointee.older, span.pointee.newer)
        if older >= 0 { places[Int(older)].newer = newer } else { oldest = newer }
        if newer >= 0 { places[Int(newer)].older = older } else { newest = older }
        span.pointee.older = free
        free = place
        count -= 1
    }

    /// Frees a slot, and moves up those behind it that would not be found any more.
    private func clear(_ slot: Int) {
        var hole = slot
        var next = (slot &+ 1) & mask
        while slots[next] != 0 {
            let home = Int(truncatingIfNeeded: slots[next] >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        slots[hole] = 0
    }

    @inline(__always)
    private func hash(_ traceID: TraceID, _ spanID: SpanID) -> UInt32 {
        let mixed = (traceID.low ^ traceID.high &* 0xD6E8_FEB8_6659_FD93 ^ spanID.rawValue) &* 0x9E37_79B9_7F4A_7C15
        return UInt32(truncatingIfNeeded: mixed >> 32)
    }
}
