import Telemetry

/// Where the shapes of a row group have what a projection wants.
final class ShapeProjection {
    enum Source {
        /// All spans of the shape have this.
        case same(UInt64)
        /// The names, which differ.
        case names
        case duration
        /// The attributes of the key; more than one, or one of lists: their spans must be read as a whole.
        case attributes([ShapeVerdicts.Field], mustBeWhole: Bool)
        case whole
    }

    let fields: [ProjectedField]
    let dictionaries: SegmentDictionaries
    /// By field and shape.
    let sources: [[Source]]
    /// By field and number of a string: the string's cell, once it is known.
    private var cells: [[UInt32: UInt64]]

    init(_ fields: [ProjectedField], _ dictionaries: SegmentDictionaries, path: String) throws(StoreError) {
        self.fields = fields
        self.dictionaries = dictionaries
        cells = fields.map { _ in [:] }
        let owners = try ShapeVerdicts.owners(dictionaries, path: path)
        sources = fields.map { field in
            let places = ShapeProjection.places(of: field, dictionaries)
            return dictionaries.shapes.map { ShapeProjection.source(field, $0, places, owners, dictionaries) }
        }
    }

    /// By layout: the attributes of the field's key.
    private static func places(
        of field: ProjectedField, _ dictionaries: SegmentDictionaries
    ) -> [[ShapeVerdicts.Field]] {
        field.key.withUnsafeBytes { key in
            dictionaries.layouts.map { layout in
                layout.enumerated().filter { dictionaries.strings.withBytes($1.key) { ByteHash.equal($0, key) } }
                    .map { ShapeVerdicts.Field(index: $0, slot: $1.slot, type: $1.type) }
            }
        }
    }

    private static func source(
        _ field: ProjectedField, _ shape: SegmentDictionaries.Shape, _ places: [[ShapeVerdicts.Field]],
        _ owners: SpanBatch, _ dictionaries: SegmentDictionaries
    ) -> Source {
        func resource() -> Source {
            same(field.cell(owners.attributes(owners.resources[Int(shape.resource)].attributes)))
        }
        let scope = owners.scopes[Int(shape.scope)]
        switch field.field {
        case .duration: return .duration
        case .kind: return .same(field.cell(.int, UInt64(bitPattern: Int64(shape.kind))))
        case .status: return .same(field.cell(.int, UInt64(bitPattern: Int64(shape.statusCode))))
        case .name:
            return shape.names == nil ? .same(dictionaries.strings.withBytes(shape.name) { field.cell($0) }) : .names
        case .scopeName: return .same(owners.strings.withBytes(scope.name) { field.cell($0) })
        case .scopeVersion: return .same(owners.strings.withBytes(scope.version) { field.cell($0) })
        case .attribute(.resource, _): return resource()
        case .attribute(.scope, _): return same(field.cell(owners.attributes(scope.attributes)))
        case .attribute(.span, _), .attribute(.any, _):
            let found = places[Int(shape.layout)]
            guard let first = found.first else {
                if case .attribute(.any, _) = field.field { return resource() }
                return .same(field.missing)
            }
            return .attributes(found, mustBeWhole: found.count > 1 || field.mustBeWhole(first.type))
        default: return .whole
        }
    }

    private static func same(_ cell: UInt64?) -> Source { cell.map { .same($0) } ?? .whole }

    /// The cell of a string of the group; `nil` for a number that no string has.
    func cell(_ field: Int, string: UInt32) -> UInt64? {
        if let known = cells[field][string] { return known }
        guard string < UInt32(dictionaries.strings.count) else { return nil }
        let cell = dictionaries.strings.withBytes(string) { fields[field].cell($0) }
        cells[field][string] = cell
        return cell
    }
}
