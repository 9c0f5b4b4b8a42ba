import Telemetry

/// The member names a format knows, found by their bytes: one multiplication and one comparison a name.
///
/// Its memory lives as long as the process; a format has one table.
struct JSONNames: @unchecked Sendable {
    private struct Slot {
        var start: UInt16 = 0
        var count: UInt8 = 0
        var value: UInt8 = 0
    }

    private static let slotBits: UInt64 = 9

    private let slots: UnsafeMutablePointer<Slot>
    private let text: UnsafeMutableRawPointer

    /// Each name with the number it stands for, which is not zero. Several names may stand for one number.
    init(_ names: [(name: String, value: UInt8)]) {
        let capacity = 1 << Int(Self.slotBits)
        precondition(
            names.count <= capacity / 2 && names.allSatisfy { $0.value != 0 && (1...255).contains($0.name.utf8.count) })
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(), count: capacity)
        text = .allocate(byteCount: names.reduce(0) { $0 + $1.name.utf8.count }, alignment: 1)
        var start = 0
        for (name, value) in names {
            let bytes = UnsafeRawBufferPointer(start: text + start, count: name.utf8.count)
            for (index, byte) in name.utf8.enumerated() {
                text.storeBytes(of: byte, toByteOffset: start + index, as: UInt8.self)
            }
            var slot = Self.slot(bytes)
            while slots[slot].count != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Slot(start: UInt16(start), count: UInt8(bytes.count), value: value)
            start += bytes.count
        }
    }

    /// The number of `name`; zero when it is not known.
    @inline(__always)
    func find(_ name: UnsafeRawBufferPointer) -> UInt8 {
        var slot = Self.slot(name)
        while true {
            let entry = slots[slot]
            if entry.count == 0 { return 0 }
            if Int(entry.count) == name.count,
                ByteHash.equal(UnsafeRawBufferPointer(start: text + Int(entry.start), count: name.count), name)
            {
                return entry.value
            }
            slot = (slot &+ 1) & (1 << Int(Self.slotBits) &- 1)
        }
    }

    @inline(__always)
    private static func slot(_ name: UnsafeRawBufferPointer) -> Int {
        let count = name.count
        var word: UInt64
        if count >= 8 {
            word = name.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
            word ^= name.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self) &* 0x9E37_79B9_7F4A_7C15
        } else if count >= 4 {
            word = UInt64(name.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
            word |= UInt64(name.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)) << 32
        } else {
            word = 0
            for byte in name { word = word << 8 | UInt64(byte) }
        }
        let hash = (word ^ UInt64(truncatingIfNeeded: count)) &* 0xA076_1D64_78BD_642F
        return Int(truncatingIfNeeded: hash >> (64 &- slotBits))
    }
}

extension JSONReader {
    /// The next member of the object that was entered whose name is in `names` and whose value is not `null`, the cursor
    /// at its value; zero, and out of the object, when there is none. Members of other names are checked and skipped. A
    /// member that stands twice refuses the document: of two values for one field none can be trusted.
    @inline(__always)
    mutating func nextField(
        _ names: JSONNames, _ isFirst: inout Bool, _ seen: inout UInt128
    ) throws(DecodeFault) -> UInt8 {
        while true {
            guard let name = try nextMember(&isFirst) else { return 0 }
            let field = names.find(name)
            if try next() == 0x6E {
                try null()
            } else if field == 0 {
                try skip()
            } else {
                let bit = UInt128(1) &<< UInt128(field)
                if seen & bit != 0 { throw .duplicateMember }
                seen |= bit
                return field
            }
        }
    }
}
