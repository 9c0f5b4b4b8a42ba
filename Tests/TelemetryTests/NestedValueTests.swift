import Telemetry
import Testing

@Suite struct NestedValueTests {
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func whatIsWrittenIsRead(seed: UInt64) {
        var any = AnySpan(dice: Dice(seed: Dice.seed(seed)))
        for _ in 0..<2000 {
            let value = any.value()
            #expect(NestedValue.decode(anyValue: NestedValue.anyValue(value)[...]) == value, "seed \(any.dice.first)")
        }
    }

    private func nested(_ depth: Int, map: Bool) -> AttributeValue {
        (0..<depth).reduce(AttributeValue.int(7)) { inner, _ in map ? .map([Attribute("k", inner)]) : .array([inner]) }
    }

    /// All that is allowed comes back; the level beyond is cut off by writers and refused by readers.
    @Test(arguments: [false, true])
    func depth(map: Bool) {
        for depth in [1, 2, 16, 31, 32] {
            let value = nested(depth, map: map)
            #expect(NestedValue.decode(anyValue: NestedValue.anyValue(value)[...]) == value, "depth \(depth)")
        }
        for depth in [33, 34, 200, 5000] {
            let bytes = NestedValue.anyValue(nested(depth, map: map))
            let cut = NestedValue.decode(anyValue: bytes[...])
            #expect(cut != nil && cut != nested(depth, map: map))
        }
        #expect(NestedValue.decode(array: tooDeep[...]) == nil)
    }

    /// An array in an array and so on, 40 deep, written by hand.
    private var tooDeep: [UInt8] {
        var array: [UInt8] = []
        for _ in 0..<40 {
            let anyValue = [5 << 3 | 2, UInt8(array.count)] + array
            array = [1 << 3 | 2, UInt8(anyValue.count)] + anyValue
        }
        return array
    }

    @Test(arguments: [UInt64(5), 6, 7, 8])
    func rubbishIsRefusedOrReadNeverMore(seed: UInt64) {
        var any = AnySpan(dice: Dice(seed: Dice.seed(seed)))
        for _ in 0..<5000 {
            var bytes = NestedValue.encode(map: any.attributes())
            for _ in 0..<Int.random(in: 0...4, using: &any.dice) where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &any.dice)
                switch Int.random(in: 0...2, using: &any.dice) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &any.dice)
                case 1: bytes.remove(at: position)
                default: bytes.removeLast(bytes.count - position)
                }
            }
            // What is read must be writable and read back as itself.
            if let entries = NestedValue.decode(map: bytes[...]) {
                let again = NestedValue.decode(map: NestedValue.encode(map: entries)[...])
                #expect(again == entries, "seed \(any.dice.first)")
            }
            _ = NestedValue.decode(array: bytes[...])
        }
    }

    @Test func lengthsBeyondTheEndAreRefused() {
        #expect(NestedValue.decode(array: [0x0A, 0x05, 0x00][...]) == nil)
        #expect(
            NestedValue.decode(array: [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01][...]) == nil)
        #expect(NestedValue.decode(array: [0x0B][...]) == nil)
        #expect(NestedValue.decode(array: [0x00, 0x00][...]) == nil)
    }
}
