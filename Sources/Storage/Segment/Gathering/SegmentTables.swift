import Telemetry

/// What all rows of a segment in the making share: strings, resources, scopes, attribute layouts and span shapes, each
/// stored once and named by a number.
final class SegmentTables {
    /// Everything a shape says about its spans besides the attributes' values.
    struct Shape: Hashable, BitwiseCopyable {
        var resource: UInt32
        var scope: UInt32
        var name: UInt32
        var kind: Int32
        var statusCode: Int32
        var flags: UInt32
        var layout: UInt32

        /// The name of a shape whose spans have many: no string has this number.
        static let manyNames = UInt32.max

        @inline(__always)
        var hash: UInt64 {
            var state = ByteHash.mix(
                ByteHash.seed ^ (UInt64(resource) << 32 | UInt64(layout)), 0xA076_1D64_78BD_642F)
            state = ByteHash.mix(state ^ (UInt64(name) << 32 | UInt64(scope)), 0xE703_7ED1_A0B4_28DB)
            let small = UInt64(flags) << 32 | UInt64(UInt32(bitPattern: kind &* 31 &+ statusCode))
            return ByteHash.mix(state ^ small, 0x8EBC_6AF0_9C88_C6E3)
        }
    }

    /// The attributes of a resource or a scope, and a scope's name.
    struct List {
        var layout: UInt32
        var valueStart: UInt32
        var name = StringRef.empty
        var version = StringRef.empty
    }

    var strings = StringTable()
    /// Canonical forms: entry `i + 1` is resource `i`.
    var resources = StringTable()
    var scopes = StringTable()
    var resourceLists: [List] = []
    var scopeLists: [List] = []
    var layouts = ShapeTable()
    private let shapeList = GrowingBuffer<Shape>()
    /// SHA-256 of each shape's canonical header.
    let shapeHashes = GrowingBuffer<ContentSum>()
    private var slots = GrowingBuffer<UInt32>(repeating: 0, count: 256)

    var shapes: UnsafeBufferPointer<Shape> { UnsafeBufferPointer(start: shapeList.base, count: shapeList.count) }

    /// The number of `shape`, and whether it is new: then the caller must give its hash next.
    @inline(__always)
    func number(of shape: Shape) -> (number: UInt32, isNew: Bool) {
        let slots = slots
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: shape.hash) & mask
        while slots[slot] != 0 {
            let number = slots[slot] &- 1
            if shapeList[Int(number)] == shape { return (number, false) }
            slot = (slot &+ 1) & mask
        }
        return (add(shape, slot), true)
    }

    /// Shapes beyond which those that differ in nothing but the name become one.
    private static let shapesWithoutFolding = 512
    /// Names of otherwise equal shapes beyond which they become one.
    private static let namesWithoutFolding = 8

    /// Makes one shape of many that differ in nothing but the name, as services bring them that put ids into names. The
    /// names by row, or `nil` where nothing was done. What is known by shape number before is void after.
    func foldNames(_ rows: GrowingBuffer<SegmentRows.Row>) -> GrowingBuffer<UInt32>? {
        guard shapes.count > SegmentTables.shapesWithoutFolding else { return nil }
        let old = Array(shapes)
        func nameless(_ shape: Shape) -> Shape {
            var shape = shape
            shape.name = Shape.manyNames
            return shape
        }
        var counts: [Shape: Int] = [:]
        for shape in old { counts[nameless(shape), default: 0] += 1 }
        guard counts.values.contains(where: { $0 > SegmentTables.namesWithoutFolding }) else { return nil }
        shapeList.removeAll()
        slots = GrowingBuffer<UInt32>(repeating: 0, count: 256)
        let renumbered = old.map { shape in
            let folded = nameless(shape)
            let isFolded = (counts[folded] ?? 0) > SegmentTables.namesWithoutFolding
            return number(of: isFolded ? folded : shape).number
        }
        let names = GrowingBuffer<UInt32>(repeating: 0, count: rows.count)
        for index in 0..<rows.count {
            let shape = Int(rows[index].shape)
            names[index] = old[shape].name
            (rows.base + index).pointee.shape = renumbered[shape]
        }
        return names
    }

    private func add(_ shape: Shape, _ slot: Int) -> UInt32 {
        shapeList.append(shape)
        slots[slot] = UInt32(shapeList.count)
        if shapeList.count * 2 > slots.count {
            let grown = GrowingBuffer<UInt32>(repeating: 0, count: slots.count * 2)
            for (number, shape) in shapes.enumerated() {
                var slot = Int(truncatingIfNeeded: shape.hash) & (grown.count - 1)
                while grown[slot] != 0 { slot = (slot + 1) & (grown.count - 1) }
                grown[slot] = UInt32(number + 1)
            }
            slots = grown
        }
        return UInt32(shapeList.count - 1)
    }
}
