import Telemetry

/// The attributes of the last span of each name. The next span of that name mostly has the same keys at the same
/// places and many of the same values; comparing bytes with a guess costs less than parsing and hashing them.
///
/// Names share `slotCount` places; attributes beyond `attributesPerSlot` are not remembered. Positions refer to the
/// request being read, so this lives as long as one request; `free` gives its memory back.
struct RecentLayouts {
    struct Attribute {
        var payload: UInt64
        var field: ShapeField
        private var lower: UInt32
        private var length: UInt32

        init(field: ShapeField, payload: UInt64, raw: Range<Int>) {
            self.field = field
            self.payload = payload
            lower = UInt32(truncatingIfNeeded: raw.lowerBound)
            length = UInt32(truncatingIfNeeded: raw.count)
        }

        /// Where the encoded attribute lies in the request.
        @inline(__always)
        var raw: Range<Int> { Range(uncheckedBounds: (Int(lower), Int(lower) &+ Int(length))) }
    }

    private struct Slot {
        var name: StringRef
        var count: Int
        var shape: UInt32
    }

    private static let slotCount = 64
    private static let attributesPerSlot = 32

    private let slots: UnsafeMutablePointer<Slot>
    private let attributes: UnsafeMutablePointer<Attribute>
    private var current: Int?
    /// Whether every attribute of the span so far has the guessed key and type.
    private var sameLayout = false

    init() {
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: Slot(name: .empty, count: 0, shape: 0), count: Self.slotCount)
        attributes = .allocate(capacity: Self.slotCount * Self.attributesPerSlot)
    }

    func free() {
        slots.deallocate()
        attributes.deallocate()
    }

    /// A span begins whose name is not known yet.
    @inline(__always)
    mutating func forget() {
        current = nil
        sameLayout = false
    }

    /// The span's name is known; what follows is guessed from the last span of that name.
    @inline(__always)
    mutating func begin(_ name: StringRef) {
        let slot = Int(name.rawValue) & (Self.slotCount - 1)
        if slots[slot].name != name { slots[slot] = Slot(name: name, count: 0, shape: 0) }
        current = slot
        sameLayout = slots[slot].count > 0
    }

    /// The guess for the attribute at `index`.
    @inline(__always)
    func attribute(_ index: Int) -> Attribute? {
        guard let current, index < slots[current].count else { return nil }
        return attributes[current &* Self.attributesPerSlot &+ index]
    }

    /// The attribute at `index` is this one, other than guessed. A slot whose layout changes has no shape until a span
    /// with that layout ends.
    @inline(__always)
    mutating func record(_ index: Int, field: ShapeField, payload: UInt64, raw: Range<Int>) {
        guard let current, index < Self.attributesPerSlot, index <= slots[current].count else {
            sameLayout = false
            return
        }
        let place = attributes + (current &* Self.attributesPerSlot &+ index)
        if index == slots[current].count {
            slots[current].count = index + 1
            sameLayout = false
            slots[current].shape = 0
        } else if place.pointee.field != field {
            sameLayout = false
            slots[current].shape = 0
        }
        place.initialize(to: Attribute(field: field, payload: payload, raw: raw))
    }

    /// The shape of the span before, when this span's attributes have the same layout.
    @inline(__always)
    func shape(of scratch: AttributeScratch) -> UInt32? {
        guard let current, sameLayout, scratch.count == slots[current].count, slots[current].shape != 0 else {
            return nil
        }
        return slots[current].shape
    }

    /// The span ends with `count` attributes.
    @inline(__always)
    mutating func end(_ count: Int, shape: UInt32) {
        guard let current else { return }
        // Attributes beyond those remembered would be missing from the layout.
        slots[current].shape = count <= slots[current].count ? shape : 0
        slots[current].count = min(count, slots[current].count)
    }
}
