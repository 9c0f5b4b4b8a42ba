import Telemetry

/// What a group's dictionaries say of a filter: for each shape, and for each comparison of it, whether it holds for all
/// its spans, for none, or must be looked up row by row.
final class ShapeVerdicts {
    /// An attribute of a shape that a comparison looks at.
    struct Field {
        /// Its place among the shape's attributes, and its (key, type) number.
        var index: Int
        var slot: Int
        var type: ValueType
    }

    private struct ColumnName: Hashable {
        var leaf: Int
        var shape: UInt32
        var field: Int
    }

    let dictionaries: SegmentDictionaries
    /// The filter, with what it learns of its patterns.
    var filter: CompiledFilter
    /// By leaf and shape.
    private(set) var ofLeaf: [[Verdict]] = []
    /// By shape: of the whole filter.
    private(set) var ofShape: [Verdict] = []
    /// By leaf and layout: the attributes of the comparison's key.
    private(set) var fields: [[[Field]]] = []
    private var columns: [ColumnName: ColumnOutcome] = [:]

    init(_ filter: CompiledFilter, _ dictionaries: SegmentDictionaries, path: String) throws(StoreError) {
        self.filter = filter
        self.dictionaries = dictionaries
        let owners = try ShapeVerdicts.owners(dictionaries, path: path)
        var binding = BatchBinding(filter, owners, remembers: true)
        for leaf in filter.leaves.indices {
            fields.append(fields(of: leaf))
            ofLeaf.append(verdicts(of: leaf, owners, &binding))
        }
        ofShape.reserveCapacity(dictionaries.shapes.count)
        for shape in dictionaries.shapes.indices {
            switch CompiledFilter.reduce(filter.root, { ofLeaf[$0][shape].known }) {
            case .constant(let value): ofShape.append(Verdict(value))
            default: ofShape.append(.depends)
            }
        }
    }

    var canMatch: Bool { ofShape.contains { $0 != .never } }

    /// What is known of the values that column `field` of `shape` stores itself.
    func column(_ leaf: Int, _ shape: UInt32, _ field: Field) -> ColumnOutcome {
        let name = ColumnName(leaf: leaf, shape: shape, field: field.index)
        if let known = columns[name] { return known }
        let plan = dictionaries.shapes[Int(shape)].attributes[field.index]
        let outcome = filter.leaves[leaf].test.outcome(of: plan, field.type, dictionaries.strings)
        columns[name] = outcome
        return outcome
    }

    /// The group's resources and scopes as a batch without spans.
    static func owners(_ dictionaries: SegmentDictionaries, path: String) throws(StoreError) -> SpanBatch {
        var batch = SpanBatch()
        for number in 0..<UInt32(dictionaries.resources.count) {
            _ = try dictionaries.resources.bytes(number).reading(path, "resource \(number)") {
                source throws(StoreError) in try batch.appendResource(canonical: &source)
            }
        }
        for number in 0..<UInt32(dictionaries.scopes.count) {
            _ = try dictionaries.scopes.bytes(number).reading(path, "scope \(number)") {
                source throws(StoreError) in try batch.appendScope(canonical: &source)
            }
        }
        return batch
    }

    private func fields(of leaf: Int) -> [[Field]] {
        switch filter.leaves[leaf].field {
        case .attribute(.span, _), .attribute(.any, _): break
        default: return []
        }
        let key = filter.leaves[leaf].key
        return key.withUnsafeBytes { key in
            dictionaries.layouts.map { layout in
                var found: [Field] = []
                for (index, field) in layout.enumerated()
                where dictionaries.strings.withBytes(field.key, { ByteHash.equal($0, key) }) {
                    found.append(Field(index: index, slot: field.slot, type: field.type))
                }
                return found
            }
        }
    }

    private func verdicts(of leaf: Int, _ owners: SpanBatch, _ binding: inout BatchBinding) -> [Verdict] {
        let field = filter.leaves[leaf].field
        switch field {
        case .attribute(.span, _), .attribute(.any, _): return attributeVerdicts(of: leaf, owners, &binding)
        default: break
        }
        var verdicts: [Verdict] = []
        verdicts.reserveCapacity(dictionaries.shapes.count)
        for shape in dictionaries.shapes {
            switch field {
            case .service, .attribute(.resource, _):
                verdicts.append(Verdict(filter.resource(leaf, Int(shape.resource), &binding, owners)))
            case .attribute(.scope, _), .scopeName, .scopeVersion:
                verdicts.append(Verdict(filter.scope(leaf, Int(shape.scope), &binding, owners)))
            case .name where shape.names != nil: verdicts.append(.depends)
            case .name:
                verdicts.append(
                    Verdict(dictionaries.strings.withBytes(shape.name) { filter.leaves[leaf].test.matches($0) }))
            case .kind: verdicts.append(Verdict(filter.leaves[leaf].test.matches(signed: Int64(shape.kind))))
            case .status: verdicts.append(Verdict(filter.leaves[leaf].test.matches(signed: Int64(shape.statusCode))))
            default: verdicts.append(.depends)
            }
        }
        return verdicts
    }

    private func attributeVerdicts(
        of leaf: Int, _ owners: SpanBatch, _ binding: inout BatchBinding
    ) -> [Verdict] {
        // A value that repeats is some shape's own: what columns of a key and type store, rows of any shape may have.
        var ofSlot: [Int: Verdict] = [:]
        for shape in 0..<UInt32(dictionaries.shapes.count) {
            for field in fields(leaf, shape) where plan(shape, field).prediction != .all {
                let own = column(leaf, shape, field).verdict
                ofSlot[field.slot] = ofSlot[field.slot]?.either(own) ?? own
            }
        }
        var isAny = false
        if case .attribute(.any, _) = filter.leaves[leaf].field { isAny = true }
        return (0..<UInt32(dictionaries.shapes.count)).map { shape in
            let fields = fields(leaf, shape)
            if fields.isEmpty {
                return isAny
                    ? Verdict(
                        filter.resource(leaf, Int(dictionaries.shapes[Int(shape)].resource), &binding, owners))
                    : .never
            }
            return fields.reduce(Verdict.never) { verdict, field in
                let own =
                    plan(shape, field).prediction == .none
                    ? column(leaf, shape, field).verdict : ofSlot[field.slot] ?? .never
                return verdict.or(own)
            }
        }
    }

    func fields(_ leaf: Int, _ shape: UInt32) -> [Field] {
        fields[leaf][Int(dictionaries.shapes[Int(shape)].layout)]
    }

    func plan(_ shape: UInt32, _ field: Field) -> ColumnPlan {
        dictionaries.shapes[Int(shape)].attributes[field.index]
    }
}
