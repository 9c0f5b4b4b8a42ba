import Telemetry

/// Turns rows of blocks into rows of a `SpanBatch`, and nothing else of the blocks.
struct RowDecoder {
    let path: String
    var batch = SpanBatch()
    /// Where the rows came from: each of these once a group, and for each row which.
    var provenances: [Provenance] = []
    var provenanceOfRow: [UInt32] = []
    var dictionaries: SegmentDictionaries
    var firstStart: UInt64
    /// The group's numbers in the batch's numbers.
    var parts: [UInt32: UInt32] = [:]
    var resources: [UInt32: UInt32] = [:]
    var scopes: [UInt32: UInt32] = [:]
    var layouts: [UInt32: UInt32] = [:]
    /// By string number: the batch's reference and one, or 0 where it is not known yet.
    var strings: [UInt32] = []
    /// By slot: the last value in the piece, as the batch has it.
    var last: [UInt64]
    var lastPiece: [Int]
    var piece = 0

    init(_ dictionaries: SegmentDictionaries, firstStart: UInt64, path: String) {
        self.dictionaries = dictionaries
        self.firstStart = firstStart
        self.path = path
        strings = [UInt32](repeating: 0, count: dictionaries.strings.count)
        last = [UInt64](repeating: 0, count: dictionaries.slotCount)
        lastPiece = [Int](repeating: 0, count: dictionaries.slotCount)
    }

    /// Goes on with rows of another group.
    mutating func use(_ dictionaries: SegmentDictionaries, firstStart: UInt64) {
        self.dictionaries = dictionaries
        self.firstStart = firstStart
        parts.removeAll()
        resources.removeAll()
        scopes.removeAll()
        layouts.removeAll()
        strings = [UInt32](repeating: 0, count: dictionaries.strings.count)
        last = [UInt64](repeating: 0, count: dictionaries.slotCount)
        lastPiece = [Int](repeating: 0, count: dictionaries.slotCount)
    }

    mutating func part(_ number: UInt32) -> UInt32 {
        if let known = parts[number] { return known }
        provenances.append(dictionaries.parts[Int(number)])
        let index = UInt32(provenances.count - 1)
        parts[number] = index
        return index
    }

    mutating func string(_ number: UInt32, _ data: BlockData) throws(StoreError) -> StringRef {
        if number == 0 { return .empty }
        guard number < UInt32(strings.count) else { throw data.damaged("string \(number)") }
        let known = strings[Int(number)]
        if known != 0 { return StringRef(known - 1) }
        let ref = dictionaries.strings.withBytes(number) { batch.strings.intern($0) }
        strings[Int(number)] = ref.rawValue + 1
        return ref
    }

    mutating func layout(_ number: UInt32, _ data: BlockData) throws(StoreError) -> UInt32 {
        if let known = layouts[number] { return known }
        guard number < UInt32(dictionaries.layouts.count) else { throw data.damaged("layout \(number)") }
        var fields: [ShapeField] = []
        for field in dictionaries.layouts[Int(number)] {
            fields.append(ShapeField(key: try string(field.key, data), type: field.type))
        }
        let shape = batch.shapes.intern(fields)
        layouts[number] = shape
        return shape
    }

    mutating func resource(_ number: UInt32) throws(StoreError) -> UInt32 {
        if let known = resources[number] { return known }
        let form = dictionaries.resources.bytes(number)
        let index = try form.reading(path, "resource \(number)") { source throws(StoreError) in
            try batch.appendResource(canonical: &source)
        }
        resources[number] = index
        return index
    }

    mutating func scope(_ number: UInt32) throws(StoreError) -> UInt32 {
        if let known = scopes[number] { return known }
        let form = dictionaries.scopes.bytes(number)
        let index = try form.reading(path, "scope \(number)") { source throws(StoreError) in
            try batch.appendScope(canonical: &source)
        }
        scopes[number] = index
        return index
    }
}
