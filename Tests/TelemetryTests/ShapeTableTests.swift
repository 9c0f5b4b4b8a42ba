import Telemetry
import Testing

@Suite struct ShapeTableTests {
    @Test(arguments: [UInt64(1), 2, 3])
    func agreesWithADictionary(seed: UInt64) {
        var random = Dice(seed: Dice.seed(seed))
        var table = ShapeTable()
        var known: [[ShapeField]: UInt32] = [:]
        for _ in 0..<10_000 {
            let layout = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                ShapeField(
                    key: StringRef(UInt32.random(in: 0...3, using: &random)),
                    type: [ValueType.int, .string, .bool].randomElement(using: &random) ?? .int)
            }
            let shape = table.intern(layout)
            if let expected = known[layout] { #expect(shape == expected, "seed \(random.first)") }
            known[layout] = shape
        }
        #expect(table.count == known.count)
        for (layout, shape) in known {
            #expect(Array(table.fields[table.range(shape)]) == layout)
            #expect(table.fieldCount(shape) == layout.count)
        }
        table.removeAll()
        #expect(table.count == 1 && table.fields.isEmpty)
    }

    /// Order and type are part of a shape.
    @Test func orderAndTypeMatter() {
        var table = ShapeTable()
        let a = ShapeField(key: StringRef(1), type: .int)
        let b = ShapeField(key: StringRef(2), type: .int)
        let text = ShapeField(key: StringRef(1), type: .string)
        let shapes = [table.intern([a, b]), table.intern([b, a]), table.intern([text, b]), table.intern([a])]
        #expect(Set(shapes).count == 4)
        #expect(table.intern([]) == 0)
    }
}
