import Telemetry

/// Attributes read and not yet in a batch: the span's at the bottom, those of the event or link inside it on top.
/// Its memory is one allocation for a whole request; `free` gives it back.
struct AttributeScratch {
    private let fieldBase: UnsafeMutablePointer<ShapeField>
    private let payloadBase: UnsafeMutablePointer<UInt64>
    private let capacity: Int
    var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        fieldBase = .allocate(capacity: capacity)
        payloadBase = .allocate(capacity: capacity)
    }

    func free() {
        fieldBase.deallocate()
        payloadBase.deallocate()
    }

    @inline(__always)
    mutating func push(_ field: ShapeField, _ payload: UInt64) {
        precondition(count < capacity)
        (fieldBase + count).initialize(to: field)
        (payloadBase + count).initialize(to: payload)
        count &+= 1
    }

    @inline(__always)
    func fields(from base: Int) -> UnsafeBufferPointer<ShapeField> {
        UnsafeBufferPointer(start: fieldBase + base, count: count - base)
    }

    @inline(__always)
    func payloads(from base: Int) -> UnsafeBufferPointer<UInt64> {
        UnsafeBufferPointer(start: payloadBase + base, count: count - base)
    }
}
