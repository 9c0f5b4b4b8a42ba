import Telemetry

/// One field of a projection, read from the columns of a live batch. What a resource, a shape or a name gives is found
/// out once.
struct LiveProjection {
    private enum Cell {
        case value(UInt64)
        case whole
    }

    private let field: ProjectedField
    private let batch: SpanBatch
    private let key: StringRef?
    private var ofResource: [UInt32: Cell] = [:]
    private var ofScope: [UInt32: Cell] = [:]
    private var ofText: [StringRef: UInt64] = [:]
    /// By shape: the places of the key.
    private var places: [UInt32: [Int]] = [:]

    init(_ field: ProjectedField, _ batch: SpanBatch) {
        self.field = field
        self.batch = batch
        key = field.key.withUnsafeBytes { batch.strings.find($0) }
    }

    /// By row; of rows that must be read as a whole, and of those not asked for, nothing.
    mutating func cells(of rows: [Int], _ whole: inout RowBitmap) -> [UInt64] {
        var cells = [UInt64](repeating: field.missing, count: batch.count)
        for row in rows {
            switch cell(row) {
            case .value(let value): cells[row] = value
            case .whole: whole.insert(row)
            }
        }
        return cells
    }

    private mutating func cell(_ row: Int) -> Cell {
        switch field.field {
        case .duration:
            let (start, end) = (batch.startNanoseconds[row], batch.endNanoseconds[row])
            return .value(Double(Int64(clamping: end > start ? end - start : 0)).bitPattern)
        case .kind: return .value(field.cell(.int, UInt64(bitPattern: Int64(batch.kind[row]))))
        case .status: return .value(field.cell(.int, UInt64(bitPattern: Int64(batch.statusCode[row]))))
        case .name: return .value(text(batch.name[row]))
        case .scopeName: return .value(text(batch.scopes[Int(batch.scope[row])].name))
        case .scopeVersion: return .value(text(batch.scopes[Int(batch.scope[row])].version))
        case .attribute(.span, _): return own(row) ?? .value(field.missing)
        case .attribute(.any, _): return own(row) ?? resource(batch.resource[row])
        case .attribute(.resource, _): return resource(batch.resource[row])
        case .attribute(.scope, _): return scope(batch.scope[row])
        default: return .whole
        }
    }

    /// `nil` where the span has no such attribute.
    private mutating func own(_ row: Int) -> Cell? {
        guard let key else { return nil }
        let list = batch.attributes[row]
        let range = batch.shapes.range(list.shape)
        let found = places[list.shape] ?? range.filter { batch.shapes.fields[$0].key == key }
        places[list.shape] = found
        guard let place = found.first else { return nil }
        let type = batch.shapes.fields[place].type
        if found.count > 1 || field.mustBeWhole(type) { return .whole }
        let payload = batch.values[Int(list.start) + place - range.lowerBound]
        return .value(
            type == .string ? text(StringRef(UInt32(truncatingIfNeeded: payload))) : field.cell(type, payload))
    }

    private mutating func text(_ ref: StringRef) -> UInt64 {
        if let known = ofText[ref] { return known }
        let cell = batch.strings.withBytes(ref) { field.cell($0) }
        ofText[ref] = cell
        return cell
    }

    private mutating func resource(_ number: UInt32) -> Cell {
        if let known = ofResource[number] { return known }
        let attributes = batch.attributes(batch.resources[Int(number)].attributes)
        let cell = field.cell(attributes).map { Cell.value($0) } ?? .whole
        ofResource[number] = cell
        return cell
    }

    private mutating func scope(_ number: UInt32) -> Cell {
        if let known = ofScope[number] { return known }
        let attributes = batch.attributes(batch.scopes[Int(number)].attributes)
        let cell = field.cell(attributes).map { Cell.value($0) } ?? .whole
        ofScope[number] = cell
        return cell
    }
}
